// The choices before an attempt, and the request for it; pure.

/**
 * @typedef {{ number: number, name: string, weight: number, published_questions: number,
 *   tasks: { code: string, name: string }[] }} Domain
 * @typedef {{ code: string, name: string, question_count: number, duration_minutes: number, domains: Domain[],
 *   published_questions: number }} Exam
 * @typedef {{ number: number, answered: number, mastery: { mean: number, low: number, high: number } }} Known
 * @typedef {{ mode: string, domains: number[], pool: string, size: string, other: string, feedback: string, timed: boolean,
 *   tasks: string[], tags: string, kinds: string[], difficultyMin: number, difficultyMax: number, seed: string,
 *   fromReport: string, again: string, most: string }} Choices
 * `again` is the seed of a practice whose form is repeated, as long as nothing else is chosen; `most` is the maximum number of
 * questions in a review, empty for all that are due, up to 200.
 */

export const MODES = ['exam', 'practice', 'review'];
export const POOLS = ['all', 'unseen', 'unanswered', 'incorrect', 'flagged', 'unsure'];
export const SIZES = ['10', '20', '40', 'other'];
export const KINDS = ['single_choice', 'multiple_response', 'ordering', 'matching'];
export const MOST = 200;

/**
 * The two domains with the lowest mastery, if any is known; otherwise all.
 * @param {Domain[]} domains
 * @param {Known[]} known
 */
export function weakest(domains, known) {
  const answered = known.filter((domain) => domain.answered > 0);
  if (answered.length < 3) return domains.map((domain) => domain.number);
  const sorted = [...answered].sort((one, other) => one.mastery.mean - other.mastery.mean);
  return sorted.slice(0, 2).map((domain) => domain.number).sort((one, other) => one - other);
}

/**
 * The initial choices. A URL may set some of them.
 * @param {Exam} exam
 * @param {Known[]} known
 * @param {Record<string, string | undefined>} query
 * @returns {Choices}
 */
export function defaults(exam, known, query) {
  const numbers = (query.domains ?? '').split(',').map(Number).filter((number) => number > 0);
  const size = query.size ?? '20';
  return {
    mode: MODES.includes(query.mode ?? '') ? /** @type {string} */ (query.mode) : 'exam',
    domains: numbers.length > 0 ? numbers : weakest(exam.domains, known),
    pool: POOLS.includes(query.pool ?? '') ? /** @type {string} */ (query.pool) : 'all',
    size: SIZES.includes(size) ? size : 'other',
    other: SIZES.includes(size) ? '' : size,
    feedback: query.feedback === 'deferred' ? 'deferred' : 'immediate',
    timed: false,
    tasks: [],
    tags: '',
    kinds: [],
    difficultyMin: 1,
    difficultyMax: 5,
    seed: query.seed ?? '',
    fromReport: query.from_report ?? '',
    again: query.mode === 'practice' ? (query.seed ?? '') : '',
    most: '',
  };
}

/** Whether the questions are fixed: those of a report, or of a repeated form. @param {Choices} choices */
export function isFixed(choices) {
  return choices.fromReport !== '' || (choices.again !== '' && choices.again === choices.seed);
}

/** The requested number of questions of a practice. @param {Choices} choices */
export function sizeOf(choices) {
  return choices.size === 'other' ? Number(choices.other) : Number(choices.size);
}

/** Whether questions are chosen by more than their domain, so that only the server knows how many match. @param {Choices} choices */
export function isNarrow({ pool, tasks, tags, kinds, difficultyMin, difficultyMax }) {
  return pool !== 'all' || tasks.length > 0 || tags.trim() !== '' || kinds.length > 0 || difficultyMin > 1 || difficultyMax < 5;
}

/** The number of questions of a review. @param {Choices} choices @param {number} due */
export function reviewSize({ most }, due) {
  return Math.min(due, most === '' ? MOST : Number(most));
}

/**
 * The invalid fields, each with its message.
 * @param {Choices} choices
 * @returns {Record<string, string>}
 */
export function faults(choices) {
  /** @type {Record<string, string>} */
  const found = {};
  const isWhole = (/** @type {string} */ text) => /^\d+$/.test(text.trim()) && Number.isSafeInteger(Number(text));
  if (choices.mode !== 'review' && choices.seed.trim() !== '' && !isWhole(choices.seed)) found.seed = 'runner.fault_seed';
  if (choices.mode !== 'practice' || isFixed(choices)) return found;
  const size = sizeOf(choices);
  if (choices.size === 'other' && !(isWhole(choices.other) && size >= 1 && size <= MOST)) found.other = 'runner.fault_size';
  if (choices.difficultyMin > choices.difficultyMax) found.difficulty = 'runner.fault_difficulty';
  if (choices.domains.length === 0) found.domains = 'runner.fault_domains';
  return found;
}

/**
 * The request. A review asks due questions in its own order, without a seed. A seed alone repeats the form, so other choices are left out.
 * @param {Exam} exam
 * @param {Choices} choices
 */
export function bodyOf(exam, choices) {
  if (choices.mode === 'review') {
    const size = choices.most === '' ? {} : { size: Number(choices.most) };
    return { exam: exam.code, mode: 'review', ...size, feedback: 'immediate', timed: choices.timed };
  }
  const seed = choices.seed.trim() === '' ? {} : { seed: Number(choices.seed) };
  if (choices.mode !== 'practice') return { exam: exam.code, mode: choices.mode, ...seed };
  const telling = { feedback: choices.feedback, timed: choices.timed };
  const first = { exam: exam.code, mode: 'practice', ...seed };
  if (choices.fromReport) return { ...first, from_report: choices.fromReport, ...telling };
  if (isFixed(choices)) return { ...first, ...telling };
  const tags = choices.tags.split(',').map((tag) => tag.trim()).filter(Boolean);
  const isAll = choices.domains.length === exam.domains.length;
  return {
    ...first,
    ...(isAll ? {} : { domains: choices.domains }),
    size: sizeOf(choices),
    pool: choices.pool,
    ...(choices.tasks.length > 0 ? { tasks: choices.tasks } : {}),
    ...(tags.length > 0 ? { tags } : {}),
    ...(choices.kinds.length > 0 ? { kinds: choices.kinds } : {}),
    ...(choices.difficultyMin > 1 ? { difficulty_min: choices.difficultyMin } : {}),
    ...(choices.difficultyMax < 5 ? { difficulty_max: choices.difficultyMax } : {}),
    ...telling,
  };
}

/**
 * The minutes of an exam or of a practice at its pace, with the learner's extra time.
 * @param {Exam} exam
 * @param {number} questions
 * @param {number} extra in percent
 */
export function minutesFor(exam, questions, extra) {
  const each = (exam.duration_minutes * 60) / exam.question_count;
  const seconds = Math.ceil(each * questions);
  return Math.floor((seconds + Math.ceil((seconds * extra) / 100)) / 60);
}

/**
 * The number of published questions in the chosen domains.
 * @param {Exam} exam
 * @param {number[]} chosen
 */
export function available(exam, chosen) {
  return exam.domains
    .filter((domain) => chosen.includes(domain.number))
    .reduce((sum, domain) => sum + domain.published_questions, 0);
}
