// The remaining time, in numbers.

/** The limits that are announced, in seconds. */
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
 * The limit that was crossed between two checks: the lowest one if the device slept, null if there is none.
 * @param {number} before seconds left at the last check
 * @param {number} now
 */
export function crossed(before, now) {
  const all = LIMITS.filter((limit) => before > limit && now <= limit);
  return now > 0 && all.length > 0 ? Math.min(...all) : null;
}

/**
 * The time until the display changes, in ms.
 * @param {number} left in ms
 */
export function untilNext(left) {
  return (left % 1000) + 5;
}
