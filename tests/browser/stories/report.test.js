// What came of an attempt: pictures with their tables, questions with their keys, and practice of what was wrong.

import assert from 'node:assert/strict';
import { signedIn } from '../support/person.js';
import { attemptId, heading, question } from '../support/runner.js';
import { story } from '../support/story.js';

/** @typedef {import('../support/person.js').Person} Person */

/**
 * An exam of every kind of question, answered, with two questions marked.
 * @param {Person} someone
 */
async function finished(someone) {
  const attempt = await someone.start({ exam: 'kinds', mode: 'exam' });
  await someone.respondToAll(attempt);
  await someone.respond(attempt.id, 1, null, { flagged: true });
  await someone.respond(attempt.id, 2, null, { flagged: true, unsure: true });
  await someone.post(`/attempts/${attempt.id}/submit`);
  return someone.get(`/attempts/${attempt.id}/report`);
}

story('a report has charts, each with a table behind a button', async (context) => {
  const ada = await signedIn(context, 'ada');
  const report = await finished(ada);
  const page = await context.newPage();
  await page.goto(`/#/attempts/${report.attempt_id}/report`);
  await heading(page, 'Exam report');
  assert.equal(await page.title(), 'Exam report · KINDS · Tripos');
  await page.locator('.score').getByText(String(report.score.scaled_estimate), { exact: true }).waitFor();
  await page.getByText(report.score.note).waitFor();

  for (const [name, rows] of /** @type {const} */ ([['Score', 1], ['Domains', report.domains.length], ['Time per question', report.slots.length]])) {
    const figure = page.getByRole('figure', { name, exact: true });
    await figure.getByRole('img').waitFor();
    await figure.getByRole('button', { name: 'Show as table' }).click();
    await figure.getByRole('table').waitFor();
    assert.equal(await figure.locator('tbody tr').count(), rows, name);
    assert.equal(await figure.getByRole('img').count(), 0, name);
    await figure.getByRole('button', { name: 'Show as chart' }).click();
    await figure.getByRole('img').waitFor();
  }
  const [domain] = report.domains;
  const percent = Math.round(domain.mastery.mean * 100);
  const domains = page.getByRole('figure', { name: 'Domains' });
  await domains.getByText(`${domain.right} of ${domain.total}`).first().waitFor();
  await domains.getByText(new RegExp(`^${percent}% \\(${Math.round(domain.mastery.low * 100)}–`)).waitFor();

  // The choice is remembered on this device.
  await domains.getByRole('button', { name: 'Show as table' }).click();
  await page.reload();
  await domains.getByRole('table').waitFor();
});

story('every question of a report shows its key, the reasons and the references', async (context) => {
  const ada = await signedIn(context, 'ada');
  const report = await finished(ada);
  const page = await context.newPage();
  await page.goto(`/#/attempts/${report.attempt_id}/report`);
  await heading(page, 'Exam report');
  await page.getByRole('button', { name: `All ${report.slots.length}` }).click();
  const slots = page.getByRole('region', { name: 'Questions' }).locator('details');
  assert.equal(await slots.count(), report.slots.length);
  for (const [index, slot] of report.slots.entries()) {
    const shown = slots.nth(index);
    await shown.locator('summary').click();
    await shown.getByText(slot.scored ? 'counts toward the score' : 'does not count toward the score').waitFor();
    await shown.getByText('Explanation', { exact: true }).waitFor();
    for (const answer of slot.answers) await shown.getByText(answer.rationale.replaceAll(/[*`]/g, ''), { exact: true }).first().waitFor();
    assert.equal(await shown.getByText(/^(Key|Key, missed|Key, your response|Your response|Right place|should be \d|Not matched)$/i).count() > 0, true, slot.kind);
  }
  await page.locator('details pre').first().waitFor();
  await page.locator('details').getByRole('table').first().waitFor();

  // A printed report has the questions open that the filter shows.
  await page.getByRole('button', { name: /^Wrong \d/ }).click();
  for (const open of (await page.locator('details[open] > summary').all()).toReversed()) await open.click();
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  const wrong = report.slots.filter((/** @type {any} */ slot) => slot.mark < 1).length;
  await page.waitForFunction((count) => document.querySelectorAll('details[open]').length === count, wrong);
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  await page.waitForFunction(() => document.querySelectorAll('details[open]').length === 0);
});

story('the questions of a report are filtered, and the wrong ones practiced', async (context) => {
  const ada = await signedIn(context, 'ada');
  const report = await finished(ada);
  const count = (/** @type {(slot: any) => boolean} */ test) => report.slots.filter(test).length;
  const wrong = report.slots.filter((/** @type {any} */ slot) => slot.mark < 1);
  const page = await context.newPage();
  await page.goto(`/#/attempts/${report.attempt_id}/report`);
  await heading(page, 'Exam report');
  const region = page.getByRole('region', { name: 'Questions' });
  const filters = /** @type {const} */ ([
    ['All', report.slots.length], ['Flagged', 2], ['Unsure', 1],
    ['Not answered', count((slot) => slot.response === null)], ['Wrong', wrong.length],
  ]);
  for (const [name, shown] of filters) {
    const filter = region.getByRole('button', { name: `${name} ${shown}`, exact: true });
    await filter.click();
    await page.waitForFunction((wanted) => document.querySelectorAll('details').length === wanted, shown);
    assert.equal(await filter.getAttribute('aria-pressed'), 'true');
    await page.getByRole('status').getByText(shown === 1 ? '1 question' : `${shown} questions`, { exact: true }).waitFor();
  }

  // What is marked is chosen on the start screen, from all attempts.
  await region.getByRole('button', { name: /^Flagged/ }).click();
  await region.getByRole('link', { name: 'Practice flagged questions' }).click();
  await heading(page, 'Start');
  assert.match(page.url(), /mode=practice&pool=flagged/);
  await page.goBack();

  await heading(page, 'Exam report');
  await region.getByRole('button', { name: `Practice these ${wrong.length}` }).click();
  await question(page, 1, wrong.length);
  const practice = await ada.attempt(attemptId(page));
  assert.equal(practice.mode, 'practice');
  assert.deepEqual(
    practice.slots.map((/** @type {any} */ slot) => slot.question.id).sort(),
    wrong.map((/** @type {any} */ slot) => slot.question_id).sort(),
  );
});

story('the same form is repeated by its seed', async (context) => {
  const ada = await signedIn(context, 'ada');
  const attempt = await ada.start({ exam: 'clf-c02', mode: 'practice', size: 5, feedback: 'deferred' });
  await ada.respondToAll(attempt);
  await ada.post(`/attempts/${attempt.id}/submit`);
  const page = await context.newPage();
  await page.goto(`/#/attempts/${attempt.id}/report`);
  await heading(page, 'Practice report');
  await page.getByRole('link', { name: 'Same form again' }).click();
  await heading(page, 'Start');
  await page.getByRole('button', { name: 'Start practice' }).click();
  await question(page, 1, 5);
  const again = await ada.attempt(attemptId(page));
  const ids = (/** @type {any} */ { slots }) => slots.map((/** @type {any} */ slot) => slot.question.id);
  assert.deepEqual(ids(again), ids(attempt));
});
