// Which slots of a report are shown.

/** @typedef {{ mark: number, flagged: boolean, unsure: boolean, response: unknown[] | null }} Slot */

/** In the order in which they are offered. @type {Record<string, (slot: Slot) => boolean>} */
export const FILTERS = {
  all: () => true,
  wrong: (slot) => slot.mark < 1,
  flagged: (slot) => slot.flagged,
  unsure: (slot) => slot.unsure,
  open: (slot) => slot.response === null,
};

/** The initial filter: wrong slots, if there are any. @param {Slot[]} slots */
export function firstFilter(slots) {
  return slots.some(FILTERS.wrong) ? 'wrong' : 'all';
}

/**
 * The URL of the start screen for the same form; null if there is none: a review asks the questions that are due, and a
 * practice of wrong slots has no choices.
 * @param {{ mode: string, seed: number, exam: { code: string }, practice?: any }} report
 * @returns {string | null}
 */
export function sameForm({ mode, seed, exam, practice }) {
  if (mode === 'review' || practice?.from_report) return null;
  const query = new URLSearchParams({ mode, seed: String(seed) });
  if (practice) {
    query.set('size', String(practice.size));
    query.set('pool', practice.pool);
    query.set('feedback', practice.feedback);
    if (practice.domains.length > 0) query.set('domains', practice.domains.join(','));
  }
  return `#/exams/${exam.code}/start?${query}`;
}
