// A part of the account.

import { html, useId } from '../../view.js';

/** @param {{ title: string, children: any }} props */
export function Section({ title, children }) {
  const id = useId();
  return html`
    <section class="setting" aria-labelledby=${id}>
      <h2 id=${id}>${title}</h2>
      <div class="setting-body">${children}</div>
    </section>
  `;
}
