// Attempts of two hundred questions, texts that are long, and windows that are small.

import assert from 'node:assert/strict';
import { fits } from '../support/axe.js';
import { signedIn } from '../support/person.js';
import { allSaved, answer, heading, open, question } from '../support/runner.js';
import { story } from '../support/story.js';

story('two hundred questions are listed, reached and reviewed', async (context) => {
  const ada = await signedIn(context, 'ada');
  const attempt = await ada.start({ exam: 'long', mode: 'exam' });
  assert.equal(attempt.slots.length, 200);
  const page = await context.newPage();
  await open(page, attempt);
  const list = page.getByRole('complementary', { name: 'Questions' });
  assert.equal(await list.getByRole('button', { name: /^Question \d+,/ }).count(), 200);
  await page.keyboard.press('q');
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await question(page, 200, 200);
  await answer(page, 0).click();
  await allSaved(page);

  // The list scrolls by itself, and shows where one is.
  const cell = list.getByRole('button', { name: 'Question 200, answered' });
  const isSeen = await cell.evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect();
    const box = /** @type {Element} */ (element.closest('.runner-list-body')).getBoundingClientRect();
    return top >= box.top && bottom <= box.bottom;
  });
  assert.ok(isSeen, 'the cell of question 200 is out of sight');
  assert.ok(await page.evaluate(() => document.documentElement.scrollHeight <= innerHeight), 'the page scrolls as a whole');

  await page.setViewportSize({ width: 320, height: 640 });
  await fits(page, '200 questions at 320 px');
  await page.getByRole('button', { name: '200 of 200' }).click();
  await fits(page, 'the list of 200 questions at 320 px');
  await page.getByRole('dialog').getByRole('button', { name: 'Question 1, seen' }).click();
  await question(page, 1, 200);
  await page.keyboard.press('r');
  await heading(page, 'Review before you submit');
  await page.getByText('1 of 200 answered').first().waitFor();
  await fits(page, 'the review of 200 questions at 320 px');
});

story(
  'the bar of a question fits with the largest text, also while a response waits',
  async (context) => {
    const ada = await signedIn(context, 'ada');
    for (const mode of ['practice', 'exam']) {
      const attempt = await ada.start({ exam: 'long', mode, feedback: mode === 'practice' ? 'deferred' : undefined });
      const page = await context.newPage();
      await page.setViewportSize({ width: 375, height: 780 });
      await page.goto('/#/exams');
      await page.evaluate(() => localStorage.setItem('tripos:settings', JSON.stringify({ textSize: 150 })));
      await page.goto(`/#/attempts/${attempt.id}`);
      await page.reload();
      await question(page, 1, attempt.slots.length);
      await context.setOffline(true);
      await answer(page, 1).click();
      await page.getByText('1 not sent').first().waitFor();
      for (const part of await page.locator('.runner-bar > :visible').all()) {
        const box = await part.boundingBox();
        assert.ok(box && box.x >= 0 && box.x + box.width <= 375, `${await part.innerText()}, ${mode}: ${JSON.stringify(box)}`);
      }
      await context.setOffline(false);
      await page.getByText('1 not sent').first().waitFor({ state: 'hidden' });
      await page.close();
    }
  },
  { allows: [/ERR_INTERNET_DISCONNECTED/] },
);

story('long or wide texts scroll in their own boxes', async (context) => {
  const ada = await signedIn(context, 'ada');
  const attempt = await ada.start({ exam: 'kinds', mode: 'exam' });
  const page = await context.newPage();
  await page.setViewportSize({ width: 320, height: 640 });
  await open(page, attempt);
  for (const { position, question: shown } of attempt.slots) {
    await question(page, position, 8);
    await fits(page, `question ${position} at 320 px`);
    if (/```|\| Service/.test(shown.stem)) {
      const box = page.locator('#stem [tabindex="0"]');
      assert.ok(await box.getAttribute('aria-label'));
      assert.ok(await box.evaluate((element) => element.scrollWidth > element.clientWidth), 'the box has nothing to scroll');
      await box.focus();
      await page.keyboard.press('ArrowRight');
      await page.waitForFunction(() => /** @type {Element} */ (document.activeElement).scrollLeft > 0);
    }
    // The bar below is there without scrolling, however long the question is.
    const next = await page.getByRole('button', { name: position < 8 ? 'Next' : 'Review', exact: true }).boundingBox();
    assert.ok(next && next.y + next.height <= 640, `the bar of question ${position} is out of sight`);
    await page.keyboard.press('n');
  }
});
