// The icons of the runner, in the color of the text and hidden from screen readers, which have the words.

import { html } from '../view.js';

/** @type {Record<string, string>} */
const LINES = {
  previous: 'M10 3 5 8l5 5',
  next: 'm6 3 5 5-5 5',
  down: 'm3 6 5 5 5-5',
  up_arrow: 'M8 13V3M4 7l4-4 4 4',
  down_arrow: 'M8 3v10M4 9l4 4 4-4',
  flag: 'M4 14V2.5h8.5L10.5 6l2 3.5H4',
  strike: 'M2.5 8h11M11 5c-.5-1.5-1.7-2-3-2-1.7 0-3 .8-3 2.3M5 11c.5 1.5 1.7 2 3 2 1.7 0 3-.8 3-2.3',
  restore: 'M6 3 3 6l3 3M3 6h6.5a3 3 0 0 1 0 6H7',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  right: 'm3 8.5 3.5 3.5L13 4.5',
  wrong: 'm4 4 8 8M12 4l-8 8',
};

/** @param {{ name: string, filled?: boolean }} props */
export function Icon({ name, filled = false }) {
  return html`
    <svg class=${filled ? 'icon icon-filled' : 'icon'} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d=${LINES[name]} />
    </svg>
  `;
}

/** The drag handle: six dots. */
export function Grip() {
  return html`
    <svg class="icon icon-grip" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      ${[4, 8, 12].map((y) => [6, 10].map((x) => html`<circle cx=${x} cy=${y} r="1.2" />`))}
    </svg>
  `;
}

/** The icon for unsure. */
export function QuestionMark() {
  return html`<span class="icon-question" aria-hidden="true">?</span>`;
}
