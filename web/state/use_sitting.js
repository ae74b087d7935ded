// The open attempt, shared by its screens.

import { useEffect, useMemo, useState } from '../view.js';
import { session } from './session.js';
import { createSitting } from './sitting.js';

/** How long an attempt stays open without any of its screens, in ms. */
const GRACE = 5000;

/** @type {ReturnType<typeof createSitting> | null} */
let current = null;

/**
 * @param {string} id
 * @param {string} user
 */
function shared(id, user) {
  if (current?.id !== id || current.user !== user || current.isClosed()) {
    current?.close();
    current = createSitting(id, user);
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
  const user = session.userId;
  const sitting = useMemo(() => shared(id, user), [id, user]);
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
