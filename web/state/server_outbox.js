// The outbox of an attempt as it is in a browser, and what an earlier visit left in it.

import { put } from '../api/client.js';
import { attemptsWaiting, createOutbox } from './outbox.js';
import { createTabs, locks } from './tabs.js';

/**
 * What an attempt did not take: why the server refused responses, how many came after its end, and whether one was changed
 * elsewhere too.
 * @typedef {{ attempt: string, refusals: string[], late: number, isAsked: boolean }} Leftover
 */

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
 * @returns {Promise<Leftover[]>} the attempts that did not take everything
 */
export async function sendLeftovers(user) {
  /** @type {Leftover[]} */
  const kept = [];
  for (const attempt of attemptsWaiting(user, localStorage)) {
    /** @type {string[]} */
    const refusals = [];
    const tabs = createTabs(channelOf(user, attempt), () => {});
    const outbox = serverOutbox(user, attempt, (event) => {
      if (event.type === 'stored') tabs.tell({ type: 'stored', slot: event.slot, state: event.state });
      if (event.type === 'rejected') refusals.push(event.problem.detail ?? '');
    });
    await outbox.flush();
    const { over, conflict, unsent } = outbox.status();
    // Only the time on a question came too late: nobody misses it.
    if (over && unsent.length === 0) outbox.clear();
    const late = over ? unsent.length : 0;
    if (late > 0 || refusals.length > 0 || conflict) kept.push({ attempt, refusals, late, isAsked: conflict !== null });
    outbox.close();
    tabs.close();
  }
  return kept;
}
