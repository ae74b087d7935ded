// Placeholder lines of the final size while something is loading. The style shows them only after a delay.

import { t } from '../messages/index.js';
import { html } from '../view.js';

/** @param {{ lines: number }} props */
export function Skeleton({ lines }) {
  return html`
    <div class="skeleton">
      <span class="visually-hidden">${t('shell.loading')}</span>
      ${Array.from({ length: lines }, (_, index) => html`<div key=${index} class="skeleton-line"></div>`)}
    </div>
  `;
}
