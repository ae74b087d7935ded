// The open attempt, shared by its screens.

import { useEffect, useMemo, useState } from '../view.js';
import { session } from './session.js';
import { createSitting } from './sitting.js';

/** How long an attempt stays open without any of its screens, in ms. */
const GRACE = 5000;

/** @type {ReturnType<typeof createSitting> | null} */
let current = null;

/** @param {string} id */
function shared(id) {
  if (current?.id !== id || current.isClosed()) {
    current?.close();
    current = createSitting(id, session.userId, session.email);
    void current.load();
  }
  return current;
}

/**
 * The attempt with this id, kept open while one of its screens is shown.
 * @param {string} id
 */
export function useSitting(id) {
  const [, draw] = useState(0);
  // It stays open if somebody else signs in in another tab, and asks for the right account.
  const sitting = useMemo(() => shared(id), [id]);
  useEffect(() => {
    const stop = sitting.listen(() => draw((count) => count + 1));
    draw((count) => count + 1);
    return () => {
      stop();
      // The review screen takes over from the runner as soon as it is loaded.
      setTimeout(() => {
        if (!sitting.isWatched()) sitting.close();
      }, GRACE);
    };
  }, [sitting]);
  return sitting;
}
