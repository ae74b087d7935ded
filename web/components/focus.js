// Where the focus goes when what had it is gone.

import { useEffect, useRef } from '../view.js';

/** Whether nothing has the focus. */
export function isFocusLost() {
  return document.activeElement === null || document.activeElement === document.body;
}

/** A heading that takes the focus when it appears in the place of what had it. */
export function useHeadingFocus() {
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (isFocusLost()) heading.current?.focus();
  }, []);
  return heading;
}
