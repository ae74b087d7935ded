// Whole exams without a pointer: a long one, and one with every kind of question.

import assert from 'node:assert/strict';
import { PASSWORD, person, signedIn } from '../support/person.js';
import { focused, press, tabTo } from '../support/keyboard.js';
import { allSaved, attemptId, heading, open, question } from '../support/runner.js';
import { story } from '../support/story.js';

story('a full exam by keyboard alone', async (context) => {
  const ada = await person('ada');
  const page = await context.newPage();
  await page.goto('/');
  await heading(page, 'Sign in');
  await tabTo(page, page.getByLabel('Email'));
  await page.keyboard.type(ada.email);
  await tabTo(page, page.getByLabel('Password'));
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await heading(page, 'Exams');
  await focused(page.getByRole('heading', { level: 1 }));
  const exam = page.getByRole('region', { name: 'AWS Certified Cloud Practitioner' });
  await press(page, exam.getByRole('link', { name: 'Sit the exam' }));
  await press(page, page.getByRole('button', { name: 'Start exam' }));
  await question(page, 1, 65);
  const attempt = await ada.attempt(attemptId(page));

  const given = [];
  for (const { position, question: shown } of attempt.slots) {
    await question(page, position, 65);
    await focused(page.getByRole('heading', { level: 1 }));
    const indexes = position === 7 ? [] : Array.from({ length: shown.choose ?? 1 }, (_, index) => index);
    for (const index of indexes) await page.keyboard.press(position % 2 ? 'abcdefghij'[index] : String(index + 1));
    for (const index of indexes) await page.locator(`input:checked[value="${shown.answers[index].id}"]`).waitFor();
    given.push(indexes.length ? indexes.map((index) => shown.answers[index].id) : null);
    if (position % 10 === 0) await page.keyboard.press('l');
    if (position % 13 === 0) await page.keyboard.press('u');
    if (position < 65) await page.keyboard.press('n');
  }
  await allSaved(page);
  const { slots } = await ada.attempt(attempt.id);
  assert.deepEqual(slots.map((/** @type {any} */ slot) => slot.response), given);
  assert.equal(slots.filter((/** @type {any} */ slot) => slot.flagged).length, 6);
  assert.equal(slots.filter((/** @type {any} */ slot) => slot.unsure).length, 5);

  await page.keyboard.press('r');
  await heading(page, 'Review before you submit');
  await press(page, page.getByRole('button', { name: 'Submit exam' }));
  const dialog = page.getByRole('dialog');
  await dialog.getByText('A guess costs nothing').waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await focused(page.getByRole('button', { name: 'Submit exam' }).first());
  await page.keyboard.press('Enter');
  await press(page, dialog.getByRole('button', { name: 'Submit exam' }));
  await heading(page, 'Exam report');
  await focused(page.getByRole('heading', { level: 1 }));
  const report = await ada.get(`/attempts/${attempt.id}/report`);
  assert.equal(report.ended_by, 'learner');
  await page.getByText(String(report.score.scaled_estimate), { exact: true }).first().waitFor();
});

story('every kind of question by keyboard', async (context) => {
  const eve = await signedIn(context, 'eve');
  const attempt = await eve.start({ exam: 'kinds', mode: 'exam' });
  const page = await context.newPage();
  await open(page, attempt);
  for (const { position, question: shown } of attempt.slots) {
    await question(page, position, 8);
    if (shown.kind === 'ordering') {
      const rows = page.getByRole('group', { name: /in order/ }).getByRole('listitem');
      await tabTo(page, rows.first());
      await page.keyboard.press('Alt+ArrowDown');
      await page.getByRole('status').getByText('position 2 of 4').waitFor();
      await focused(rows.nth(1));
    } else if (shown.kind === 'matching') {
      for (const [index] of shown.answers.entries()) {
        await tabTo(page, page.getByRole('combobox').nth(index));
        await page.keyboard.press('ABC'[index]);
        await page.keyboard.press('Tab');
      }
      await page.getByText('3 of 3 matched').waitFor();
    } else {
      await page.keyboard.press('Shift+B');
      await page.getByRole('button', { name: 'Restore B' }).waitFor();
      await page.keyboard.press('a');
      await page.locator(`input:checked[value="${shown.answers[0].id}"]`).waitFor();
      await page.keyboard.press('Control+c');
      if (shown.choose === 2) {
        await page.getByText('1 of 2 chosen').waitFor();
        await page.keyboard.press('c');
        await page.getByText('2 of 2 chosen').waitFor();
        await page.keyboard.press('d');
        await page.getByText('Clear one to choose another').first().waitFor();
      }
    }
    if (position < 8) await page.keyboard.press('n');
  }
  await allSaved(page);
  const { slots } = await eve.attempt(attempt.id);
  for (const { question: shown, response, struck_out } of slots) {
    const ids = shown.answers.map((/** @type {any} */ { id }) => id);
    if (shown.kind === 'ordering') assert.deepEqual(response, [ids[1], ids[0], ids[2], ids[3]]);
    else if (shown.kind === 'matching') {
      assert.deepEqual(response, ids.map((/** @type {string} */ id, /** @type {number} */ index) => ({ answer: id, match: shown.matches[index] })));
    } else {
      assert.deepEqual(response, shown.choose === 2 ? [ids[0], ids[2]] : [ids[0]]);
      assert.deepEqual(struck_out, [ids[1]]);
    }
  }

  // The list of questions, the sheet of keys, and the way back.
  await page.keyboard.press('q');
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await question(page, 1, 8);
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('Alt').first().waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await page.keyboard.press('t');
  await page.getByRole('button', { name: 'Show time' }).waitFor();
  await page.keyboard.press('t');
  await page.getByRole('timer').waitFor();
});
