// The bar above a question: the exam, the save state, and the time.

import { Dialog } from '../../components/dialog.js';
import { Icon } from '../../components/icons.js';
import { Timer } from '../../components/timer.js';
import { t } from '../../messages/index.js';
import { html } from '../../view.js';

/** The mode of an attempt, in a word. @param {string} mode */
export function modeName(mode) {
  return t(`runner.mode_${mode}`);
}

/** @param {{ status: import('../../state/outbox.js').Status }} props */
export function SaveState({ status }) {
  const n = status.unsent.length;
  if (n > 0 && (status.problem || status.over || status.conflict)) {
    return html`<span class="save-state tag is-attention">${t('runner.not_sent', { n })}</span>`;
  }
  // The style shows it only after a delay.
  if (n > 0) return html`<span class="save-state is-saving">${t('runner.saving')}</span>`;
  return html`<span class="save-state"><${Icon} name="right" /> ${t('runner.saved')}</span>`;
}

/**
 * @param {{ view: any, place?: string, timeUp: () => void, toggleTime: () => void, isTimeShown: boolean,
 *   onLimit: (text: string | null) => void, open: (sheet: any) => void }} props
 */
export function Bar({ view, place, timeUp, toggleTime, isTimeShown, onLimit, open }) {
  const { exam, attempt, status, deadline } = view;
  return html`
    <header class="runner-bar">
      ${place &&
      html`
        <button type="button" class="bar-place" aria-haspopup="dialog" onClick=${() => open('list')}>
          ${place} <${Icon} name="down" />
        </button>
      `}
      <span class=${place ? 'bar-title' : 'bar-title is-alone'}>
        <strong>${exam.name}</strong> <span class="tag">${modeName(attempt.mode)}</span>
      </span>
      <${SaveState} status=${status} />
      <button type="button" class="bar-button" onClick=${() => open('display')}>${t('runner.display')}</button>
      <button type="button" class="bar-button" onClick=${() => open('keys')}>${t('runner.keys_short')} ${place && html`<kbd>?</kbd>`}</button>
      ${deadline !== null
        ? html`<${Timer} deadline=${deadline} isShown=${isTimeShown} toggle=${toggleTime} timeUp=${timeUp} onLimit=${onLimit} />`
        : html`<span class="bar-mode">${modeName(attempt.mode)}</span>`}
      <button type="button" class="bar-menu" aria-haspopup="dialog" aria-label=${t('runner.menu')} onClick=${() => open('menu')}>
        <${Icon} name="menu" />
      </button>
    </header>
  `;
}

/** Everything that does not fit in the bar. @param {{ view: any, open: (sheet: any) => void, toReview?: () => void,
 *   toggleTime: () => void, isTimeShown: boolean }} props */
export function Menu({ view, open, toReview, toggleTime, isTimeShown }) {
  const { exam, attempt, status, deadline } = view;
  const run = (/** @type {() => void} */ work) => () => {
    open(null);
    work();
  };
  return html`
    <${Dialog} title=${exam.name} onClose=${() => open(null)}>
      <p><span class="tag">${modeName(attempt.mode)}</span> <${SaveState} status=${status} /></p>
      <div class="menu">
        ${toReview && html`<button type="button" class="button" onClick=${run(toReview)}>${t('runner.review_and_submit')}</button>`}
        ${deadline !== null &&
        html`
          <button type="button" class="button" onClick=${run(toggleTime)}>
            ${t(isTimeShown ? 'runner.hide_time' : 'runner.show_time')}
          </button>
        `}
        <button type="button" class="button" onClick=${() => open('display')}>${t('runner.display')}</button>
        <button type="button" class="button" onClick=${() => open('keys')}>${t('runner.keys')}</button>
        <a class="button" href="#/exams">${t('runner.leave')}</a>
      </div>
    <//>
  `;
}
