// Where the parts of the pictures stand.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anchor, columnLabels, dayLabels, hundreds, linear, median, passShare, scoreTicks, ticks, timeBars, timeTicks, twoLines } from '../../../web/charts/geometry.js';

test('a scale maps its ends, and one without length does not divide by zero', () => {
  const x = linear([100, 1000], [0, 900]);
  assert.deepEqual([x(100), x(748), x(1000)], [0, 648, 900]);
  assert.equal(linear([5, 5], [10, 20])(5), 10);
});

test('ticks are round and few', () => {
  assert.deepEqual(ticks(0, 40, 2), [0, 20, 40]);
  assert.deepEqual(ticks(100, 1000, 10), [100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
  assert.deepEqual(ticks(0, 1, 4), [0, 1]);
  for (let high = 1; high < 3000; high += 7) assert.ok(ticks(0, high, 4).length <= 5, `${high}`);
});

test('no label of a score is within 48 px of another or of the pass mark', () => {
  for (const [min, max] of [[100, 1000], [0, 100], [200, 800], [0, 7]]) {
    for (const width of [240, 288, 600, 960]) {
      for (const share of [0, 0.01, 0.3, 2 / 3, 0.99, 1]) {
        const pass = min + share * (max - min);
        const x = linear([min, max], [0, width]);
        const labels = [...scoreTicks({ min, max, pass, width }), pass].map(x).sort((a, b) => a - b);
        labels.slice(1).forEach((value, index) => assert.ok(value - labels[index] >= 48, `${min} ${width} ${share}: ${labels}`));
      }
    }
  }
  const long = scoreTicks({ min: 100, max: 1000, pass: 700, width: 300, passSpace: 88 });
  assert.deepEqual(long, [100, 1000], 'a long label of the pass mark has its room');
  assert.deepEqual(scoreTicks({ min: 100, max: 1000, pass: 700, width: 967 }), [100, 200, 300, 400, 500, 600, 800, 900, 1000]);
});

test('a label at an edge stays inside', () => {
  assert.deepEqual([anchor(10, 300, 30), anchor(150, 300, 30), anchor(290, 300, 30)], ['start', 'middle', 'end']);
});

test('the share that passes is on the exam\'s own scale', () => {
  assert.equal(passShare({ pass_mark: 700, scale_min: 100, scale_max: 1000 }), 2 / 3);
  assert.equal(passShare({ pass_mark: 5, scale_min: 5, scale_max: 5 }), 0);
});

test('a long name takes two lines, and is cut where it would take three', () => {
  assert.deepEqual(twoLines('Cloud Concepts', 30), ['Cloud Concepts']);
  assert.deepEqual(twoLines('Design High-Performing Architectures', 24), ['Design High-Performing', 'Architectures']);
  assert.deepEqual(twoLines('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 10), ['aaaaaaaaaa', 'aaaaaaaaa…']);
});

test('one very long time does not flatten the other bars', () => {
  const { top, bars } = timeBars([60, 90, 3000], 80);
  assert.equal(top, 200);
  assert.deepEqual(bars, [{ value: 60, isCut: false }, { value: 90, isCut: false }, { value: 200, isCut: true }]);
  assert.equal(timeBars([10, 20], 80).top, 100, 'the pace itself is in the picture');
  assert.equal(timeBars([], null).top, 1);
  assert.deepEqual(timeTicks(207), [60, 120, 180]);
  for (let second = 1; second < 20000; second += 13) assert.ok(timeTicks(second).length <= 4, `${second}`);
});

test('labels of columns have room', () => {
  assert.deepEqual(columnLabels(65, 9, 50), [1, 10, 20, 30, 40, 50, 65]);
  assert.deepEqual(columnLabels(0, 9, 40), []);
  assert.deepEqual(columnLabels(1, 300, 40), [1]);
  for (const count of [2, 65, 200]) {
    const labels = columnLabels(count, 300 / count, 40);
    labels.slice(1).forEach((n, index) => assert.ok(n === count || (n - labels[index]) * (300 / count) >= 40, `${labels}`));
  }
});

test('days are labeled each, or by whole weeks from today with room between', () => {
  assert.deepEqual([...dayLabels(3, 40)], [0, 1, 2]);
  assert.deepEqual([...dayLabels(21, 13)], [0, 7, 14]);
  assert.deepEqual([...dayLabels(1, 900)], [0]);
  for (const count of [30, 90, 366]) {
    const labels = [...dayLabels(count, 960 / count)];
    labels.slice(1).forEach((day, index) => assert.ok((day - labels[index]) * (960 / count) >= 22, `${count}: ${labels}`));
  }
});

test('an axis in hundreds holds every interval and stays on the scale', () => {
  assert.deepEqual(hundreds([405, 838, 700], [100, 1000]), [400, 900]);
  assert.deepEqual(hundreds([120, 980], [150, 950]), [150, 950]);
  assert.deepEqual(hundreds([700, 700], [100, 1000]), [100, 1000]);
});

test('the median of an even count is between the two', () => {
  assert.deepEqual([median([]), median([3]), median([4, 1]), median([9, 1, 5])], [null, 3, 2.5, 5]);
});
