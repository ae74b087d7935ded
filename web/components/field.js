// A field of a form: its label, then a hint, then an error, then the control.

import { t } from '../messages/index.js';
import { html, useEffect, useId, useRef } from '../view.js';

/**
 * @param {{ label: string, hint?: any, error?: any, as?: 'input' | 'select', id?: string, children?: any,
 *   [attribute: string]: any }} props `children`: the options of a select
 */
export function Field({ label, hint, error, as = 'input', id, children, ...attributes }) {
  const own = useId();
  const name = id ?? own;
  const described = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(' ');
  const Control = as;
  return html`
    <div class=${error ? 'field is-wrong' : 'field'}>
      <label for=${name}>${label}</label>
      ${hint && html`<p class="field-hint" id=${`${name}-hint`}>${hint}</p>`}
      ${error && html`<p class="field-error" id=${`${name}-error`}>${error}</p>`}
      <${Control} id=${name} aria-describedby=${described || undefined} aria-invalid=${error ? true : undefined} ...${attributes}>
        ${children}
      <//>
    </div>
  `;
}

/**
 * The errors in a form of up to three fields, with a link to each. It takes the focus when it appears.
 * @param {{ errors: { id: string, label: string }[] }} props
 */
export function ErrorSummary({ errors }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => box.current?.focus(), []);
  return html`
    <div class="notice is-wrong" tabindex="-1" ref=${box}>
      <div class="notice-text">
        <strong class="notice-title">${t(`shell.to_change_${errors.length}`)}</strong>
        <ul class="error-list">
          ${errors.map(
            ({ id, label }) => html`
              <li key=${id}>
                <button type="button" class="link" onClick=${() => document.getElementById(id)?.focus()}>${label}</button>
              </li>
            `,
          )}
        </ul>
      </div>
    </div>
  `;
}
