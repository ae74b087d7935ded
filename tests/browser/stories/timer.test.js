// The clock of an exam: what is drawn, and what is announced.

import assert from 'node:assert/strict';
import { extendTime, leaveSeconds } from '../support/database.js';
import { signedIn } from '../support/person.js';
import { attemptId, heading, open, question } from '../support/runner.js';
import { story } from '../support/story.js';

/**
 * Keeps what the announcer says, in `window.said`.
 * @param {import('playwright-core').Page} page
 */
function listen(page) {
  return page.evaluate(() => {
    const said = /** @type {string[]} */ ([]);
    Object.assign(window, { said });
    const announcer = /** @type {Element} */ (document.querySelector('[role=status][aria-live=polite]'));
    new MutationObserver(() => announcer.textContent && said.push(announcer.textContent)).observe(announcer, {
      childList: true,
      characterData: true,
      subtree: true,
    });
  });
}

story(
  'the time is announced four times, and an exam that runs out opens its report',
  async (context) => {
    const ada = await signedIn(context, 'ada');
    const attempt = await ada.start({ exam: 'kinds', mode: 'exam' });
    leaveSeconds(attempt, 620);
    const page = await context.newPage();
    await page.clock.install();
    await open(page, attempt);
    await listen(page);
    await page.getByRole('timer').getByText(/10:\d\d/).waitFor();
    // From here on, time passes only where this says so.
    await page.clock.pauseAt(await page.evaluate(() => Date.now() + 1000));
    assert.equal(await page.getByRole('timer').getAttribute('aria-live'), 'off');
    const said = () => page.evaluate(() => /** @type {any} */ (window).said);
    const texts = ['10 minutes left', '5 minutes left', '1 minute left', '30 seconds left'];
    for (const [index, seconds] of [25, 300, 240, 30].entries()) {
      await page.clock.fastForward(seconds * 1000);
      await page.clock.runFor(3000);
      await page.getByRole('status').filter({ hasText: texts[index] }).waitFor();
    }
    assert.deepEqual((await said()).filter((/** @type {string} */ text) => / left/.test(text)).length, 4);
    await page.getByText('Under 1 minute').first().waitFor();

    // Every response counts as the server has it; the page only says so.
    leaveSeconds({ id: attempt.id, deadline_at: (await ada.attempt(attempt.id)).deadline_at }, 0);
    await page.clock.fastForward(60_000);
    await heading(page, 'Exam report');
    assert.equal((await ada.get(`/attempts/${attempt.id}/report`)).ended_by, 'deadline');
  },
  // The time on the last question comes too late.
  { allows: [/status of 409/] },
);

story('a clock that is wrong by hours shows the time that is left', async (context) => {
  const ada = await signedIn(context, 'ada');
  const attempt = await ada.start({ exam: 'kinds', mode: 'exam' });
  const page = await context.newPage();
  await page.clock.setFixedTime(Date.now() - 5 * 3600 * 1000);
  await open(page, attempt);
  await page.getByRole('timer').getByText(/1:29:\d\d|1:30:00/).waitFor();
});

story('a device that slept while the page was shown asks the server for the time', async (context) => {
  const ada = await signedIn(context, 'ada');
  const attempt = await ada.start({ exam: 'kinds', mode: 'exam' });
  const page = await context.newPage();
  await open(page, attempt);
  await page.getByRole('timer').getByText(/1:29:\d\d|1:30:00/).waitFor();
  leaveSeconds(attempt, 600);
  // While a device sleeps, performance.now() stands still.
  await page.evaluate(() => {
    const awake = Date.now;
    Date.now = () => awake() + 4_800_000;
  });
  await page.getByRole('timer').getByText(/^(10:00|9:\d\d)$/).waitFor();
});

story('extra time is shown before the attempt begins', async (context) => {
  const ada = await signedIn(context, 'ada');
  extendTime(ada, 25);
  const page = await context.newPage();
  await page.goto('/#/exams/clf-c02/start?mode=exam');
  await heading(page, 'Start');
  await page.getByText('112 minutes: 90 and your extra time of 25%').waitFor();
  await page.getByRole('button', { name: 'Start exam' }).click();
  await question(page, 1, 65);
  await page.getByRole('timer').getByText(/1:52:[0-3]\d/).waitFor();
  const attempt = await ada.attempt(attemptId(page));
  assert.equal(Date.parse(attempt.deadline_at) - Date.parse(attempt.started_at), 112.5 * 60_000);
});
