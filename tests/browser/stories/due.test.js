// What is due, the plan to an exam, and how ready somebody is.

import assert from 'node:assert/strict';
import { dayFromNow, passDays } from '../support/days.js';
import { signedIn } from '../support/person.js';
import { attemptId, heading, question } from '../support/runner.js';
import { story } from '../support/story.js';

const EXAM = 'AWS Certified Cloud Practitioner';

/**
 * Somebody who practiced so many questions some days ago.
 * @param {import('playwright-core').BrowserContext} context
 * @param {number} size
 * @param {number} days
 */
async function practiced(context, size, days) {
  const someone = await signedIn(context, 'ada');
  const practice = await someone.start({ exam: 'clf-c02', mode: 'practice', size, feedback: 'deferred' });
  await someone.respondToAll(practice);
  await someone.post(`/attempts/${practice.id}/submit`);
  passDays(someone, days);
  return someone;
}

story('due questions are reviewed, from the list of exams and from the exam', async (context) => {
  const ada = await practiced(context, 12, 40);
  const reviews = await ada.get('/me/reviews?exam=clf-c02');
  assert.equal(reviews.due_count, 12);
  const page = await context.newPage();
  await page.goto('/#/exams');
  const exam = page.getByRole('region', { name: EXAM });
  await exam.getByText('Due today').waitFor();
  await exam.getByRole('button', { name: 'Review 12 due' }).waitFor();
  await exam.getByRole('link', { name: 'Readiness and plan' }).click();
  await heading(page, EXAM);
  await page.getByText('For today: 12 reviews.').waitFor();
  const forecast = page.getByRole('figure', { name: /^Due by day/ });
  await forecast.getByRole('button', { name: 'Show as table' }).click();
  assert.equal(await forecast.locator('tbody tr').first().locator('td').first().textContent(), '12');
  await page.getByRole('button', { name: 'Review now' }).click();
  await question(page, 1, 12);
  const review = await ada.attempt(attemptId(page));
  assert.equal(review.mode, 'review');
  assert.deepEqual(
    review.slots.map((/** @type {any} */ slot) => slot.question.id),
    reviews.due.map((/** @type {any} */ due) => due.question_id),
  );
});

story(
  'an exam date creates a plan, which is changed if the work does not fit, and removed',
  async (context) => {
    const ada = await practiced(context, 12, 2);
    const page = await context.newPage();
    await page.goto('/#/exams/clf-c02');
    await heading(page, EXAM);
    await page.getByText('Set your exam date, and reviews are spread over the days until then.').waitFor();
    await page.getByRole('button', { name: 'Set exam date' }).click();

    // Errors are shown at their fields.
    const day = page.getByLabel('Exam date');
    const most = page.getByLabel('Questions a day, at most');
    await page.getByRole('button', { name: 'Save plan' }).click();
    await page.getByText('Enter the date of your exam, from tomorrow').waitFor();
    assert.equal(await day.getAttribute('aria-invalid'), 'true');
    await day.fill(dayFromNow(-3));
    await most.fill('2000');
    await page.getByRole('button', { name: 'Save plan' }).click();
    await page.waitForFunction(() => document.querySelectorAll('[aria-invalid]').length === 2);
    for (const field of [day, most]) {
      const described = (await field.getAttribute('aria-describedby')) ?? '';
      const told = await page.locator(`[id="${described.split(' ').at(-1)}"]`).textContent();
      assert.ok(told && told.length > 10, String(told));
    }
    await day.fill(dayFromNow(21));
    await most.fill('5');
    await page.getByLabel('Remembered on exam day').selectOption('90%');
    await page.getByRole('button', { name: 'Save plan' }).click();
    await heading(page, EXAM);
    await page.getByRole('heading', { name: /^Plan to/ }).waitFor();
    assert.match((await page.evaluate(() => document.activeElement?.id)) ?? '', /plan-title/, 'the focus stays with the plan');
    const plan = await ada.get('/me/plans/clf-c02');
    assert.deepEqual([plan.reviews_per_day, plan.exam_day_retention, plan.fits], [5, 0.9, false]);

    // What does not fit, and what would.
    const left = plan.left_out.new + plan.left_out.reviews;
    await page.getByText(`${left} questions do not fit at 5 a day.`).waitFor();
    await page.getByRole('button', { name: `Change to ${plan.needed_per_day} a day` }).click();
    await page.getByText(/^Everything fits/).waitFor();
    assert.equal((await ada.get('/me/plans/clf-c02')).reviews_per_day, plan.needed_per_day);
    await page.getByRole('figure', { name: /^Due by day/ }).getByText(`your limit, ${plan.needed_per_day} a day`).waitFor();

    await page.goto('/#/exams');
    const exam = page.getByRole('region', { name: EXAM });
    await exam.getByText(/^2[01] days$/).waitFor();
    await page.goto('/#/exams/clf-c02');
    await page.getByRole('button', { name: 'Change plan' }).click();
    await page.getByRole('button', { name: 'Remove plan' }).click();
    await page.getByRole('button', { name: 'Set exam date' }).waitFor();
  },
  { allows: [/status of 422/, /\/me\/plans\//] },
);

story('readiness shows the probability, its evidence, and what to practice next', async (context) => {
  const ada = await practiced(context, 40, 9);
  const page = await context.newPage();
  await page.goto('/#/exams/clf-c02');
  await heading(page, EXAM);
  const readiness = await ada.get('/me/readiness?exam=clf-c02');
  const region = page.getByRole('region', { name: 'Readiness' });
  await region.getByText('chance of passing an exam drawn today.').waitFor();
  await region.getByText(`You would score about ${readiness.expected_score.mean}`).waitFor();
  await region.getByText('Based on 40 questions').waitFor();
  const trend = region.getByRole('figure', { name: 'Expected score, by week' });
  await trend.getByRole('img').waitFor();
  await trend.getByRole('button', { name: 'Show as table' }).click();
  assert.equal(await trend.locator('tbody tr').count(), readiness.history.length + 1);
  const [next] = readiness.practice_next;
  const { name } = readiness.domains.find((/** @type {any} */ domain) => domain.number === next.domain);
  await page.getByText(`Most to gain: ${name}.`).waitFor();
  await page.getByRole('link', { name: `Practice ${next.questions}`, exact: true }).click();
  await heading(page, 'Start');
  assert.match(page.url(), new RegExp(`pool=unanswered&domains=${next.domain}&size=${next.questions}`));
});

story('a learner without responses sees the blueprint and how to begin', async (context) => {
  await signedIn(context, 'grace');
  const page = await context.newPage();
  await page.goto('/#/exams');
  const exam = page.getByRole('region', { name: EXAM });
  await exam.getByText('You have not practiced this exam yet.').waitFor();
  await exam.getByRole('rowheader', { name: '3 Cloud Technology and Services' }).waitFor();
  await exam.getByRole('link', { name: 'Practice 10 questions' }).waitFor();
  await page.goto('/#/exams/clf-c02');
  await page.getByText('0 of the 20 responses that are needed').waitFor();
  await page.getByText('Nothing is due.').waitFor();
});
