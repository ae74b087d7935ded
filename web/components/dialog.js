// A dialog. When it closes, the focus returns to the element that opened it.

import { t } from '../messages/index.js';
import { html, useId, useLayoutEffect, useRef } from '../view.js';
import { Icon } from './icons.js';

/** @param {{ title: any, onClose: () => void, children?: any }} props */
export function Dialog({ title, onClose, children }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const name = useId();
  useLayoutEffect(() => {
    const element = /** @type {HTMLDialogElement} */ (dialog.current);
    element.showModal();
    /** @type {HTMLElement | null} */ (element.querySelector('[autofocus]') ?? element.querySelector('h2'))?.focus();
    // Closing restores the focus; removing the element does not.
    return () => element.close();
  }, []);
  const cancel = (/** @type {Event} */ event) => {
    event.preventDefault();
    onClose();
  };
  return html`
    <dialog class="dialog" ref=${dialog} aria-labelledby=${name} onCancel=${cancel}>
      <div class="dialog-head">
        <h2 id=${name} tabindex="-1">${title}</h2>
        <button type="button" class="dialog-close" aria-label=${t('shell.close')} onClick=${onClose}><${Icon} name="wrong" /></button>
      </div>
      ${children}
    </dialog>
  `;
}
