// All questions of an attempt. Shapes distinguish the states without color; the list is one tab stop.

import { standing } from '../state/attempt.js';
import { t } from '../messages/index.js';
import { html, useRef } from '../view.js';
import { nextCell } from './grid.js';
import { Icon } from './icons.js';

/**
 * The accessible name of a cell.
 * @param {import('../state/attempt.js').OpenSlot} slot
 */
export function cellName(slot) {
  const words = [t('runner.question', { n: slot.position }), t(`runner.cell_${standing(slot)}`)];
  if (slot.flagged) words.push(t('runner.cell_flagged'));
  if (slot.unsure) words.push(t('runner.cell_unsure'));
  return words.join(', ');
}

/**
 * @param {{ slots: import('../state/attempt.js').OpenSlot[], current: number, go: (position: number) => void }} props
 */
export function QuestionList({ slots, current, go }) {
  const grid = useRef(/** @type {HTMLDivElement | null} */ (null));
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    const cells = /** @type {HTMLElement[]} */ ([...(grid.current?.children ?? [])]);
    const index = cells.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (index < 0) return;
    const columns = cells.filter((cell) => cell.offsetTop === cells[0].offsetTop).length;
    const isFromRight = getComputedStyle(cells[0]).direction === 'rtl';
    const next = nextCell(event.key, index, cells.length, columns, isFromRight);
    if (next === null) return;
    event.preventDefault();
    cells[next].focus();
  };
  return html`
    <div class="cells" ref=${grid} role="group" aria-label=${t('runner.questions')} onKeyDown=${onKeyDown}>
      ${slots.map((slot) => {
        const isCurrent = slot.position === current;
        const marks = `${slot.flagged ? ' is-flagged' : ''}${slot.unsure ? ' is-unsure' : ''}`;
        return html`
          <button
            key=${slot.position}
            type="button"
            class=${`cell is-${standing(slot)}${marks}`}
            tabindex=${isCurrent ? 0 : -1}
            aria-current=${isCurrent ? 'true' : undefined}
            aria-label=${cellName(slot)}
            onClick=${() => go(slot.position)}
          >
            ${slot.unsure && html`<span class="cell-unsure">?</span>`}${slot.position}
          </button>
        `;
      })}
    </div>
    <ul class="legend" aria-hidden="true">
      ${['answered', 'incomplete', 'seen', 'unseen', 'flagged', 'unsure'].map(
        (state) => html`
          <li key=${state}>
            <span class=${`cell is-${state}`}>${state === 'unsure' && html`<span class="cell-unsure">?</span>`}</span>
            ${t(`runner.cell_${state}`)}
          </li>
        `,
      )}
    </ul>
  `;
}

/** The marks of a slot in words. @param {{ slot: { flagged: boolean, unsure: boolean } }} props */
export function Marks({ slot }) {
  return html`
    ${slot.flagged && html`<span class="mark"><${Icon} name="flag" filled /> ${t('runner.flagged')}</span>`}
    ${slot.unsure && html`<span class="mark"><span class="mark-sign" aria-hidden="true">?</span> ${t('runner.unsure')}</span>`}
  `;
}
