// The dialog with all keyboard shortcuts.

import { t } from '../messages/index.js';
import { html } from '../view.js';

/** Keys, and the message that describes them. */
const ROWS = [
  [['A', '–', 'J', '·', '1', '–', '9'], 'choose'],
  [['Shift', '+', 'A', '–', 'J'], 'strike'],
  [['N'], 'next'],
  [['P'], 'previous'],
  [['L'], 'flag'],
  [['U'], 'unsure'],
  [['Enter'], 'enter'],
  [['Q'], 'list'],
  [['R'], 'review'],
  [['T'], 'time'],
  [['Alt', '↑', '·', 'Alt', '↓'], 'move'],
  [['?'], 'keys'],
  [['Esc'], 'close'],
];

/** A table of all keys. @param {{ single: boolean }} props */
export function KeySheet({ single }) {
  return html`
    ${!single && html`<p>${t('runner.keys_off')}</p>`}
    <table class="keys">
      <thead>
        <tr><th scope="col">${t('runner.keys_key')}</th><th scope="col">${t('runner.keys_does')}</th></tr>
      </thead>
      <tbody>
        ${ROWS.map(
          ([keys, does]) => html`
            <tr key=${does}>
              <td>
                ${/** @type {string[]} */ (keys).map((key) => (/^[–·+]$/.test(key) ? ` ${key} ` : html`<kbd>${key}</kbd>`))}
              </td>
              <td>${t(`runner.keys_${does}`)}</td>
            </tr>
          `,
        )}
      </tbody>
    </table>
  `;
}
