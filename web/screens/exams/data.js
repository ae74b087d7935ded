// Requests for the list of exams.

import { get } from '../../api/client.js';

/** A reply, or null if it is a 404. @param {string} path @param {Record<string, string>} [query] */
async function orNull(path, query) {
  try {
    return (await get(path, query)).body;
  } catch (error) {
    if (/** @type {any} */ (error)?.status === 404) return null;
    throw error;
  }
}

/** The exams, and the newest attempts. */
export async function loadList() {
  const [exams, attempts] = await Promise.all([get('/exams'), get('/attempts', { limit: '100' })]);
  return { exams: exams.body.items, attempts: attempts.body.items };
}

/** The learner's state in an exam; `plan` is null if there is none, and after its exam. @param {string} code */
export async function loadExam(code) {
  const [exam, readiness, reviews] = await Promise.all([
    get(`/exams/${code}`),
    get('/me/readiness', { exam: code }),
    get('/me/reviews', { exam: code }),
  ]);
  const plan = reviews.body.plan && (await orNull(`/me/plans/${code}`));
  return { exam: exam.body, readiness: readiness.body, reviews: reviews.body, plan };
}

/** The minutes for this many questions at the learner's pace; null if it is unknown. @param {any} plan @param {number} count */
export function minutesFor(plan, count) {
  const seconds = plan?.seconds_per_question ?? null;
  return seconds === null || count === 0 ? null : Math.max(1, Math.round((seconds * count) / 60));
}

/**
 * Whole days between two dates as `YYYY-MM-DD`.
 * @param {string} from
 * @param {string} to
 */
export function daysBetween(from, to) {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}

/** The latest exam with a score. @param {any[]} attempts newest first @param {string} code */
export function lastExam(attempts, code) {
  return attempts.find((attempt) => attempt.exam === code && attempt.mode === 'exam' && attempt.scaled_estimate !== null) ?? null;
}
