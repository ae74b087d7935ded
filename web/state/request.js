// Requests of a screen, and their results.

import { useLayoutEffect, useState } from '../view.js';

/**
 * Loads at once, and again when the inputs change or `reload` is called.
 * @template T
 * @param {() => Promise<T>} work
 * @param {unknown[]} inputs
 */
export function useLoad(work, inputs) {
  const [state, setState] = useState(/** @type {{ data: T | null, problem: any }} */ ({ data: null, problem: null }));
  const [turn, setTurn] = useState(0);
  // A layout effect: the request need not wait for the next frame.
  useLayoutEffect(() => {
    let isWanted = true;
    work().then(
      (data) => isWanted && setState({ data, problem: null }),
      (error) => {
        if (error?.kind === undefined) throw error;
        if (isWanted) setState({ data: null, problem: error });
      },
    );
    return () => {
      isWanted = false;
    };
  }, [...inputs, turn]);
  return { ...state, reload: () => setTurn((count) => count + 1) };
}

/**
 * A request that is sent on demand, one at a time.
 * @template {any[]} Given
 * @param {(...given: Given) => Promise<void>} work
 */
export function useAction(work) {
  const [state, setState] = useState(/** @type {{ isBusy: boolean, problem: any }} */ ({ isBusy: false, problem: null }));
  const run = async (/** @type {Given} */ ...given) => {
    if (state.isBusy) return;
    setState({ isBusy: true, problem: null });
    try {
      await work(...given);
      setState({ isBusy: false, problem: null });
    } catch (error) {
      if (/** @type {any} */ (error)?.kind === undefined) throw error;
      setState({ isBusy: false, problem: error });
    }
  };
  return { ...state, run, clear: () => setState((old) => ({ ...old, problem: null })) };
}
