// An open attempt in this tab: combines the reducer, the outbox, other tabs and the server.

import { get, post } from '../api/client.js';
import { hasSlept } from '../api/clock.js';
import { announce } from '../components/announcer.js';
import { refusal } from '../components/words.js';
import { t } from '../messages/index.js';
import { given, open, reduce, slotAt, stateOf, viewOf } from './attempt.js';
import { watchPage } from './page_events.js';
import { replace } from './route.js';
import { channelOf, serverOutbox } from './server_outbox.js';
import { session } from './session.js';
import { createStopwatch } from './stopwatch.js';
import { createTabs } from './tabs.js';

/**
 * @typedef {import('./attempt.js').Action} Action
 * @typedef {import('./attempt.js').Sitting} Slots
 * @typedef {{ code: string, name: string, question_count: number }} Exam
 * `loading`; `open`; `ending`: the time is up, waiting for the report; `over`: nothing is accepted any more; `failed`.
 * @typedef {'loading' | 'open' | 'ending' | 'over' | 'failed'} Phase
 */

/** How long a tab must be hidden before it reloads the attempt, in ms. */
const STALE = 10_000;

/** The outboxes of closed sittings that still send, by attempt. @type {Map<string, ReturnType<typeof serverOutbox>>} */
const lingering = new Map();

/**
 * @param {string} id
 * @param {string} user
 * @param {string} email of the user
 */
export function createSitting(id, user, email) {
  lingering.get(id)?.close();
  lingering.delete(id);
  const viewKey = `tripos:${user}:view:${id}`;
  /** @type {Set<() => void>} */
  const listeners = new Set();
  const stopwatch = createStopwatch(() => performance.now());
  /** @type {Phase} */
  let phase = 'loading';
  /** @type {any} */
  let attempt = null;
  /** @type {Exam | null} */
  let exam = null;
  /** @type {Slots | null} */
  let slots = null;
  /** @type {any} */
  let problem = null;
  let submitting = false;
  let isLooking = false;
  let isClosed = false;
  let isDone = false;
  /** A position whose response was changed elsewhere or rejected by the server, to be shown. @type {any} */
  let told = null;
  let isOffline = !navigator.onLine;
  /** The number of responses that waited while offline; null while online. @type {number | null} */
  let waited = null;
  let hiddenAt = 0;

  const tell = () => {
    for (const listener of listeners) listener();
  };
  const tabs = createTabs(channelOf(user, id), hear);
  const outbox = serverOutbox(user, id, emit);

  /** @param {import('./outbox.js').Event} event */
  function emit(event) {
    // What a closed sitting still sends is reported by the notice on leftovers.
    if (!slots || isClosed) return;
    if (event.type === 'stored') {
      const { slot, state, merged } = event;
      adopt(slot, state);
      tabs.tell({ type: 'stored', slot, state });
      if (merged) tellChanged(slot.position);
      if (slots.teaching && slot.response && !slot.feedback) void refresh();
    } else if (event.type === 'rejected') {
      slots = reduce(slots, { type: 'rejected', position: event.position, state: event.base });
      told = { type: 'rejected', position: event.position, problem: event.problem };
      announce(event.problem.detail ?? '');
      void refresh();
    } else {
      whatBecame();
    }
    tell();
  }

  function whatBecame() {
    const status = outbox.status();
    if (status.over && phase !== 'over') end(status.problem);
    // With immediate feedback the first response counts, so the server's response wins.
    if (status.conflict && slots?.teaching) {
      outbox.resolve(status.conflict.position, 'theirs');
      tellChanged(status.conflict.position);
    }
    if (isOffline || status.problem?.kind === 'offline') {
      if (waited === null) announce(t('runner.offline_title'));
      waited = Math.max(waited ?? 0, status.unsent.length);
    } else if (waited !== null && !status.problem && status.unsent.length === 0) {
      told = { type: 'back', count: waited };
      announce(waited > 0 ? t('runner.back_online', { n: waited }) : t('runner.back_title'));
      waited = null;
    }
  }

  /**
   * @param {import('./outbox.js').StoredSlot} slot
   * @param {import('./attempt.js').SlotState} state
   */
  function adopt(slot, state) {
    if (!slots) return;
    const { position, revision, feedback } = slot;
    slots = reduce(slots, { type: 'stored', position, state, revision, feedback });
  }

  /** @param {number} position */
  function tellChanged(position) {
    told = { type: 'changed', position };
    announce(t('runner.changed_elsewhere', { n: position }));
  }

  /**
   * A change of the response that the learner is looking at is announced.
   * @param {number} position
   * @param {import('./attempt.js').SlotState} state
   */
  function tellIfSeen(position, state) {
    if (!slots || position !== slots.current) return;
    if (JSON.stringify(state.response) !== JSON.stringify(slotAt(slots).response)) tellChanged(position);
  }

  /** @param {any} message of another tab */
  function hear(message) {
    if (!slots || isClosed) return;
    if (message.type === 'changed') {
      const { position, state } = message;
      tellIfSeen(position, state);
      adopt(slotAt(slots, position), state);
    } else if (message.type === 'stored') {
      outbox.know([message.slot], true);
      adopt(message.slot, message.state);
    } else if (message.type === 'submitted') {
      end({ kind: 'problem', status: 409, type: 'attempt-submitted' });
    }
    tell();
  }

  /** The attempt no longer accepts anything. @param {any} why */
  function end(why) {
    problem = why;
    phase = 'over';
    stopwatch.stop();
    if (why?.type === 'attempt-abandoned') forget();
    if (outbox.status().unsent.length === 0 && why?.type === 'deadline-passed') leave();
    tell();
  }

  /** Deletes what is stored on this device. */
  function forget() {
    isDone = true;
    outbox.clear();
    localStorage.removeItem(viewKey);
  }

  /** Goes to the report in place of this screen; unsent entries are deleted. */
  function leave() {
    const isSeen = !isClosed;
    forget();
    outbox.close();
    close();
    if (isSeen) replace(`#/attempts/${id}/report`);
  }

  function save() {
    if (!slots) return;
    try {
      localStorage.setItem(viewKey, JSON.stringify(viewOf(slots)));
    } catch {
      // The storage is full: the place in the attempt is not stored, but responses are still sent.
    }
  }

  async function load() {
    try {
      const { body } = await get(`/attempts/${id}`);
      if (isClosed) return undefined;
      attempt = body;
      if (body.status !== 'in_progress') return finished(body);
      exam ??= await examOf(body);
      if (isClosed) return undefined;
      outbox.know(body.slots);
      slots = open(body, JSON.parse(localStorage.getItem(viewKey) ?? '{}'), outbox.waiting());
      phase = 'open';
      if (slots.slots.every((slot) => slot.revision === 0)) told = notesOf(body);
      run();
      save();
      void outbox.flush();
    } catch (error) {
      fail(error);
    }
    tell();
  }

  /** @param {unknown} error */
  function fail(error) {
    const failure = /** @type {any} */ (error);
    if (failure?.kind === undefined) throw error;
    problem = failure;
    phase = 'failed';
  }

  /** @param {any} body of an attempt that is over */
  function finished(body) {
    if (body.status === 'abandoned') return end({ kind: 'problem', status: 409, type: 'attempt-abandoned' });
    const byTime = body.deadline_at !== null && Date.parse(body.submitted_at) >= Date.parse(body.deadline_at);
    if (outbox.status().unsent.length === 0) return leave();
    return end({ kind: 'problem', status: 409, type: byTime ? 'deadline-passed' : 'attempt-submitted' });
  }

  /** Loads the server's state, for slots without a waiting entry. */
  async function refresh() {
    try {
      const { body } = await get(`/attempts/${id}`);
      if (isClosed) return undefined;
      attempt = body;
      if (body.status !== 'in_progress') return finished(body);
      outbox.know(body.slots);
      const waiting = outbox.waiting();
      for (const slot of body.slots) {
        const old = slots && slotAt(slots, slot.position);
        // An entry that was sent meanwhile is newer.
        if (!old || waiting.has(slot.position) || slot.revision < old.revision) continue;
        if (slot.revision > old.revision) tellIfSeen(slot.position, slot);
        adopt(slot, slot);
      }
      tell();
    } catch (error) {
      const failure = /** @type {any} */ (error);
      if (failure?.kind === undefined) throw error;
      if (failure.status === 401) {
        problem = failure;
        tell();
      }
    }
    return undefined;
  }

  /** The time is up: the server decides. */
  async function timeUp() {
    if (phase !== 'open') return;
    spend();
    phase = 'ending';
    tell();
    for (let wait = 1; /** @type {Phase} */ (phase) === 'ending' && !isClosed; wait = Math.min(wait * 2, 30)) {
      await refresh();
      await new Promise((resolve) => setTimeout(resolve, wait * 1000));
    }
  }

  /** The stopwatch runs while a question is shown. */
  function run() {
    if (phase === 'open' && isLooking && document.visibilityState === 'visible') stopwatch.start();
    else stopwatch.stop();
  }

  /** Adds the time to the current question and sends it. */
  function spend() {
    // Not after submitting or signing out. If somebody else signs in, responses wait for their own user.
    if (!slots || phase !== 'open' || isDone) return;
    slots = reduce(slots, { type: 'spend', seconds: stopwatch.take() });
    const slot = slotAt(slots);
    outbox.put(slot.position, stateOf(slot));
  }

  /** @param {Action} action */
  function act(action) {
    if (!slots || phase !== 'open' || submitting) return;
    const left = slots.current;
    if (action.type === 'go') {
      spend();
      stopwatch.reset();
    }
    const before = slotAt(slots);
    slots = reduce(slots, action);
    if (told?.type !== 'rejected' || action.type === 'go') told = null;
    if (slots.refused) announce(refusal(given(slotAt(slots)).length));
    const after = slotAt(slots, left);
    if (JSON.stringify(stateOf(before)) !== JSON.stringify(stateOf(after))) {
      spend();
      tabs.tell({ type: 'changed', position: left, state: stateOf(slotAt(slots, left)) });
    }
    save();
    tell();
  }

  async function submit() {
    if (submitting || phase !== 'open') return;
    spend();
    submitting = true;
    problem = null;
    tell();
    try {
      if (session.userId !== user) throw { kind: 'problem', status: 401 };
      await outbox.flush();
      if (outbox.status().conflict) problem = { kind: 'conflict' };
      // The notice shows why responses cannot be sent.
      if (!outbox.isEmpty) return;
      await post(`/attempts/${id}/submit`);
      tabs.tell({ type: 'submitted' });
      leave();
    } catch (error) {
      const failure = /** @type {any} */ (error);
      if (failure?.kind === undefined) throw error;
      problem = failure;
    } finally {
      submitting = false;
      tell();
    }
  }

  const stopWatching = watchPage({
    hidden() {
      // The wall clock keeps running while the device sleeps.
      hiddenAt = Date.now();
      spend();
      run();
    },
    shown() {
      run();
      if (Date.now() - hiddenAt > STALE) void refresh();
      void outbox.flush();
    },
    connection(isOnline) {
      isOffline = !isOnline;
      whatBecame();
      tell();
      if (isOffline) return;
      void outbox.flush();
      void refresh();
    },
    hasSlept,
    woken() {
      void refresh();
      void outbox.flush();
    },
    left: spend,
    mayLeave: () => phase !== 'open' || outbox.status().unsent.length === 0,
  });

  // Nothing is stored after signing out.
  const stopFollowing = session.subscribe(({ status }) => {
    if (status !== 'out') return;
    isDone = true;
    outbox.close();
    close();
  });

  function close() {
    if (isClosed) return;
    spend();
    isClosed = true;
    stopFollowing();
    stopWatching();
    tabs.close();
    stopwatch.stop();
    if (isDone || outbox.isEmpty) outbox.close();
    else lingering.set(id, outbox);
  }

  return {
    id,
    user,
    email,
    act,
    submit,
    timeUp,
    leave,
    close,
    load,
    /** @param {() => void} listener */
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    /** Sets whether a question is shown. @param {boolean} is */
    look(is) {
      if (!is) spend();
      isLooking = is;
      run();
    },
    isWatched: () => listeners.size > 0,
    isClosed: () => isClosed,
    retry: () => outbox.flush(),
    /** Continues after the learner has signed in again. */
    resume() {
      problem = null;
      tell();
      return phase === 'failed' ? load() : outbox.flush();
    },
    /** @type {typeof outbox.resolve} */
    resolve(position, which) {
      problem = null;
      outbox.resolve(position, which);
    },
    dismiss() {
      told = null;
      tell();
    },
    snapshot: () => ({
      phase,
      attempt,
      exam,
      slots,
      problem,
      submitting,
      told,
      isOffline,
      status: outbox.status(),
      deadline: attempt?.deadline_at ? Date.parse(attempt.deadline_at) : null,
    }),
  };
}

/**
 * The exam of an attempt. A retired exam is no longer available, but the attempt continues.
 * @param {any} attempt
 * @returns {Promise<Exam>}
 */
async function examOf({ exam: code, slots }) {
  try {
    return (await get(`/exams/${code}`)).body;
  } catch (error) {
    if (/** @type {any} */ (error)?.status !== 404) throw error;
    return { code, name: code.toUpperCase(), question_count: slots.length };
  }
}

/** How the form differs from the request. @param {any} attempt */
function notesOf(attempt) {
  const { notes, practice, slots } = attempt;
  if (notes.length === 0) return null;
  const isSmaller = practice && practice.size > slots.length;
  return { type: 'notes', text: isSmaller ? t('runner.smaller', { n: slots.length }) : notes.join(' ') };
}
