// A whole exam of the bundled bank, with the mouse.

import assert from 'node:assert/strict';
import { signedIn } from '../support/person.js';
import { allSaved, attemptId, heading, next, question, respond } from '../support/runner.js';
import { story } from '../support/story.js';

story('a full exam by mouse', async (context) => {
  const ada = await signedIn(context, 'ada');
  const page = await context.newPage();
  await page.goto('/');
  await heading(page, 'Exams');
  const exam = page.getByRole('region', { name: 'AWS Certified Cloud Practitioner' });
  await exam.getByRole('link', { name: 'Sit the exam' }).click();
  await page.getByRole('button', { name: 'Start exam' }).click();
  await question(page, 1, 65);
  const attempt = await ada.attempt(attemptId(page));

  const given = [];
  for (const slot of attempt.slots) {
    await question(page, slot.position, 65);
    given.push(await respond(page, slot.question, slot.position % slot.question.answers.length));
    if (slot.position % 10 === 0) await page.getByRole('button', { name: 'Flag', exact: true }).click();
    if (slot.position % 13 === 0) await page.getByRole('button', { name: 'Unsure', exact: true }).click();
    if (slot.position < 65) await next(page);
  }
  await allSaved(page);
  const { slots } = await ada.attempt(attempt.id);
  assert.deepEqual(slots.map((/** @type {any} */ slot) => slot.response), given);
  const flagged = slots.filter((/** @type {any} */ slot) => slot.flagged).map((/** @type {any} */ slot) => slot.position);
  assert.deepEqual(flagged, [10, 20, 30, 40, 50, 60]);

  await page.getByRole('button', { name: 'Review and submit' }).click();
  await heading(page, 'Review before you submit');
  await page.getByText('65 of 65 answered').waitFor();
  await page.getByRole('button', { name: 'Flagged 6' }).click();
  await page.getByRole('button', { name: 'Submit exam' }).click();
  await heading(page, 'Exam report');

  const report = await ada.get(`/attempts/${attempt.id}/report`);
  await page.getByText(String(report.score.scaled_estimate), { exact: true }).first().waitFor();
  await page.getByText(report.score.passed ? 'Passed' : 'Not passed', { exact: true }).waitFor();
  const wrong = report.slots.filter((/** @type {any} */ slot) => slot.mark < 1);
  await page.getByRole('button', { name: `Wrong ${wrong.length}` }).click();
  await page.getByRole('button', { name: `Practice these ${wrong.length}` }).waitFor();
  await page.getByRole('button', { name: 'Flagged 6' }).click();
  await page.getByText(report.slots[9].answers[0].rationale).waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'Practice flagged questions' }).waitFor();

  await page.goto('/#/history');
  await heading(page, 'History');
  await page.getByRole('cell', { name: new RegExp(String(report.score.scaled_estimate)) }).waitFor();
});
