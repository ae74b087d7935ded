// Seconds until something can be tried again.

import { useLayoutEffect, useState } from '../view.js';

/**
 * The remaining time that a problem asks to wait, in seconds.
 * @param {{ retryAfter: number | null } | null} problem
 */
export function useCountdown(problem) {
  const seconds = problem?.retryAfter ?? 0;
  const [now, setNow] = useState(() => performance.now());
  const [since, setSince] = useState(now);
  useLayoutEffect(() => {
    const begun = performance.now();
    setSince(begun);
    setNow(begun);
    if (seconds === 0) return undefined;
    const timer = setInterval(() => {
      const passed = performance.now();
      setNow(passed);
      if (passed - begun >= seconds * 1000) clearInterval(timer);
    }, 1000);
    return () => clearInterval(timer);
  }, [problem]);
  return Math.max(0, Math.ceil(seconds - (now - since) / 1000));
}
