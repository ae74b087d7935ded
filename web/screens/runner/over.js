// An attempt that no longer accepts anything: what counts, what does not, and the link to the report.

import { useHeadingFocus } from '../../components/focus.js';
import { t, time } from '../../messages/index.js';
import { html } from '../../view.js';

/** @param {{ view: any, leave: () => void }} props */
export function Over({ view, leave }) {
  const heading = useHeadingFocus();
  const { problem, status, deadline, slots } = view;
  const lost = status.unsent;
  if (problem?.type === 'attempt-abandoned') {
    return html`
      <main id="main" class="column">
        <h1 tabindex="-1" ref=${heading}>${t('runner.abandoned_title')}</h1>
        <p>${t('runner.abandoned_text')}</p>
        <p><a class="button primary" href="#/exams">${t('runner.to_exams')}</a></p>
      </main>
    `;
  }
  const byTime = problem?.type === 'deadline-passed';
  const total = slots ? slots.slots.filter((/** @type {any} */ slot) => slot.response).length : 0;
  const unsentAnswers = slots
    ? lost.filter((/** @type {number} */ position) => slots.slots[position - 1]?.response).length
    : 0;
  return html`
    <main id="main" class="column">
      <h1 tabindex="-1" ref=${heading}>
        ${byTime && deadline !== null ? t('runner.ran_out', { time: time(deadline) }) : t('runner.submitted_elsewhere')}
      </h1>
      ${byTime && slots && html`<p>${t('runner.reached', { n: total - unsentAnswers })}</p>`}
      ${lost.length > 0 && html`<p>${t('runner.lost', { n: lost.length, list: lost.join(', ') })}</p>`}
      <p><button type="button" class="button primary" onClick=${leave}>${t('runner.open_report')}</button></p>
    </main>
  `;
}
