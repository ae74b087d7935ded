// Addresses within the page, and the calendar of the history.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calendar, level, today } from '../../../web/screens/history/calendar.js';
import { parse } from '../../../web/state/route.js';

test('hashes lead to screens', () => {
  for (const [hash, screen, params, query] of /** @type {[string, string, object, object][]} */ ([
    ['', 'exams', {}, {}],
    ['#/exams', 'exams', {}, {}],
    ['#/exams/clf-c02', 'exam', { code: 'clf-c02' }, {}],
    ['#/exams/clf-c02/start?mode=practice&size=10', 'start', { code: 'clf-c02' }, { mode: 'practice', size: '10' }],
    ['#/attempts/0197', 'runner', { id: '0197' }, {}],
    ['#/attempts/0197/review', 'review', { id: '0197' }, {}],
    ['#/attempts/0197/report', 'report', { id: '0197' }, {}],
  ])) {
    const route = parse(hash);
    assert.deepEqual([route.screen, route.params, route.query], [screen, params, query], hash);
  }
  for (const hash of ['#/nothing', '#/exams/a/b/c', '#/attempts', '#main', '#/exams/a%2Fb', '#/exams/%', '#/exams/..']) assert.equal(parse(hash).screen, null, hash);
});

test('a calendar ends today, and its weeks begin on Mondays', () => {
  const weeks = calendar('2026-11-28', 3);
  assert.deepEqual(weeks.map((days) => days.length), [7, 7, 6]);
  assert.deepEqual([weeks[0][0], weeks[2][0], weeks[2].at(-1)], ['2026-11-09', '2026-11-23', '2026-11-28']);
  assert.deepEqual(calendar('2026-11-29', 1)[0].length, 7);
  assert.deepEqual(calendar('2026-11-30', 1), [['2026-11-30']]);
  assert.equal(new Set(calendar('2026-03-31', 53).flat()).size, 52 * 7 + 2, 'no day twice, also where clocks change');
});

test('today depends on the time zone', () => {
  const now = Date.parse('2026-11-28T23:30:00Z');
  assert.deepEqual(['UTC', 'Europe/Vienna', 'America/New_York'].map((zone) => today(now, zone)), ['2026-11-28', '2026-11-29', '2026-11-28']);
});

test('more answers mean a higher level', () => {
  assert.deepEqual([0, 1, 9, 10, 39, 40, 500].map(level), [0, 1, 1, 2, 2, 3, 3]);
});
