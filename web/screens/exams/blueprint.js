// The domains of an exam.

import { number, t } from '../../messages/index.js';
import { html } from '../../view.js';

/** @param {{ exam: any }} props */
export function Blueprint({ exam }) {
  return html`
    <table class="blueprint">
      <thead><tr><th scope="col">${t('progress.blueprint')}</th><th scope="col">${t('progress.weight')}</th></tr></thead>
      <tbody>
        ${exam.domains.map(
          (/** @type {any} */ domain) => html`<tr key=${domain.number}>
            <th scope="row" dir="auto">${domain.number} ${domain.name}</th>
            <td>${t('progress.percent', { n: number(domain.weight) })}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  `;
}
