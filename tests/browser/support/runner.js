// How a story moves through an attempt.

/** @typedef {import('playwright-core').Page} Page */

/**
 * Waits until a screen shows this heading.
 * @param {Page} page
 * @param {string | RegExp} name
 */
export async function heading(page, name) {
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

/**
 * Waits until a question is shown.
 * @param {Page} page
 * @param {number} position
 * @param {number} count
 */
export function question(page, position, count) {
  return heading(page, `Question ${position} of ${count}`);
}

/**
 * Opens an attempt.
 * @param {Page} page
 * @param {{ id: string, slots: unknown[] }} attempt
 * @param {number} [position] the question that it opens with
 */
export async function open(page, attempt, position = 1) {
  await page.goto(`/#/attempts/${attempt.id}`);
  await question(page, position, attempt.slots.length);
}

/** The attempt whose runner, review or report is shown. @param {Page} page */
export function attemptId(page) {
  const found = /#\/attempts\/([0-9a-f-]{36})/.exec(page.url());
  if (!found) throw new Error(`${page.url()} shows no attempt`);
  return found[1];
}

/** Waits until the server has everything. @param {Page} page */
export function allSaved(page) {
  return page.getByText('All saved', { exact: true }).waitFor();
}

/**
 * The row of an answer, which is one target from edge to edge.
 * @param {Page} page
 * @param {number} index from 0
 */
export function answer(page, index) {
  return page.getByRole('group', { name: /^Choose/ }).locator('label').nth(index);
}

/**
 * The control in the row of an answer.
 * @param {Page} page
 * @param {number} index from 0
 */
export function control(page, index) {
  return answer(page, index).locator('input');
}

/**
 * Gives a full response with the mouse, and tells which.
 * @param {Page} page
 * @param {any} shown the question, as the API has it
 * @param {number} [first] the first answer to choose, from 0
 */
export async function respond(page, shown, first = 0) {
  if (shown.kind === 'ordering') {
    await page.getByRole('button', { name: 'Use this order as my response' }).click();
    await page.getByRole('button', { name: 'Clear response' }).waitFor();
    return shown.answers.map((/** @type {any} */ { id }) => id);
  }
  if (shown.kind === 'matching') {
    const selects = page.getByRole('combobox');
    for (let index = 0; index < shown.answers.length; index += 1) await selects.nth(index).selectOption({ index: 1 });
    return shown.answers.map((/** @type {any} */ { id }) => ({ answer: id, match: shown.matches[0] }));
  }
  const indexes = Array.from({ length: shown.choose ?? 1 }, (_, index) => (first + index) % shown.answers.length);
  for (const index of indexes) await answer(page, index).click();
  for (const index of indexes) await page.locator(`input:checked[value="${shown.answers[index].id}"]`).waitFor();
  return shown.answers.map((/** @type {any} */ { id }) => id).filter((/** @type {any} */ _, /** @type {number} */ index) => indexes.includes(index));
}

/** @param {Page} page */
export function next(page) {
  return page.getByRole('button', { name: 'Next', exact: true }).click();
}
