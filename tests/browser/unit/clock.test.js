// The server's time on a device whose clock is wrong.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClock } from '../../../web/api/clock.js';

const HOUR = 3_600_000;
const SERVER = Date.parse('2026-03-08T16:00:00Z');

/** A device that is hours ahead, with time that is set by hand. */
function device() {
  const time = { now: 0, wall: SERVER + 7 * HOUR };
  const clock = createClock({ now: () => time.now, wall: () => time.wall });
  const pass = (/** @type {number} */ ms) => {
    time.now += ms;
    time.wall += ms;
  };
  /** @param {number} at the server's time when it answers @param {number} there ms on the way there @param {number} back */
  const ask = (at, there, back) => {
    const began = time.now;
    pass(there + back);
    clock.note(new Date(at).toUTCString(), began);
  };
  return { clock, time, pass, ask };
}

test('the device\'s clock is used only until the first reply', () => {
  const { clock, time, pass, ask } = device();
  assert.equal(clock.serverNow(), time.wall);
  ask(SERVER, 10, 10);
  assert.equal(clock.serverNow(), SERVER + 500 + 10);
  pass(60_000);
  assert.equal(clock.serverNow(), SERVER + 60_510);
  time.wall -= 30 * HOUR;
  assert.equal(clock.serverNow(), SERVER + 60_510);
});

test('the fastest of the last replies counts', () => {
  const { clock, ask } = device();
  ask(SERVER, 10, 10);
  const before = clock.serverNow();
  ask(SERVER, 3_000, 0);
  assert.equal(clock.serverNow(), before + 3_000, 'a slow one changes nothing');
  for (let count = 0; count < 8; count += 1) ask(SERVER + 10_000, 500, 500);
  assert.notEqual(clock.serverNow(), before + 3_000 + 8_000, 'an old one is forgotten');
});

test('after sleep, earlier samples are dropped', () => {
  const { clock, time, ask } = device();
  ask(SERVER, 1, 1);
  assert.equal(clock.hasSlept(), false);
  time.wall += HOUR;
  assert.equal(clock.hasSlept(), true);
  ask(SERVER + HOUR, 200, 200);
  assert.equal(clock.hasSlept(), false);
  assert.equal(clock.serverNow(), SERVER + HOUR + 500 + 200);
});

test('a reply without a date is ignored', () => {
  const { clock, time } = device();
  clock.note(null, 0);
  clock.note('yesterday', 0);
  assert.equal(clock.serverNow(), time.wall);
});
