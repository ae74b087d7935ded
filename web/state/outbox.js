// The queue of responses to send: one entry per slot in the local storage, sent one after another until the server
// has them. Tabs share the entries, and a lock lets one of them send at a time. Storage, requests and timers are passed in,
// so that all of it runs without a browser.

import { isSame, merge, stateOf } from './attempt.js';

/**
 * @typedef {import('./attempt.js').SlotState} SlotState
 * @typedef {import('./attempt.js').Feedback} Feedback
 * @typedef {SlotState & { position: number, revision: number, feedback?: Feedback }} StoredSlot
 * @typedef {{ kind?: string, status?: number, type?: string, detail?: string, requestId?: string | null,
 *   retryAfter?: number | null, body?: any }} Problem
 * `base` is what the server had when the change was made, `sent` the states that were sent without a response,
 * `theirs` a concurrent change by somebody else, until the learner decides which one stays.
 * @typedef {{ position: number, order: number, state: SlotState, base: StoredSlot, sent?: SlotState[],
 *   theirs?: StoredSlot }} Entry
 * @typedef {{ getItem(key: string): string | null, setItem(key: string, value: string): void,
 *   removeItem(key: string): void, key(index: number): string | null, readonly length: number }} Store
 * @typedef {{ request(name: string, work: () => Promise<void>): Promise<unknown> }} Locks
 * @typedef {{ now(): number, after(ms: number, work: () => void): unknown, cancel(timer: any): void }} Timers
 * @typedef {{ unsent: number[], problem: Problem | null, retryAt: number | null,
 *   conflict: Entry | null, over: boolean, stored: boolean }} Status
 * @typedef {{ type: 'status' }
 *   | { type: 'stored', slot: StoredSlot, state: SlotState, merged: boolean }
 *   | { type: 'rejected', position: number, base: StoredSlot, problem: Problem }} Event
 */

/** The waits after failures in a row, in seconds. */
const WAITS = [1, 2, 4, 8, 16, 30];

/** The longest wait that a server can ask for, in seconds. */
const LONGEST_WAIT = 300;

/** The maximum number of requests without a response that are stored for a slot. */
const MOST_SENT = 20;

/** Problems after which an attempt accepts nothing any more. */
const OVER = ['deadline-passed', 'attempt-submitted', 'attempt-abandoned'];

/**
 * @param {string} user
 * @param {string} [attempt]
 */
function prefix(user, attempt) {
  return `tripos:${user}:outbox:${attempt ? `${attempt}:` : ''}`;
}

/**
 * The entries whose keys begin with this prefix, in order of creation.
 * @param {Store} store
 * @param {string} start
 * @returns {Entry[]}
 */
function entriesIn(store, start) {
  const found = [];
  for (let index = 0; index < store.length; index += 1) {
    const key = store.key(index);
    const text = key?.startsWith(start) ? store.getItem(key) : null;
    if (text) found.push(/** @type {Entry} */ (JSON.parse(text)));
  }
  return found.sort((one, other) => one.order - other.order);
}

/**
 * The part of the server's slot that is stored.
 * @param {StoredSlot} slot
 * @returns {StoredSlot}
 */
function slim(slot) {
  return { ...stateOf(slot), position: slot.position, revision: slot.revision };
}

/** @param {Entry} entry */
function isResponse(entry) {
  return !isSame(entry.state, entry.base, false);
}

/**
 * The number of a user's responses, to all attempts, that have not reached the server.
 * @param {string} user
 * @param {Store} store
 */
export function unsentOf(user, store = localStorage) {
  return entriesIn(store, prefix(user)).filter(isResponse).length;
}

/**
 * The attempts of a user with waiting entries.
 * @param {string} user
 * @param {Store} store
 */
export function attemptsWaiting(user, store) {
  const start = prefix(user);
  const keys = Array.from({ length: store.length }, (_, index) => store.key(index) ?? '');
  return [...new Set(keys.filter((key) => key.startsWith(start)).map((key) => key.slice(start.length).split(':')[0]))];
}

/**
 * @param {{ user: string, attempt: string, store: Store, locks: Locks, timers: Timers,
 *   send(position: number, state: SlotState, revision: number): Promise<StoredSlot>, emit(event: Event): void }} given
 */
export function createOutbox({ user, attempt, store, locks, timers, send, emit }) {
  const start = prefix(user, attempt);
  /** @type {Map<number, StoredSlot>} */
  const bases = new Map();
  /** Entries that the local storage had no room for. @type {Map<number, Entry>} */
  const overflow = new Map();
  let failures = 0;
  let closed = false;
  /** @type {Promise<void> | null} */
  let running = null;
  let over = false;
  /** @type {unknown} */
  let timer = null;
  /** @type {Problem | null} */
  let problem = null;
  /** @type {number | null} */
  let retryAt = null;

  const entries = () => {
    const kept = entriesIn(store, start);
    return overflow.size ? [...kept, ...overflow.values()].sort((one, other) => one.order - other.order) : kept;
  };
  const entryOf = (/** @type {number} */ position) => {
    const text = store.getItem(start + position);
    return overflow.get(position) ?? (text ? /** @type {Entry} */ (JSON.parse(text)) : null);
  };
  const keep = (/** @type {Entry} */ entry) => {
    try {
      store.setItem(start + entry.position, JSON.stringify(entry));
      overflow.delete(entry.position);
    } catch {
      overflow.set(entry.position, entry);
      // The stored entry is older.
      store.removeItem(start + entry.position);
    }
  };
  const drop = (/** @type {number} */ position) => {
    overflow.delete(position);
    store.removeItem(start + position);
  };
  const tell = () => emit({ type: 'status' });

  /** The server has responded. */
  function reached() {
    failures = 0;
    problem = null;
  }

  /** @param {Problem} failure */
  function wait(failure) {
    problem = failure;
    if (failure.status === 401) return tell();
    const seconds = Math.max(WAITS[Math.min(failures, WAITS.length - 1)], Math.min(failure.retryAfter ?? 0, LONGEST_WAIT));
    failures += 1;
    retryAt = timers.now() + seconds * 1000;
    timer = timers.after(seconds * 1000, flush);
    tell();
  }

  /**
   * @param {Entry} entry as it was sent
   * @param {StoredSlot} slot
   */
  function accept(entry, slot) {
    const now = entryOf(entry.position);
    const newer = now && now.order !== entry.order ? now : null;
    bases.set(entry.position, slim(slot));
    if (newer) keep({ ...newer, base: slim(slot), sent: undefined });
    else drop(entry.position);
    emit({ type: 'stored', slot, state: newer ? newer.state : stateOf(slot), merged: false });
  }

  /**
   * @param {Entry} entry
   * @param {StoredSlot} slot
   * @param {boolean} [isOurs] whether a tab of this browser sent it
   */
  function reconcile(entry, slot, isOurs = false) {
    const now = entryOf(entry.position);
    const theirs = slim(slot);
    bases.set(entry.position, theirs);
    // Another tab has sent it, or the user has signed out.
    if (!now) return emit({ type: 'stored', slot: theirs, state: stateOf(theirs), merged: false });
    if (isOurs || now.sent?.some((state) => isSame(state, theirs))) return keep({ ...now, base: theirs, sent: undefined });
    const { state, conflict } = merge(now.base, now.state, theirs);
    if (conflict) return keep({ ...now, theirs, sent: undefined });
    if (isSame(state, theirs)) drop(entry.position);
    else keep({ ...now, state, base: theirs, sent: undefined });
    emit({ type: 'stored', slot: theirs, state, merged: !isSame(state, now.state, false) });
  }

  /**
   * @param {Entry} entry
   * @returns {Promise<boolean>} whether the next one may be sent
   */
  async function sendOne(entry) {
    const before = (entry.sent ?? []).filter((state) => !isSame(state, entry.state));
    keep({ ...entry, sent: [...before, entry.state].slice(-MOST_SENT) });
    try {
      accept(entry, await send(entry.position, entry.state, entry.base.revision));
      reached();
      return true;
    } catch (error) {
      const failure = /** @type {Problem} */ (error);
      if (failure.status === undefined && failure.kind === undefined) throw error;
      if (failure.status === 412 && failure.body?.slot) {
        reconcile(entry, failure.body.slot);
        reached();
        return true;
      }
      if (OVER.includes(failure.type ?? '')) {
        over = true;
        problem = failure;
        return false;
      }
      // A 403 or 404 may only mean that another user is signed in by now.
      const isRefusal = failure.kind === 'problem' && [400, 409, 413, 422].includes(failure.status ?? 0);
      if (!isRefusal) {
        wait(failure);
        return false;
      }
      drop(entry.position);
      reached();
      emit({ type: 'rejected', position: entry.position, base: entry.base, problem: failure });
      return true;
    }
  }

  async function drain() {
    for (;;) {
      const next = closed || over ? undefined : entries().find((entry) => !entry.theirs);
      if (!next) return;
      tell();
      if (!(await sendOne(next))) return;
    }
  }

  const isWaiting = () => !closed && !over && entries().some((entry) => !entry.theirs);

  async function run() {
    timers.cancel(timer);
    retryAt = null;
    // Entries that were added since the last check are sent at once, unless something failed.
    do {
      await locks.request(start, drain);
    } while (retryAt === null && problem?.status !== 401 && isWaiting());
  }

  /** Another tab has sent the entry that failed here. */
  function settle() {
    if (running || closed || over || !(problem || retryAt !== null)) return;
    timers.cancel(timer);
    retryAt = null;
    reached();
    tell();
  }

  /** Sends waiting entries now; resolves when all are sent or something failed. */
  function flush() {
    if (!isWaiting()) {
      settle();
      return running ?? Promise.resolve();
    }
    running ??= run().finally(() => {
      running = null;
      tell();
    });
    return running;
  }

  return {
    flush,
    /**
     * Takes over the server's state. An entry that another tab of this browser sent is no conflict: the
     * storage may show that tab's entry later than its message.
     * @param {StoredSlot[]} slots
     * @param {boolean} [isOurs] whether another tab sent them
     */
    know(slots, isOurs = false) {
      for (const slot of slots) {
        const known = bases.get(slot.position);
        if (known && known.revision >= slot.revision) continue;
        bases.set(slot.position, slim(slot));
        const entry = entryOf(slot.position);
        if (entry && !entry.theirs && entry.base.revision < slot.revision) reconcile(entry, slot, isOurs);
      }
    },
    /** The waiting states, by position. */
    waiting() {
      return new Map(entries().map((entry) => [entry.position, entry.state]));
    },
    /**
     * Adds a slot to the queue, or replaces its waiting entry.
     * @param {number} position
     * @param {SlotState} state
     */
    put(position, state) {
      const old = entryOf(position);
      const base = old?.base ?? /** @type {StoredSlot} */ (bases.get(position));
      if (!old && isSame(state, base)) return;
      const order = Math.max(0, ...entries().map((entry) => entry.order)) + 1;
      keep({ ...old, position, order, state: stateOf(state), base });
      tell();
      // A failed entry has its own time for the next try.
      if (retryAt === null && problem?.status !== 401) void flush();
    },
    /**
     * Decides which of two responses stays.
     * @param {number} position
     * @param {'ours' | 'theirs'} which
     */
    resolve(position, which) {
      const entry = entryOf(position);
      if (!entry?.theirs) return;
      const { theirs } = entry;
      const { state } = merge(entry.base, entry.state, theirs);
      if (which === 'theirs') {
        drop(position);
        emit({ type: 'stored', slot: theirs, state: stateOf(theirs), merged: false });
      } else {
        keep({ ...entry, state, base: theirs, theirs: undefined });
      }
      tell();
      void flush();
    },
    /** Deletes the entries that were not sent. */
    clear() {
      for (const entry of entries()) drop(entry.position);
      tell();
    },
    /** Stops sending; waiting entries stay in the local storage. */
    close() {
      closed = true;
      timers.cancel(timer);
    },
    /** @returns {Status} */
    status() {
      const all = entries();
      return {
        unsent: all.filter(isResponse).map((entry) => entry.position),
        problem,
        retryAt,
        conflict: all.find((entry) => entry.theirs) ?? null,
        over,
        stored: overflow.size === 0,
      };
    },
    get isEmpty() {
      return entries().length === 0;
    },
  };
}
