// The outbox of an attempt as it is in a browser, and what an earlier visit left in it.

import { put } from '../api/client.js';
import { attemptsWaiting, createOutbox } from './outbox.js';
import { createTabs, locks } from './tabs.js';

/**
 * @param {string} user
 * @param {string} attempt
 * @param {(event: import('./outbox.js').Event) => void} emit
 */
export function serverOutbox(user, attempt, emit) {
  return createOutbox({
    user,
    attempt,
    store: localStorage,
    locks,
    // A browser's clearTimeout refuses to be called as a method of something else.
    timers: {
      now: () => performance.now(),
      after: (ms, work) => setTimeout(work, ms),
      cancel: (timer) => clearTimeout(timer),
    },
    send: async (position, state, revision) => {
      const { body } = await put(`/attempts/${attempt}/slots/${position}`, state, { ifMatch: `"${revision}"` });
      return body;
    },
    emit,
  });
}

/**
 * What tabs call an attempt among themselves.
 * @param {string} user
 * @param {string} attempt
 */
export function channelOf(user, attempt) {
  return `tripos:${user}:${attempt}`;
}

/**
 * Tries once to send what an earlier visit left; what fails, or was changed elsewhere, waits until its attempt is opened.
 * @param {string} user
 */
export async function sendLeftovers(user) {
  for (const attempt of attemptsWaiting(user, localStorage)) {
    const tabs = createTabs(channelOf(user, attempt), () => {});
    const outbox = serverOutbox(user, attempt, (event) => {
      if (event.type === 'stored') tabs.tell({ type: 'stored', slot: event.slot, state: event.state });
    });
    await outbox.flush();
    outbox.close();
    tabs.close();
  }
}
