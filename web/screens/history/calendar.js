// The days of a calendar, in weeks.

const DAY = 86_400_000;

/** @param {string} day `YYYY-MM-DD` @param {number} count */
export function daysAfter(day, count) {
  return new Date(Date.parse(day) + count * DAY).toISOString().slice(0, 10);
}

/** The current day in a time zone. @param {number} now @param {string} timeZone */
export function today(now, timeZone) {
  const parts = new Intl.DateTimeFormat('en', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).formatToParts(now);
  const part = (/** @type {string} */ type) => parts.find((one) => one.type === type)?.value;
  return `${part('year')}-${part('month')}-${part('day')}`;
}

/**
 * Weeks from Monday to Sunday. The last one contains today; days after it are left out.
 * @param {string} last today
 * @param {number} weeks
 * @returns {string[][]}
 */
export function calendar(last, weeks) {
  const weekday = (new Date(last).getUTCDay() + 6) % 7;
  const first = daysAfter(last, -weekday - 7 * (weeks - 1));
  return Array.from({ length: weeks }, (_, week) =>
    Array.from({ length: 7 }, (_, day) => daysAfter(first, 7 * week + day)).filter((day) => day <= last),
  );
}

/** The level of activity on a day, from 0 (none) to 3. @param {number} answers */
export function level(answers) {
  return answers === 0 ? 0 : answers < 10 ? 1 : answers < 40 ? 2 : 3;
}
