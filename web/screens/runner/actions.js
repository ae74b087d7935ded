// The bar below a question. Its buttons never move.

import { Icon, QuestionMark } from '../../components/icons.js';
import { t } from '../../messages/index.js';
import { html } from '../../view.js';

/**
 * @param {{ slots: import('../../state/attempt.js').Sitting, slot: import('../../state/attempt.js').OpenSlot,
 *   act: (action: import('../../state/attempt.js').Action) => void, go: (position: number) => void, next: () => void,
 *   isLast: boolean, isWaiting: boolean, disabled: boolean, primary: any }} props
 */
export function Actions({ slots, slot, act, go, next, isLast, isWaiting, disabled, primary }) {
  const isFirst = slots.current === 1;
  const toCheck = slots.teaching && slot.draft !== null;
  const isChecking = slot.checking && !isWaiting;
  const onward = isLast ? t('runner.review') : t('runner.next');
  const run = (/** @type {() => void} */ work, isOff = false) => () => !disabled && !isOff && work();
  return html`
    <div class="runner-actions">
      <button
        type="button"
        class="button move-back"
        aria-label=${t('runner.previous')}
        aria-disabled=${isFirst || disabled}
        onClick=${run(() => go(slots.current - 1), isFirst)}
      >
        <${Icon} name="previous" /> <span>${t('runner.previous')}</span>
      </button>
      <div class="marks">
        <button
          type="button"
          class="button toggle"
          aria-pressed=${slot.flagged}
          aria-disabled=${disabled}
          onClick=${run(() => act({ type: 'flag' }))}
        >
          <${Icon} name="flag" filled=${slot.flagged} /> ${t('runner.flag')}
        </button>
        <button
          type="button"
          class="button toggle"
          aria-pressed=${slot.unsure}
          aria-disabled=${disabled}
          onClick=${run(() => act({ type: 'unsure' }))}
        >
          <${QuestionMark} /> ${t('runner.unsure')}
        </button>
      </div>
      <button
        type="button"
        ref=${primary}
        class="button primary move-on"
        aria-disabled=${disabled || isChecking}
        onClick=${run(() => (toCheck ? act({ type: 'check' }) : next()), isChecking)}
      >
        ${toCheck || isChecking ? t(isChecking ? 'runner.checking' : 'runner.check') : html`${onward} <${Icon} name="next" />`}
      </button>
    </div>
  `;
}
