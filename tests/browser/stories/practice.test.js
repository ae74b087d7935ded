// Practice that tells at once what was right, and reviews of what is due.

import assert from 'node:assert/strict';
import { passDays } from '../support/days.js';
import { signedIn } from '../support/person.js';
import { allSaved, attemptId, control, heading, next, open, question, respond } from '../support/runner.js';
import { story } from '../support/story.js';

/**
 * Checks a response and goes on, and tells whether the page says that it was right.
 * @param {import('playwright-core').Page} page
 */
async function check(page) {
  await page.getByRole('button', { name: 'Check response' }).click();
  const verdict = page.getByRole('main').getByText(/^(Right|Wrong)\./).first();
  await verdict.waitFor();
  return (await verdict.textContent())?.startsWith('Right') ?? false;
}

story('a practice shows after each response which one was right', async (context) => {
  const ada = await signedIn(context, 'ada');
  const page = await context.newPage();
  await page.goto('/#/exams/clf-c02/start?mode=practice');
  await heading(page, 'Start');
  await page.getByRole('radio', { name: '10', exact: true }).check();
  await page.getByRole('button', { name: 'Start practice' }).click();
  await question(page, 1, 10);
  const attempt = await ada.attempt(attemptId(page));
  assert.equal(attempt.practice.feedback, 'immediate');

  // Until it is checked, a response is a draft on this device.
  await respond(page, attempt.slots[0].question);
  assert.equal((await ada.attempt(attempt.id)).slots[0].response, null);
  await page.reload();
  await page.locator(`input:checked[value="${attempt.slots[0].question.answers[0].id}"]`).waitFor();

  const verdicts = [await check(page)];
  for (const slot of attempt.slots.slice(1)) {
    await page.getByRole('button', { name: 'Next', exact: true }).click();
    await question(page, slot.position, 10);
    await respond(page, slot.question, slot.position % 3);
    verdicts.push(await check(page));
  }
  const { slots } = await ada.attempt(attempt.id);
  assert.deepEqual(verdicts, slots.map((/** @type {any} */ { feedback }) => feedback.mark === 1));
  const last = slots[9].feedback;
  const day = new Intl.DateTimeFormat('en-US', { weekday: 'short', month: 'short', day: 'numeric', timeZone: 'UTC' });
  const due = day.format(new Date(last.due_on));
  await page.getByRole('main').getByText(`This question comes back on ${due}.`).waitFor();
  await page.getByText(last.answers[0].rationale.slice(0, 60)).waitFor();
  await page.getByRole('heading', { name: 'Explanation' }).waitFor();
  assert.equal(await control(page, 0).count(), 0);

  await page.keyboard.press('r');
  await page.getByRole('button', { name: /^(Submit|Finish) practice$/ }).click();
  await heading(page, 'Practice report');
  const right = verdicts.filter(Boolean).length;
  await page.getByText(new RegExp(`${right} of 10`)).first().waitFor();
});

story('a practice of wrong questions has only these', async (context) => {
  const ada = await signedIn(context, 'ada');
  const attempt = await ada.start({ exam: 'long', mode: 'practice', size: 6, feedback: 'deferred' });
  await ada.respondToAll(attempt);
  // At least one is wrong, whatever was drawn.
  await ada.respond(attempt.id, 1, null);
  await ada.post(`/attempts/${attempt.id}/submit`);
  const report = await ada.get(`/attempts/${attempt.id}/report`);
  const wrong = report.slots.filter((/** @type {any} */ { mark }) => mark < 1);
  const page = await context.newPage();
  await page.goto(`/#/attempts/${attempt.id}/report`);
  await heading(page, 'Practice report');
  await page.getByRole('button', { name: `Wrong ${wrong.length}` }).click();
  await page.getByRole('button', { name: `Practice these ${wrong.length}` }).click();
  await question(page, 1, wrong.length);
  const again = await ada.attempt(attemptId(page));
  const ids = (/** @type {any[]} */ slots) => slots.map((slot) => slot.question_id ?? slot.question.id).sort();
  assert.deepEqual(ids(again.slots), ids(wrong));
});

story('a review has the chosen number of due questions', async (context) => {
  const ada = await signedIn(context, 'ada');
  const practice = await ada.start({ exam: 'long', mode: 'practice', size: 30, feedback: 'deferred' });
  await ada.respondToAll(practice);
  await ada.post(`/attempts/${practice.id}/submit`);
  passDays(ada, 40);
  const reviews = await ada.get('/me/reviews?exam=long');
  assert.equal(reviews.due_count, 30);
  const page = await context.newPage();
  await page.goto('/#/exams/long/start?mode=practice');
  await heading(page, 'Start');
  await page.getByRole('radio', { name: /^Review/ }).check();
  await page.getByText('30 questions are due').waitFor();
  assert.equal(await page.getByLabel('Seed').count(), 0);
  await page.getByRole('radio', { name: '10', exact: true }).check();
  await page.getByRole('button', { name: 'Start review' }).click();
  await question(page, 1, 10);
  const attempt = await ada.attempt(attemptId(page));
  const due = reviews.due.slice(0, 10).map((/** @type {any} */ one) => one.question_id);
  assert.deepEqual([attempt.mode, attempt.slots.map((/** @type {any} */ slot) => slot.question.id)], ['review', due]);
  for (const slot of attempt.slots) {
    await question(page, slot.position, 10);
    await respond(page, slot.question);
    await check(page);
    if (slot.position < 10) await next(page);
  }
  await page.keyboard.press('r');
  await page.getByRole('button', { name: /^(Submit|Finish) review$/ }).click();
  await heading(page, 'Review report');
  assert.equal((await ada.get('/me/reviews?exam=long')).due_count, 20);
});

story('a wrong answer can be struck out and the right number of answers is enforced', async (context) => {
  const ada = await signedIn(context, 'ada');
  const attempt = await ada.start({ exam: 'kinds', mode: 'practice', kinds: ['multiple_response'], feedback: 'deferred' });
  const page = await context.newPage();
  await open(page, attempt);
  await page.getByText('Choose two answers.').waitFor();
  const ids = await respond(page, attempt.slots[0].question);
  await page.getByText('2 of 2 chosen').waitFor();
  await page.getByRole('group', { name: /^Choose two/ }).locator('label').nth(3).click();
  await page.getByText('Clear one to choose another').first().waitFor();
  assert.equal(await control(page, 3).isChecked(), false);
  await page.getByRole('button', { name: 'Strike out A' }).click();
  await page.getByText('1 of 2 chosen').waitFor();
  await allSaved(page);
  const [slot] = (await ada.attempt(attempt.id)).slots;
  assert.deepEqual([slot.response, slot.struck_out], [[ids[1]], [ids[0]]]);
});

story('rows are put in order by dragging and by arrows', async (context) => {
  const ada = await signedIn(context, 'ada');
  const attempt = await ada.start({ exam: 'kinds', mode: 'practice', kinds: ['ordering'], feedback: 'deferred' });
  const page = await context.newPage();
  await open(page, attempt);
  const [slot] = attempt.slots;
  const ids = slot.question.answers.map((/** @type {any} */ { id }) => id);
  await page.getByText('No response yet').waitFor();
  const rows = page.getByRole('group', { name: /in order/ }).getByRole('listitem');
  const [from, to] = await Promise.all([rows.nth(0).locator('.handle').boundingBox(), rows.nth(2).boundingBox()]);
  assert.ok(from && to);
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(from.x + from.width / 2, to.y + to.height / 2, { steps: 5 });
  await page.mouse.up();
  await allSaved(page);
  const dragged = [ids[1], ids[2], ids[0], ids[3]];
  await rows.nth(2).getByText(slot.question.answers[0].body, { exact: true }).waitFor();
  assert.deepEqual((await ada.attempt(attempt.id)).slots[0].response, dragged);
  await rows.nth(3).getByRole('button', { name: /up/i }).click();
  await rows.nth(2).getByText(slot.question.answers[3].body, { exact: true }).waitFor();
  await allSaved(page);
  assert.deepEqual((await ada.attempt(attempt.id)).slots[0].response, [ids[1], ids[2], ids[3], ids[0]]);
});

story('a practice in progress can be abandoned from the list of exams', async (context) => {
  const ada = await signedIn(context, 'ada');
  const attempt = await ada.start({ exam: 'kinds', mode: 'practice', size: 3 });
  const page = await context.newPage();
  await page.goto('/#/exams');
  await page.getByText('0 of 3 answered').waitFor();
  await page.getByRole('button', { name: 'Abandon' }).click();
  const dialog = page.getByRole('dialog', { name: 'Abandon this practice?' });
  await dialog.getByRole('button', { name: 'Abandon' }).click();
  await page.getByText('0 of 3 answered').waitFor({ state: 'detached' });
  assert.equal((await ada.attempt(attempt.id)).status, 'abandoned');
  await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
});

story(
  'responses to a practice that was abandoned elsewhere are not kept',
  async (context) => {
    const ada = await signedIn(context, 'ada');
    const attempt = await ada.start({ exam: 'kinds', mode: 'practice', size: 3, feedback: 'deferred' });
    const page = await context.newPage();
    await open(page, attempt);
    await ada.abandon(attempt.id);
    await respond(page, attempt.slots[0].question);
    await heading(page, 'This attempt was abandoned');
    assert.deepEqual(await page.evaluate((id) => Object.keys(localStorage).filter((key) => key.includes(id)), attempt.id), []);
    await page.getByRole('link', { name: 'Go to exams' }).click();
    await heading(page, 'Exams');
    await page.reload();
    await heading(page, 'Exams');
    assert.equal(await page.getByText('from an earlier visit').count(), 0);
  },
  { allows: [/status of 409/] },
);
