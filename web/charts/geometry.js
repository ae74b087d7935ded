// The layout of charts. Pure functions: lengths are in px, shares are from 0 to 1.

/**
 * A linear scale.
 * @param {[number, number]} domain
 * @param {[number, number]} range
 * @returns {(value: number) => number}
 */
export function linear([from, to], [start, end]) {
  const span = to - from || 1;
  return (value) => round(start + ((value - from) / span) * (end - start));
}

/** Rounds to a tenth of a px, so that the markup stays short. @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}

/**
 * Multiples of a step of 1, 2 or 5 times a power of ten, at most `most` steps from `low` to `high`.
 * @param {number} low
 * @param {number} high
 * @param {number} most
 */
export function ticks(low, high, most) {
  const raw = Math.max(high - low, 1) / most;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = Math.max(1, [1, 2, 5, 10].map((factor) => factor * power).find((value) => value >= raw * 0.9999) ?? 10 * power);
  const values = [];
  for (let value = Math.ceil(low / step) * step; value <= high; value += step) values.push(value);
  return values;
}

/**
 * The ticks of a score's bar: the ends, and round values `space` px or more from them; all `passSpace` px or more from
 * the pass mark, whose label is longer.
 * @param {{ min: number, max: number, pass: number, width: number, space?: number, passSpace?: number }} bar
 */
export function scoreTicks({ min, max, pass, width, space = 48, passSpace = space }) {
  const x = linear([min, max], [0, width]);
  const isClear = (/** @type {number} */ value, /** @type {number} */ other) => Math.abs(x(value) - x(other)) >= (other === pass ? passSpace : space);
  const most = Math.max(1, Math.floor(width / (space * 1.4)));
  const inner = ticks(min, max, Math.min(10, most)).filter((value) => [min, max, pass].every((other) => isClear(value, other)));
  const ends = [min, max].filter((value) => isClear(value, pass));
  return [...ends, ...inner].sort((a, b) => a - b);
}

/**
 * The anchor of a text of about this length so that it stays inside.
 * @param {number} x
 * @param {number} width of the picture
 * @param {number} half of the text
 * @returns {'start' | 'middle' | 'end'}
 */
export function anchor(x, width, half) {
  if (x < half) return 'start';
  return x > width - half ? 'end' : 'middle';
}

/**
 * The share of points that passes.
 * @param {{ pass_mark: number, scale_min: number, scale_max: number }} scale
 */
export function passShare({ pass_mark, scale_min, scale_max }) {
  return scale_max > scale_min ? (pass_mark - scale_min) / (scale_max - scale_min) : 0;
}

/**
 * A text in at most two lines of about this many characters; the rest is cut with an ellipsis.
 * @param {string} text
 * @param {number} characters
 */
export function twoLines(text, characters) {
  if (text.length <= characters) return [text];
  const space = text.lastIndexOf(' ', characters);
  const at = space > characters / 3 ? space : characters;
  const rest = text.slice(at).trim();
  return [text.slice(0, at), rest.length > characters ? `${rest.slice(0, characters - 1)}…` : rest];
}

/**
 * Bars of time, cut at 2.5 times the pace. Without a pace, the longest time is the top.
 * @param {number[]} seconds
 * @param {number | null} pace in seconds
 */
export function timeBars(seconds, pace) {
  const longest = Math.max(1, ...seconds);
  const top = pace ? Math.min(Math.max(longest, pace * 1.25), pace * 2.5) : longest;
  return { top, bars: seconds.map((value) => ({ value: Math.min(value, top), isCut: value > top })) };
}

/**
 * Ticks of a time axis: whole steps in units of time.
 * @param {number} top in seconds
 */
export function timeTicks(top) {
  const step = [5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600].find((value) => top / value <= 4) ?? Math.ceil(top / 4);
  return Array.from({ length: Math.floor(top / step) }, (_, index) => (index + 1) * step);
}

/**
 * Which of `count` columns are labeled: the first, the last, and round numbers with room between.
 * @param {number} count
 * @param {number} width of a column
 * @param {number} space that a label takes
 */
export function columnLabels(count, width, space) {
  const step = [1, 2, 5, 10, 20, 50, 100].find((value) => value * width >= space) ?? count;
  const labels = new Set(count > 0 ? [1, count] : []);
  for (let n = step; n < count; n += step) {
    if ((n - 1) * width >= space && (count - n) * width >= space) labels.add(n);
  }
  return [...labels].sort((a, b) => a - b);
}

/**
 * Which columns of days are labeled, from 0: every one where a number fits, else whole weeks from today with room between.
 * @param {number} count
 * @param {number} width of a column
 */
export function dayLabels(count, width) {
  const step = width >= 22 ? 1 : ([7, 14, 28, 56, 112].find((days) => days * width >= 52) ?? count);
  return new Set(Array.from({ length: Math.ceil(count / step) }, (_, index) => index * step));
}

/**
 * An axis with ticks at hundreds that contains all values.
 * @param {number[]} values
 * @param {[number, number]} bounds of the exam's scale
 * @returns {[number, number]}
 */
export function hundreds(values, [min, max]) {
  const low = Math.max(min, Math.floor(Math.min(...values) / 100) * 100);
  const high = Math.min(max, Math.ceil(Math.max(...values) / 100) * 100);
  return low < high ? [low, high] : [min, max];
}

/** The median; null if there are no values. @param {number[]} values */
export function median(values) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
