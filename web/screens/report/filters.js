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

/** What is shown first: what was wrong, if anything was. @param {Slot[]} slots */
export function firstFilter(slots) {
  return slots.some(FILTERS.wrong) ? 'wrong' : 'all';
}

/**
 * The start screen with what gives the same form; null where nothing does: a review asks for what is due, and a practice of
 * what was wrong in a report has none of its choices.
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
