// The way to the server: cut, slow to come back, answered by something else.

import assert from 'node:assert/strict';
import { leaveSeconds } from '../support/database.js';
import { signedIn } from '../support/person.js';
import { allSaved, answer, heading, next, open, question, respond } from '../support/runner.js';
import { story } from '../support/story.js';

const SLOTS = '**/api/v1/attempts/*/slots/*';

/**
 * Responds to questions, and goes to the one after them.
 * @param {import('playwright-core').Page} page
 * @param {any} attempt
 * @param {number[]} positions
 */
async function respondTo(page, attempt, positions) {
  const given = [];
  for (const position of positions) {
    await question(page, position, attempt.slots.length);
    given.push(await respond(page, attempt.slots[position - 1].question));
    await next(page);
  }
  return given;
}

/**
 * A problem as the server tells it.
 * @param {number} status
 * @param {string} type
 * @param {string} detail
 */
function problem(status, type, detail) {
  const body = { type: `urn:tripos:problem:${type}`, title: 'A title', status, detail, instance: '/', request_id: 'x' };
  return { status, contentType: 'application/problem+json', body: JSON.stringify(body) };
}

/** @param {any} attempt */
const responses = (attempt) => attempt.slots.map((/** @type {any} */ slot) => slot.response).filter(Boolean);

story(
  'nothing is lost when the connection is interrupted',
  async (context) => {
    const ada = await signedIn(context, 'ada');
    const attempt = await ada.start({ exam: 'clf-c02', mode: 'exam' });
    const page = await context.newPage();
    await open(page, attempt);
    const given = await respondTo(page, attempt, [1, 2]);
    await allSaved(page);
    await context.setOffline(true);
    await page.getByText('The server cannot be reached.').first().waitFor();
    given.push(...(await respondTo(page, attempt, [3, 4, 5])));
    await page.getByText('3 not sent', { exact: true }).waitFor();
    await page.getByText('Keep answering: 3 responses are kept on this device').first().waitFor();
    assert.equal(responses(await ada.attempt(attempt.id)).length, 2);
    await context.setOffline(false);
    await page.getByText('Back online. All 3 responses are sent.').first().waitFor();
    await allSaved(page);
    assert.deepEqual(responses(await ada.attempt(attempt.id)), given);
  },
  { allows: [/ERR_INTERNET_DISCONNECTED/] },
);

story(
  'unsent responses survive a reload',
  async (context) => {
    const ada = await signedIn(context, 'ada');
    const attempt = await ada.start({ exam: 'long', mode: 'exam' });
    const page = await context.newPage();
    await open(page, attempt);
    await page.route(SLOTS, (route) => route.abort('connectionrefused'));
    const given = await respondTo(page, attempt, [1, 2]);
    await page.getByText('2 not sent', { exact: true }).waitFor();
    page.on('dialog', (dialog) => dialog.accept());
    await page.reload();
    await page.getByText('2 not sent', { exact: true }).waitFor();
    await page.unroute(SLOTS);
    // They are tried again by themselves.
    await allSaved(page);
    assert.deepEqual(responses(await ada.attempt(attempt.id)), given);
  },
  { allows: [/ERR_CONNECTION_REFUSED/] },
);

story(
  'the review opens without a connection, and leads back',
  async (context) => {
    const ada = await signedIn(context, 'ada');
    const attempt = await ada.start({ exam: 'long', mode: 'exam' });
    const page = await context.newPage();
    await open(page, attempt);
    await context.setOffline(true);
    await page.getByText('The server cannot be reached.').first().waitFor();
    await page.keyboard.press('r');
    await heading(page, 'Review');
    await page.goBack();
    await respondTo(page, attempt, [1]);
    await context.setOffline(false);
    await allSaved(page);
    assert.equal(responses(await ada.attempt(attempt.id)).length, 1);
  },
  { allows: [/ERR_INTERNET_DISCONNECTED/] },
);

story(
  'if the time runs out offline, stored responses count, and the page lists the others',
  async (context) => {
    const ada = await signedIn(context, 'ada');
    const attempt = await ada.start({ exam: 'clf-c02', mode: 'exam' });
    const page = await context.newPage();
    await page.clock.install();
    await open(page, attempt);
    await respondTo(page, attempt, [1, 2]);
    await allSaved(page);
    await context.setOffline(true);
    await respondTo(page, attempt, [3, 4]);
    leaveSeconds(attempt, 0);
    await page.clock.fastForward(90 * 60 * 1000);
    await page.getByText('Time is up').first().waitFor();
    await context.setOffline(false);
    await page.getByText('2 responses had reached the server and are graded').first().waitFor();
    await page.getByText('were not received: 3, 4.').first().waitFor();
    await page.getByRole('link', { name: 'Open the report' }).or(page.getByRole('button', { name: 'Open the report' })).click();
    await heading(page, 'Exam report');
    const report = await ada.get(`/attempts/${attempt.id}/report`);
    assert.equal(report.ended_by, 'deadline');
    assert.equal(responses(report).length, 2);
    await page.getByRole('button', { name: 'Not answered 63' }).waitFor();
  },
  { allows: [/ERR_INTERNET_DISCONNECTED/, /status of 409/] },
);

story(
  'the error page of a proxy is not treated as a response of the server',
  async (context) => {
    const ada = await signedIn(context, 'ada');
    const attempt = await ada.start({ exam: 'long', mode: 'exam' });
    const page = await context.newPage();
    await open(page, attempt);
    for (const status of [502, 200]) {
      const html = { status, contentType: 'text/html', body: '<!doctype html><h1>Sign in to the guest network</h1>' };
      await page.route(SLOTS, (route) => route.fulfill(html));
      await respondTo(page, attempt, [status === 502 ? 1 : 2]);
      await page.getByText('Something between you and the server answered instead').first().waitFor();
      await page.getByText('1 not sent', { exact: true }).waitFor();
      await page.unroute(SLOTS);
      await allSaved(page);
    }
    assert.equal(responses(await ada.attempt(attempt.id)).length, 2);
  },
  { allows: [/status of 502/] },
);

story(
  'responses left from an earlier visit are sent, and rejected ones are reported',
  async (context) => {
    const ada = await signedIn(context, 'ada');
    const [taken, late] = [await ada.start({ exam: 'long', mode: 'exam' }), await ada.start({ exam: 'kinds', mode: 'exam' })];
    const page = await context.newPage();
    page.on('dialog', (dialog) => dialog.accept());
    await page.route(SLOTS, (route) => route.abort('connectionrefused'));
    for (const attempt of [taken, late]) {
      await open(page, attempt);
      await respond(page, attempt.slots[0].question);
      await page.getByText('1 not sent', { exact: true }).waitFor();
      await page.reload();
    }
    await ada.post(`/attempts/${late.id}/submit`);
    await page.goto('about:blank');
    await page.unroute(SLOTS);
    await page.goto('/#/exams');
    await page.getByText('1 response from an earlier visit arrived after its attempt had ended').first().waitFor();
    assert.equal(responses(await ada.attempt(taken.id)).length, 1);
    await page.getByRole('link', { name: 'Open the attempt' }).click();
    await page.getByRole('button', { name: 'Open the report' }).click();
    await heading(page, 'Exam report');
    const kept = await page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes(':outbox:')));
    assert.deepEqual(kept, []);
  },
  { allows: [/ERR_CONNECTION_REFUSED/, /status of 409/] },
);

story(
  'a rejected response is reported, and the stored one stays',
  async (context) => {
    const ada = await signedIn(context, 'ada');
    const attempt = await ada.start({ exam: 'long', mode: 'exam' });
    const page = await context.newPage();
    await open(page, attempt);
    await page.route(SLOTS, (route) => route.fulfill(problem(422, 'unprocessable', 'The answer does not belong to the question.')), { times: 1 });
    await answer(page, 1).click();
    await page.getByText('The response to question 1 was not accepted.').first().waitFor();
    await page.getByText('The answer does not belong to the question.').first().waitFor();
    await page.waitForFunction(() => document.querySelectorAll('input:checked').length === 0);
    await answer(page, 2).click();
    await allSaved(page);
    assert.equal(responses(await ada.attempt(attempt.id)).length, 1);
  },
  { allows: [/status of 422/] },
);

story(
  'after too many requests, the page waits as long as the server says',
  async (context) => {
    const ada = await signedIn(context, 'ada');
    const attempt = await ada.start({ exam: 'long', mode: 'exam' });
    const page = await context.newPage();
    await page.clock.install();
    await open(page, attempt);
    const later = new Date(Date.now() + 90_000).toUTCString();
    await page.route(SLOTS, (route) => route.fulfill({ ...problem(429, 'rate-limited', 'Later.'), headers: { 'Retry-After': later } }));
    await respondTo(page, attempt, [1, 2]);
    await page.getByText('2 not sent', { exact: true }).waitFor();
    await page.getByText('Too many requests.').first().waitFor();
    await page.getByText(/The next try is in (8|9)\d\ss/).first().waitFor();
    await page.unroute(SLOTS);
    await page.clock.fastForward(60_000);
    assert.equal(responses(await ada.attempt(attempt.id)).length, 0);
    await page.clock.fastForward(31_000);
    await allSaved(page);
    assert.equal(responses(await ada.attempt(attempt.id)).length, 2);
  },
  { allows: [/status of 429/] },
);

story(
  'a request to a busy server is repeated after its Retry-After',
  async (context) => {
    const ada = await signedIn(context, 'ada');
    const attempt = await ada.start({ exam: 'long', mode: 'exam' });
    const page = await context.newPage();
    await page.clock.install();
    await open(page, attempt);
    await page.route(SLOTS, (route) => route.fulfill({ ...problem(503, 'overloaded', 'Try again.'), headers: { 'Retry-After': '40' } }));
    await respondTo(page, attempt, [1]);
    await page.getByText('The server is busy').first().waitFor();
    await page.unroute(SLOTS);
    await page.clock.fastForward(30_000);
    assert.equal(responses(await ada.attempt(attempt.id)).length, 0);
    await page.clock.fastForward(11_000);
    await allSaved(page);
    assert.equal(responses(await ada.attempt(attempt.id)).length, 1);
  },
  { allows: [/status of 503/] },
);

story(
  'a learner can retry without waiting',
  async (context) => {
    const ada = await signedIn(context, 'ada');
    const attempt = await ada.start({ exam: 'long', mode: 'exam' });
    const page = await context.newPage();
    await open(page, attempt);
    await page.route(SLOTS, (route) => route.fulfill({ ...problem(503, 'overloaded', 'Try again.'), headers: { 'Retry-After': '300' } }));
    await respondTo(page, attempt, [1]);
    await page.getByText('The server is busy').first().waitFor();
    await page.unroute(SLOTS);
    await page.getByRole('button', { name: 'Try now' }).click();
    await allSaved(page);
    assert.equal(responses(await ada.attempt(attempt.id)).length, 1);
  },
  { allows: [/status of 503/] },
);
