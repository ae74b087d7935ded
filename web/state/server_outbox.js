// The outbox of an attempt in a browser, and entries that are left from an earlier visit.

import { put } from '../api/client.js';
import { attemptsWaiting, createOutbox } from './outbox.js';
import { session } from './session.js';
import { createTabs, locks } from './tabs.js';

/**
 * What an attempt did not accept: why the server rejected responses, how many came after its end, and whether one was also
 * changed elsewhere.
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
    // A browser's clearTimeout fails if it is called as a method of another object.
    timers: {
      now: () => performance.now(),
      after: (ms, work) => setTimeout(work, ms),
      cancel: (timer) => clearTimeout(timer),
    },
    send: async (position, state, revision) => {
      // Responses wait until their user is signed in again.
      if (session.userId !== user) throw { kind: 'problem', status: 401 };
      const { body } = await put(`/attempts/${attempt}/slots/${position}`, state, { ifMatch: `"${revision}"` });
      return body;
    },
    emit,
  });
}

/**
 * The name of the channel between tabs for an attempt.
 * @param {string} user
 * @param {string} attempt
 */
export function channelOf(user, attempt) {
  return `tripos:${user}:${attempt}`;
}

/**
 * Tries once to send entries from an earlier visit. Those that fail or conflict wait until their attempt is opened.
 * @param {string} user
 * @returns {Promise<Leftover[]>} the attempts that did not accept everything
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
    const { over, conflict, unsent, problem } = outbox.status();
    // Only the time on a question came too late, which does not matter; or there is nothing left to open.
    if (over && (unsent.length === 0 || problem?.type === 'attempt-abandoned')) outbox.clear();
    const late = over ? unsent.length : 0;
    if (late > 0 || refusals.length > 0 || conflict) kept.push({ attempt, refusals, late, isAsked: conflict !== null });
    outbox.close();
    tabs.close();
  }
  return kept;
}
