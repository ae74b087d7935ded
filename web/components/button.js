// A button that sends something. While it is off, it stays visible and focusable.

import { html } from '../view.js';

/**
 * @param {{ children: any, off?: boolean, primary?: boolean, wide?: boolean, type?: 'button' | 'submit', onClick?: () => void,
 *   [attribute: string]: any }} props
 */
export function Button({ children, off = false, primary = false, wide = false, type = 'button', onClick, ...attributes }) {
  const names = ['button', primary && 'primary', wide && 'wide'].filter(Boolean).join(' ');
  const press = (/** @type {Event} */ event) => {
    if (off) event.preventDefault();
    else onClick?.();
  };
  return html`<button type=${type} class=${names} aria-disabled=${off} onClick=${press} ...${attributes}>${children}</button>`;
}
