// The time that a learner looks at a question, in whole seconds while the page is shown.

/** @param {() => number} now a monotonic time in ms */
export function createStopwatch(now) {
  let kept = 0;
  /** @type {number | null} */
  let since = null;
  const run = () => {
    const at = now();
    if (since !== null) kept += at - since;
    since = since === null ? null : at;
  };
  return {
    start() {
      since ??= now();
    },
    stop() {
      run();
      since = null;
    },
    /** The whole seconds since the last call. */
    take() {
      run();
      const seconds = Math.floor(kept / 1000);
      kept -= seconds * 1000;
      return seconds;
    },
    /** Restarts for another question. */
    reset() {
      run();
      kept = 0;
    },
  };
}
