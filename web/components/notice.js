// A message with an action. It is not a live region: the announcer reads it.

import { html } from '../view.js';

/**
 * @param {{ kind: 'attention' | 'wrong' | 'correct' | 'info', title?: any, children?: any, action?: any }} props
 */
export function Notice({ kind, title, children, action }) {
  return html`
    <div class=${`notice is-${kind}`}>
      <div class="notice-text">
        ${title && html`<strong class="notice-title">${title}</strong>`} ${children}
      </div>
      ${action && html`<div class="notice-action">${action}</div>`}
    </div>
  `;
}
