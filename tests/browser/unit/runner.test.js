import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextCell } from '../../../web/components/grid.js';
import { commandOf } from '../../../web/components/keys.js';
import { clockText, crossed, untilNext } from '../../../web/components/time_left.js';
import { bodyOf, defaults, faults, minutesFor, weakest } from '../../../web/screens/start/choices.js';
import { createStopwatch } from '../../../web/state/stopwatch.js';
import { createTabs } from '../../../web/state/tabs.js';

const press = (key, more = {}) => ({
  key, code: '', shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, target: { tagName: 'BODY' }, ...more,
});

test('letters and digits choose, Shift strikes out, commands use other letters', () => {
  for (const [given, expected] of [
    [press('a'), { name: 'choose', index: 0 }],
    [press('J', { shiftKey: true }), { name: 'strike', index: 9 }],
    [press('B'), { name: 'choose', index: 1 }],
    [press('9'), { name: 'choose', index: 8 }],
    [press('0'), null],
    [press('n'), { name: 'next' }],
    [press('l'), { name: 'flag' }],
    [press('N', { shiftKey: true }), null],
    [press('?', { shiftKey: true }), { name: 'keys' }],
    [press('k'), null],
    [press('a', { ctrlKey: true }), null],
    [press('ArrowUp', { altKey: true }), null],
  ]) {
    assert.deepEqual(commandOf(given), expected, given.key);
  }
});

test('in another script the position of the key counts, in Latin script the letter', () => {
  assert.deepEqual(commandOf(press('ф', { code: 'KeyA' })), { name: 'choose', index: 0 });
  assert.deepEqual(commandOf(press('a', { code: 'KeyQ' })), { name: 'choose', index: 0 });
  assert.equal(commandOf(press('Tab', { code: 'Tab' })), null);
});

test('keys in a text field are no commands, and single keys can be turned off', () => {
  for (const target of [{ tagName: 'INPUT', type: 'text' }, { tagName: 'SELECT' }, { tagName: 'TEXTAREA' }]) {
    assert.equal(commandOf(press('a', { target })), null);
  }
  const radio = { tagName: 'INPUT', type: 'radio' };
  assert.deepEqual(commandOf(press('a', { target: radio })), { name: 'choose', index: 0 });
  assert.deepEqual(commandOf(press('Enter', { target: radio }), false), { name: 'enter' });
  assert.deepEqual(commandOf(press('Enter', { target: { tagName: 'H1' } })), { name: 'enter' });
  for (const tagName of ['A', 'BUTTON', 'SUMMARY']) {
    assert.equal(commandOf(press('Enter', { target: { tagName } })), null, 'a button is pressed by itself');
  }
  assert.equal(commandOf(press('a'), false), null);
});

test('the time is written in minutes, and in hours from an hour on', () => {
  assert.deepEqual([3138, 59, 0, 3600, 6750].map(clockText), ['52:18', '0:59', '0:00', '1:00:00', '1:52:30']);
});

test('each limit is announced once, after sleep only the lowest; earlier limits and the end are not', () => {
  assert.deepEqual(
    [[601, 600], [600, 599], [301, 300], [61, 60], [31, 30], [2000, 45], [40, 0], [599, 598]].map(([a, b]) => crossed(a, b)),
    [600, null, 300, 60, 30, 60, null, null],
  );
  assert.equal(untilNext(2400), 405);
});

test('arrow keys move through the grid of questions, also from right to left', () => {
  const of = (key, index, fromRight) => nextCell(key, index, 65, 7, fromRight);
  assert.deepEqual(
    [of('ArrowRight', 0), of('ArrowLeft', 0), of('ArrowDown', 58), of('ArrowUp', 8), of('Home', 30), of('End', 30), of('x', 3)],
    [1, null, null, 1, 0, 64, null],
  );
  assert.deepEqual([of('ArrowRight', 5, true), of('ArrowLeft', 5, true)], [4, 6]);
});

test('a stopwatch counts whole seconds while it runs, without losing fractions', () => {
  let now = 0;
  const watch = createStopwatch(() => now);
  watch.start();
  now = 1600;
  assert.equal(watch.take(), 1);
  now = 2100;
  assert.equal(watch.take(), 1, 'the rest of a second is kept');
  watch.stop();
  now = 90_000;
  assert.equal(watch.take(), 0);
  watch.start();
  now = 90_700;
  watch.reset();
  now = 91_600;
  assert.equal(watch.take(), 0);
});

test('tabs send each other messages, and a closed tab sends none', () => {
  const open = new Set();
  class Channel {
    constructor(name) {
      this.name = name;
      open.add(this);
    }
    postMessage(data) {
      for (const other of open) if (other !== this && other.name === this.name) other.onmessage({ data });
    }
    close() {
      open.delete(this);
    }
  }
  const heard = [];
  const one = createTabs('a', () => {}, Channel);
  const two = createTabs('a', (message) => heard.push(message), Channel);
  one.tell({ type: 'submitted' });
  one.close();
  one.tell({ type: 'lost' });
  two.close();
  assert.deepEqual(heard, [{ type: 'submitted' }]);
});

const exam = {
  code: 'clf-c02',
  question_count: 65,
  duration_minutes: 90,
  domains: [1, 2, 3, 4].map((number) => ({ number, name: `D${number}`, weight: 25, published_questions: 10, tasks: [] })),
};
const known = (...means) => means.map((mean, index) => ({ number: index + 1, answered: mean === null ? 0 : 5, mastery: { mean } }));

test('the two weakest domains are chosen if the mastery is known', () => {
  assert.deepEqual(weakest(exam.domains, known(0.8, 0.5, 0.9, 0.6)), [2, 4]);
  assert.deepEqual(weakest(exam.domains, known(0.8, 0.5, null, null)), [1, 2, 3, 4]);
});

test('the request has the choices, without filters that exclude nothing', () => {
  const practice = defaults(exam, known(0.8, 0.5, 0.9, 0.6), { mode: 'practice' });
  assert.deepEqual(bodyOf(exam, practice), {
    exam: 'clf-c02', mode: 'practice', domains: [2, 4], size: 20, pool: 'all', feedback: 'immediate', timed: false,
  });
  assert.deepEqual(bodyOf(exam, { ...practice, mode: 'exam', seed: ' 7 ' }), { exam: 'clf-c02', mode: 'exam', seed: 7 });
  assert.equal(defaults(exam, [], { mode: 'x' }).mode, 'exam');
  const all = { ...practice, domains: [1, 2, 3, 4], tags: 'vpc, ', kinds: ['ordering'], difficultyMin: 2, size: 'other', other: '7' };
  assert.deepEqual(bodyOf(exam, all), {
    exam: 'clf-c02', mode: 'practice', size: 7, pool: 'all', tags: ['vpc'], kinds: ['ordering'], difficulty_min: 2,
    feedback: 'immediate', timed: false,
  });
  const report = defaults(exam, [], { mode: 'practice', from_report: 'r' });
  assert.deepEqual(bodyOf(exam, report), { exam: 'clf-c02', mode: 'practice', from_report: 'r', feedback: 'immediate', timed: false });
  const again = defaults(exam, [], { mode: 'practice', seed: '9' });
  assert.deepEqual(bodyOf(exam, again), { exam: 'clf-c02', mode: 'practice', seed: 9, feedback: 'immediate', timed: false });
  assert.equal('size' in bodyOf(exam, { ...again, seed: '10' }), true, 'another seed is no form of before');
});

test('errors are shown before anything is sent', () => {
  const practice = defaults(exam, [], { mode: 'practice', size: '300' });
  assert.deepEqual(faults({ ...practice, seed: '1.5', difficultyMin: 4, difficultyMax: 3, domains: [] }), {
    seed: 'runner.fault_seed', other: 'runner.fault_size', difficulty: 'runner.fault_difficulty', domains: 'runner.fault_domains',
  });
  assert.deepEqual(faults({ ...practice, mode: 'exam' }), {}, 'an exam asks for none of it');
});

test('the minutes include extra time, computed as on the server', () => {
  assert.deepEqual([minutesFor(exam, 65, 0), minutesFor(exam, 65, 25), minutesFor(exam, 20, 0)], [90, 112, 27]);
});
