import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attemptsWaiting, createOutbox, unsentOf } from '../../../web/state/outbox.js';

const EMPTY = { response: null, flagged: false, unsure: false, struck_out: [], seconds_spent: 0 };
const chosen = (...response) => ({ ...EMPTY, response });

/** A local storage. */
function memory({ room = Infinity } = {}) {
  const kept = new Map();
  return {
    get length() {
      return kept.size;
    },
    key: (index) => [...kept.keys()][index] ?? null,
    getItem: (key) => kept.get(key) ?? null,
    setItem(key, value) {
      if (!kept.has(key) && kept.size >= room) throw new Error('QuotaExceededError');
      kept.set(key, value);
    },
    removeItem: (key) => void kept.delete(key),
  };
}

/** A clock that moves when it is told. */
function clock() {
  let now = 0;
  let last = 0;
  const waiting = new Map();
  return {
    timers: {
      now: () => now,
      after(ms, work) {
        last += 1;
        waiting.set(last, { at: now + ms, work });
        return last;
      },
      cancel: (id) => void waiting.delete(id),
    },
    due: () => [...waiting.values()].map(({ at }) => (at - now) / 1000),
    async pass(seconds) {
      now += seconds * 1000;
      for (const [id, { at, work }] of [...waiting]) {
        if (at > now) continue;
        waiting.delete(id);
        work();
      }
      await settle();
    },
  };
}

/** Locks as between tabs: one after another. */
function locks() {
  let last = Promise.resolve();
  return {
    request(_name, work) {
      const run = last.then(work);
      last = run.catch(() => {});
      return run;
    },
  };
}

async function settle() {
  for (let turn = 0; turn < 50; turn += 1) await null;
}

/** A server that has slots with revisions, and fails as it is told. */
function server() {
  const slots = new Map();
  const log = [];
  const failures = [];
  const of = (position) => slots.get(position) ?? { position, ...EMPTY, revision: 0 };
  const same = (slot, state) => Object.keys(EMPTY).every((key) => JSON.stringify(slot[key]) === JSON.stringify(state[key]));
  return {
    log,
    slots,
    of,
    fail: (...problems) => failures.push(...problems),
    change(position, part) {
      const slot = of(position);
      slots.set(position, { ...slot, ...part, revision: slot.revision + 1 });
    },
    async send(position, state, revision) {
      const failure = failures.shift();
      if (failure && !failure.lost) throw failure;
      log.push([position, state.response, revision]);
      const slot = of(position);
      if (slot.revision !== revision && !same(slot, state)) {
        throw { kind: 'problem', status: 412, type: 'precondition-failed', body: { slot, revision: slot.revision } };
      }
      if (!same(slot, state)) slots.set(position, { position, ...state, revision: slot.revision + 1 });
      if (failure) throw failure.lost;
      return slots.get(position);
    },
  };
}

function start(there, { store = memory(), shared = locks(), time = clock() } = {}) {
  const events = [];
  const box = createOutbox({
    user: 'ada',
    attempt: 'one',
    store,
    locks: shared,
    timers: time.timers,
    send: there.send,
    emit: (event) => event.type !== 'status' && events.push(event),
  });
  box.know([1, 2, 3].map((position) => there.of(position)));
  return { box, events, store, shared, time };
}

const OFFLINE = { kind: 'offline', status: 0 };

test('responses are sent at once and in order, each with the revision on the server', async () => {
  const there = server();
  const { box } = start(there);
  box.put(2, chosen('a'));
  box.put(1, chosen('b'));
  await settle();
  box.put(2, chosen('c'));
  await settle();
  assert.deepEqual(there.log, [[2, ['a'], 0], [1, ['b'], 0], [2, ['c'], 1]]);
  assert.equal(box.isEmpty, true);
  assert.deepEqual(box.status().unsent, []);
});

test('a change during a request for its slot is sent after it, and stays visible', async () => {
  const there = server();
  let arrive;
  const held = new Promise((resolve) => (arrive = resolve));
  const { box, events } = start({ ...there, send: async (...given) => (await held, there.send(...given)) });
  box.put(1, chosen('a'));
  await settle();
  box.put(1, chosen('b'));
  arrive();
  await settle();
  assert.deepEqual(there.log, [[1, ['a'], 0], [1, ['b'], 1]]);
  assert.deepEqual(events.map(({ state }) => state.response), [['b'], ['b']]);
});

test('a change without effect is not sent', async () => {
  const there = server();
  const { box } = start(there);
  box.put(1, EMPTY);
  await settle();
  assert.deepEqual(there.log, []);
});

test('offline, responses wait until the connection is back; the delays grow to 30 s', async () => {
  const there = server();
  const { box, time } = start(there);
  there.fail(...Array(7).fill(OFFLINE));
  box.put(1, chosen('a'));
  await settle();
  box.put(1, chosen('b'));
  box.put(2, chosen('c'));
  const waits = [];
  for (let turn = 0; turn < 7; turn += 1) {
    waits.push(time.due()[0]);
    assert.deepEqual(box.status().unsent, [1, 2]);
    assert.equal(box.status().problem.kind, 'offline');
    await time.pass(waits.at(-1));
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 30, 30]);
  assert.deepEqual(there.log, [[1, ['b'], 0], [2, ['c'], 0]], 'only the last response of a slot');
  assert.deepEqual([box.isEmpty, box.status().problem], [true, null]);
});

test('Retry-After is respected, except for a manual retry', async () => {
  const there = server();
  const { box, time } = start(there);
  there.fail({ kind: 'problem', status: 429, type: 'rate-limited', retryAfter: 42 }, OFFLINE);
  box.put(1, chosen('a'));
  await settle();
  assert.deepEqual(time.due(), [42]);
  await box.flush();
  assert.deepEqual(time.due(), [2], 'one timer at a time');
  await box.flush();
  assert.deepEqual([there.of(1).response, time.due()], [['a'], []]);
});

for (const failure of [
  { kind: 'proxy', status: 502 },
  { kind: 'proxy', status: 200 },
  { kind: 'problem', status: 503, type: 'busy' },
  { kind: 'problem', status: 500, type: 'internal' },
  { kind: 'problem', status: 404, type: 'not-found' },
]) {
  test(`after ${failure.kind} ${failure.status} nothing is lost`, async () => {
    const there = server();
    const { box, time } = start(there);
    there.fail(failure);
    box.put(1, chosen('a'));
    await settle();
    assert.deepEqual(box.status().unsent, [1]);
    await time.pass(1);
    assert.deepEqual(there.of(1).response, ['a']);
  });
}

test('after a session has ended, everything waits until the user signs in', async () => {
  const there = server();
  const { box, time } = start(there);
  there.fail({ kind: 'problem', status: 401, type: 'unauthorized' });
  box.put(1, chosen('a'));
  await settle();
  box.put(2, chosen('b'));
  await time.pass(100);
  assert.deepEqual([there.log, time.due(), box.status().unsent], [[], [], [1, 2]]);
  await box.flush();
  assert.deepEqual(there.log.map(([position]) => position), [1, 2]);
});

for (const type of ['deadline-passed', 'attempt-submitted', 'attempt-abandoned']) {
  test(`after ${type} nothing more is sent, and the unsent responses are known`, async () => {
    const there = server();
    const { box, time } = start(there);
    there.fail({ kind: 'problem', status: 409, type });
    box.put(1, chosen('a'));
    box.put(3, chosen('b'));
    await settle();
    await box.flush();
    await time.pass(100);
    const { over, unsent, problem } = box.status();
    assert.deepEqual([over, unsent, problem.type, there.log], [true, [1, 3], type, []]);
    box.clear();
    assert.equal(box.isEmpty, true);
  });
}

test('a rejected response is removed and reported, and the others are sent', async () => {
  const there = server();
  const { box, events } = start(there);
  const refusal = { kind: 'problem', status: 422, type: 'invalid', detail: 'no' };
  there.fail(refusal);
  box.put(1, chosen('a'));
  box.put(2, chosen('b'));
  await settle();
  const [rejected] = events;
  assert.deepEqual([rejected.type, rejected.position, rejected.base.response, rejected.problem], ['rejected', 1, null, refusal]);
  assert.deepEqual([there.of(2).response, box.isEmpty], [['b'], true]);
});

test('a request whose response was lost is repeated, and a change meanwhile is no conflict', async () => {
  const there = server();
  const { box, time } = start(there);
  there.fail({ lost: OFFLINE });
  box.put(1, chosen('a'));
  await settle();
  box.put(1, chosen('b'));
  await time.pass(1);
  assert.deepEqual(there.log, [[1, ['a'], 0], [1, ['b'], 0], [1, ['b'], 1]]);
  assert.deepEqual([there.of(1).response, box.status().conflict, box.isEmpty], [['b'], null, true]);
});

test('a reload sends waiting responses, and a response that was lost before it is no conflict', async () => {
  const there = server();
  const first = start(there);
  there.fail({ lost: OFFLINE });
  first.box.put(1, chosen('a'));
  await settle();
  first.box.put(1, chosen('b'));
  first.box.put(2, chosen('c'));
  first.box.close();
  assert.equal(unsentOf('ada', first.store), 2);
  assert.equal(unsentOf('bob', first.store), 0);
  assert.deepEqual([attemptsWaiting('ada', first.store), attemptsWaiting('bob', first.store)], [['one'], []]);
  const second = start(there, { store: first.store });
  assert.deepEqual([...second.box.waiting().keys()].sort(), [1, 2]);
  await second.box.flush();
  assert.deepEqual([there.of(1).response, there.of(2).response, second.box.isEmpty], [['b'], ['c'], true]);
  assert.equal(second.box.status().conflict, null);
});

test('if a slot was changed elsewhere, the learner decides which response stays', async () => {
  for (const which of ['ours', 'theirs']) {
    const there = server();
    const { box, events } = start(there);
    there.change(1, { response: ['x'] });
    box.put(1, chosen('a'));
    box.put(2, chosen('b'));
    await settle();
    const { conflict, unsent } = box.status();
    assert.deepEqual([conflict.theirs.response, conflict.state.response, unsent], [['x'], ['a'], [1]]);
    assert.deepEqual(there.of(2).response, ['b'], 'other slots do not wait for it');
    box.resolve(1, which);
    await settle();
    assert.deepEqual(there.of(1).response, which === 'ours' ? ['a'] : ['x']);
    assert.deepEqual(events.at(-1).state.response, there.of(1).response);
    assert.deepEqual([box.isEmpty, box.status().conflict], [true, null]);
  }
});

test('any response of the server ends the offline state', async () => {
  for (const answer of [{ kind: 'problem', status: 422, type: 'invalid' }, null]) {
    const there = server();
    const { box, time } = start(there);
    there.fail(OFFLINE, ...(answer ? [answer] : []));
    if (!answer) there.change(1, { response: ['x'] });
    box.put(1, chosen('a'));
    await settle();
    assert.equal(box.status().problem.kind, 'offline');
    await time.pass(1);
    assert.equal(box.status().problem, null);
  }
});

test('a flag here and a response elsewhere are both kept, and the merge is reported', async () => {
  const there = server();
  const { box, events } = start(there);
  there.change(1, { response: ['x'] });
  box.put(1, { ...EMPTY, flagged: true });
  await settle();
  assert.deepEqual([there.of(1).response, there.of(1).flagged], [['x'], true]);
  assert.equal(events.some((event) => event.type === 'stored' && event.merged), true);
  assert.equal(box.isEmpty, true);
});

test('two tabs share the queue, and only one sends at a time', async () => {
  const there = server();
  const one = start(there);
  const two = start(there, { store: one.store, shared: one.shared });
  one.box.put(1, chosen('a'));
  two.box.put(2, chosen('b'));
  one.box.put(3, chosen('c'));
  await settle();
  assert.deepEqual(there.log.map(([position]) => position).sort(), [1, 2, 3], 'each once');
  assert.deepEqual([one.box.isEmpty, two.box.isEmpty], [true, true]);
});

test('an outdated tab does not silently overwrite the changes of another one', async () => {
  const there = server();
  const one = start(there);
  const two = start(there, { store: one.store, shared: one.shared });
  one.box.put(1, chosen('a'));
  await settle();
  two.box.put(1, chosen('b'));
  await settle();
  assert.deepEqual(there.of(1).response, ['a']);
  assert.deepEqual(two.box.status().conflict.theirs.response, ['a']);
});

test('a message of another tab that arrives before its storage change is no conflict', async () => {
  const there = server();
  const { box } = start(there);
  there.change(1, chosen('a'));
  box.put(1, chosen('b'));
  box.know([there.of(1)], true);
  await settle();
  assert.equal(box.status().conflict, null);
  assert.deepEqual([there.of(1).response, box.isEmpty], [['b'], true]);
});

test('an entry that was deleted during its request does not come back with a conflict', async () => {
  const there = server();
  const { box, store } = start(there);
  there.change(1, chosen('a'));
  box.put(1, chosen('b'));
  // Another tab signs out.
  store.removeItem('tripos:ada:outbox:one:1');
  await settle();
  assert.deepEqual([store.length, box.status().conflict, box.isEmpty], [0, null, true]);
});

test('time alone is sent, but does not count as an unsent response', async () => {
  const there = server();
  const { box } = start(there);
  there.fail(OFFLINE);
  box.put(1, { ...EMPTY, seconds_spent: 7 });
  await settle();
  assert.deepEqual([box.status().unsent, box.isEmpty], [[], false]);
});

test('if the storage is full, responses are kept while the tab is open, and the status says so', async () => {
  const there = server();
  const { box, time } = start(there, { store: memory({ room: 1 }) });
  there.fail(OFFLINE);
  box.put(1, chosen('a'));
  box.put(2, chosen('b'));
  await settle();
  assert.deepEqual([box.status().stored, box.status().unsent], [false, [1, 2]]);
  await time.pass(1);
  assert.deepEqual([there.of(2).response, box.status().stored, box.isEmpty], [['b'], true, true]);
});

test('a bug is not treated as a network failure', async () => {
  const there = server();
  const { box } = start({ ...there, send: async () => assert.fail('a fault') });
  box.know([there.of(1)], true);
  await assert.rejects(async () => {
    box.put(1, chosen('a'));
    await box.flush();
  }, /a fault/);
});

test('an entry that failed here and was sent by another tab is settled, and the next one is sent at once', async () => {
  const there = server();
  const shared = { store: memory(), shared: locks() };
  const here = start(there, shared);
  const other = start(there, shared);
  there.fail(OFFLINE);
  here.box.put(1, chosen('a'));
  await settle();
  assert.equal(here.box.status().problem.kind, 'offline');
  await other.box.flush();
  await here.time.pass(1);
  assert.deepEqual([here.box.status().problem, here.box.status().retryAt], [null, null]);
  here.box.put(2, chosen('b'));
  await settle();
  assert.deepEqual(there.of(2).response, ['b']);
});

test('a response that could not be stored is not followed by the one that it replaced', async () => {
  const there = server();
  const store = memory();
  const { box } = start(there, { store });
  there.fail(OFFLINE);
  box.put(1, chosen('old'));
  await settle();
  store.setItem = () => {
    throw new Error('QuotaExceededError');
  };
  box.put(1, chosen('new'));
  await box.flush();
  await settle();
  assert.deepEqual(there.of(1).response, ['new']);
  assert.deepEqual(box.waiting().size, 0);
});
