// Coming back to an attempt: after a reload, on another device, in a second tab.

import assert from 'node:assert/strict';
import { signedIn, signIn } from '../support/person.js';
import { allSaved, answer, control, heading, next, open, question, respond } from '../support/runner.js';
import { browser, story } from '../support/story.js';
import { SERVER } from '../support/world.js';

story('a reload in the middle resumes exactly', async (context) => {
  const ada = await signedIn(context, 'ada');
  const attempt = await ada.start({ exam: 'clf-c02', mode: 'exam' });
  const page = await context.newPage();
  await open(page, attempt);
  const given = [];
  for (const slot of attempt.slots.slice(0, 4)) {
    given.push(await respond(page, slot.question, 1));
    await next(page);
    await question(page, slot.position + 1, 65);
  }
  await page.getByRole('button', { name: 'Flag', exact: true }).click();
  await page.getByRole('button', { name: 'Strike out B' }).click();
  // Not waited for: what is on its way when the page goes is sent by the next one.
  page.on('dialog', (dialog) => dialog.accept());
  await page.reload();
  await question(page, 5, 65);
  await page.getByRole('button', { name: 'Flag', exact: true, pressed: true }).waitFor();
  await page.getByRole('button', { name: 'Restore B' }).waitFor();
  await page.getByText('4 of 65 answered').first().waitFor();
  await page.getByRole('timer').getByText(/1:29:\d\d|1:30:00/).waitFor();
  await allSaved(page);
  const { slots } = await ada.attempt(attempt.id);
  assert.deepEqual(slots.slice(0, 4).map((/** @type {any} */ slot) => slot.response), given);
  assert.deepEqual([slots[4].flagged, slots[4].struck_out], [true, [attempt.slots[4].question.answers[1].id]]);

  // Exams offers to go on.
  await page.goto('/#/exams');
  await heading(page, 'Exams');
  await page.getByRole('link', { name: 'Resume exam' }).first().click();
  await question(page, 5, 65);
});

story('another device continues where this one stopped', async (context) => {
  const ada = await signedIn(context, 'ada');
  const attempt = await ada.start({ exam: 'kinds', mode: 'exam' });
  const page = await context.newPage();
  await open(page, attempt);
  const given = await respond(page, attempt.slots[0].question);
  await allSaved(page);
  const other = await (await browser()).newContext({ baseURL: SERVER, viewport: { width: 375, height: 700 } });
  await signIn(other, ada);
  const phone = await other.newPage();
  await open(phone, attempt, 2);
  await phone.getByRole('button', { name: 'Previous' }).click();
  await question(phone, 1, 8);
  await phone.getByRole('button', { name: 'Clear response' }).waitFor();
  assert.deepEqual((await ada.attempt(attempt.id)).slots[0].response, given);
  await other.close();
});

story('two tabs of one browser see each other', async (context) => {
  const ada = await signedIn(context, 'ada');
  const attempt = await ada.start({ exam: 'long', mode: 'exam' });
  const [one, two] = [await context.newPage(), await context.newPage()];
  await open(one, attempt);
  await open(two, attempt);
  await answer(one, 1).click();
  await two.locator(`input:checked[value="${attempt.slots[0].question.answers[1].id}"]`).waitFor();
  await answer(two, 2).click();
  await one.locator(`input:checked[value="${attempt.slots[0].question.answers[2].id}"]`).waitFor();
  await allSaved(one);
  await allSaved(two);
  const { slots } = await ada.attempt(attempt.id);
  assert.deepEqual(slots[0].response, [attempt.slots[0].question.answers[2].id]);
});

story(
  'a question that was changed on another device asks which response stays',
  async (context) => {
    const ada = await signedIn(context, 'ada');
    const attempt = await ada.start({ exam: 'long', mode: 'exam' });
    const ids = attempt.slots[0].question.answers.map((/** @type {any} */ { id }) => id);
    const page = await context.newPage();
    await open(page, attempt);
    await ada.respond(attempt.id, 1, [ids[1]]);
    await answer(page, 2).click();
    await page.getByText('This question was changed').first().waitFor();
    assert.deepEqual((await ada.attempt(attempt.id)).slots[0].response, [ids[1]]);
    await page.getByRole('button', { name: 'Keep C' }).click();
    await allSaved(page);
    assert.deepEqual((await ada.attempt(attempt.id)).slots[0].response, [ids[2]]);

    await next(page);
    const others = attempt.slots[1].question.answers.map((/** @type {any} */ { id }) => id);
    await ada.respond(attempt.id, 2, [others[0]]);
    await answer(page, 1).click();
    await page.getByRole('button', { name: 'Keep A' }).click();
    await allSaved(page);
    await page.locator(`input:checked[value="${others[0]}"]`).waitFor();
    assert.equal(await control(page, 1).isChecked(), false);
    assert.deepEqual((await ada.attempt(attempt.id)).slots[1].response, [others[0]]);
  },
  { allows: [/status of 412/] },
);

story(
  'an exam is not submitted before it is clear which response stays',
  async (context) => {
    const ada = await signedIn(context, 'ada');
    const attempt = await ada.start({ exam: 'long', mode: 'exam' });
    const ids = attempt.slots[0].question.answers.map((/** @type {any} */ { id }) => id);
    const page = await context.newPage();
    await open(page, attempt);
    await ada.respond(attempt.id, 1, [ids[1]]);
    await answer(page, 2).click();
    await page.getByText('This question was changed').first().waitFor();
    await page.goto(`/#/attempts/${attempt.id}/review`);
    await heading(page, 'Review before you submit');
    await page.getByRole('button', { name: 'Submit exam' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Submit exam' }).click();
    await page.getByText('First choose which response to keep.').first().waitFor();
    assert.equal((await ada.attempt(attempt.id)).status, 'in_progress');
    await page.getByRole('button', { name: 'Keep C' }).click();
    await page.getByRole('button', { name: 'Submit exam' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Submit exam' }).click();
    await heading(page, 'Exam report');
    assert.deepEqual((await ada.get(`/attempts/${attempt.id}/report`)).slots[0].response, [ids[2]]);
  },
  { allows: [/status of 412/] },
);

story(
  'an attempt that was submitted elsewhere leads to its report',
  async (context) => {
    const ada = await signedIn(context, 'ada');
    const attempt = await ada.start({ exam: 'kinds', mode: 'exam' });
    const page = await context.newPage();
    await open(page, attempt);
    await ada.post(`/attempts/${attempt.id}/submit`);
    await page.getByRole('button', { name: 'Flag', exact: true }).click();
    await page.getByText('submitted in another tab or on another device').first().waitFor();
    await page.getByRole('link', { name: 'Open the report' }).or(page.getByRole('button', { name: 'Open the report' })).click();
    await heading(page, 'Exam report');
  },
  { allows: [/status of 409/] },
);

story(
  'an attempt continues after its exam was retired',
  async (context) => {
    const ada = await signedIn(context, 'ada');
    const attempt = await ada.start({ exam: 'long', mode: 'exam' });
    const page = await context.newPage();
    await page.route('**/api/v1/exams/long', (route) => route.fulfill({
      status: 404,
      contentType: 'application/problem+json',
      body: JSON.stringify({ type: 'urn:tripos:problem:not-found', title: 'Not found', status: 404 }),
    }));
    await open(page, attempt);
    await answer(page, 1).click();
    await allSaved(page);
    await page.getByText('LONG', { exact: true }).first().waitFor();
  },
  { allows: [/status of 404/] },
);
