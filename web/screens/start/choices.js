// What a learner chooses before an attempt, and what is sent for it; pure.

/**
 * @typedef {{ number: number, name: string, weight: number, published_questions: number,
 *   tasks: { code: string, name: string }[] }} Domain
 * @typedef {{ code: string, name: string, question_count: number, duration_minutes: number, domains: Domain[],
 *   published_questions: number }} Exam
 * @typedef {{ number: number, answered: number, mastery: { mean: number, low: number, high: number } }} Known
 * @typedef {{ mode: string, domains: number[], pool: string, size: string, other: string, feedback: string, timed: boolean,
 *   tasks: string[], tags: string, kinds: string[], difficultyMin: number, difficultyMax: number, seed: string,
 *   fromReport: string, again: string, most: string }} Choices
 * `again` is the seed of a practice whose form comes again as it was, while nothing else is asked for; `most` is how many a
 * review asks at most, empty for all that is due.
 */

export const MODES = ['exam', 'practice', 'review'];
export const POOLS = ['all', 'unseen', 'unanswered', 'incorrect', 'flagged', 'unsure'];
export const SIZES = ['10', '20', '40', 'other'];
export const KINDS = ['single_choice', 'multiple_response', 'ordering', 'matching'];
export const MOST = 200;

/**
 * The two domains that are known least, where anything is known of them; else all.
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
 * What is chosen to begin with; an address may say some of it.
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

/** Whether the questions are chosen already: those of a report, or of a form that comes again. @param {Choices} choices */
export function isFixed(choices) {
  return choices.fromReport !== '' || (choices.again !== '' && choices.again === choices.seed);
}

/** How many questions a practice is asked for. @param {Choices} choices */
export function sizeOf(choices) {
  return choices.size === 'other' ? Number(choices.other) : Number(choices.size);
}

/** How many questions a review has. @param {Choices} choices @param {number} due */
export function reviewSize({ most }, due) {
  return Math.min(due, most === '' ? MOST : Number(most));
}

/**
 * The fields that say something wrong, each with the message that tells.
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
 * What is sent. A review asks what is due, by its own order and seedless. A seed alone is the same form again, so nothing that is chosen for all stands beside it.
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
 * How many published questions the chosen domains have.
 * @param {Exam} exam
 * @param {number[]} chosen
 */
export function available(exam, chosen) {
  return exam.domains
    .filter((domain) => chosen.includes(domain.number))
    .reduce((sum, domain) => sum + domain.published_questions, 0);
}
