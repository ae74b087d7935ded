// Time that is left, in numbers.

/** What is announced, in seconds. */
const LIMITS = [600, 300, 60, 30];

/**
 * Seconds as `52:18`, and `1:02:18` from an hour on.
 * @param {number} seconds
 */
export function clockText(seconds) {
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/**
 * The limit that was crossed between two looks, the lowest one if the device slept; null if none was.
 * @param {number} before seconds left at the last look
 * @param {number} now
 */
export function crossed(before, now) {
  const all = LIMITS.filter((limit) => before > limit && now <= limit);
  return now > 0 && all.length > 0 ? Math.min(...all) : null;
}

/**
 * How long until what is drawn changes, in ms.
 * @param {number} left in ms
 */
export function untilNext(left) {
  return (left % 1000) + 5;
}
