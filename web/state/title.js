// The title of the document.

import { useLayoutEffect } from '../view.js';

/** @param {string} text */
export function useTitle(text) {
  useLayoutEffect(() => {
    document.title = `${text} · Tripos`;
  }, [text]);
}
