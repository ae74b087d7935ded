// An observable value: components that use it are redrawn when it changes.

import { useLayoutEffect, useState } from '../view.js';

/**
 * @template T
 * @param {T} initial
 */
export function createStore(initial) {
  let value = initial;
  /** @type {Set<(value: T) => void>} */
  const listeners = new Set();
  return {
    get: () => value,
    /** @param {T} next */
    set(next) {
      value = next;
      for (const listener of [...listeners]) listener(next);
    },
    /** @param {(value: T) => void} listener @returns {() => void} ends it */
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/**
 * @template T
 * @param {ReturnType<typeof createStore<T>>} store
 * @returns {T}
 */
export function useStore(store) {
  const [, draw] = useState(0);
  const shown = store.get();
  useLayoutEffect(() => {
    const end = store.subscribe(() => draw((count) => count + 1));
    // It may have changed between drawing and subscribing.
    if (store.get() !== shown) draw((count) => count + 1);
    return end;
  }, [store]);
  return shown;
}
