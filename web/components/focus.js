// Handles the loss of focus when the focused element is removed.

import { useEffect, useRef } from '../view.js';

/** Whether no element has the focus. */
export function isFocusLost() {
  return document.activeElement === null || document.activeElement === document.body;
}

/** A heading that takes the focus when it replaces the focused element. */
export function useHeadingFocus() {
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (isFocusLost()) heading.current?.focus();
  }, []);
  return heading;
}
