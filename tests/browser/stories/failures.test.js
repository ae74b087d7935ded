// What the screens say when the server, or something before it, does not do what it was asked.

import assert from 'node:assert/strict';
import { signedIn } from '../support/person.js';
import { heading } from '../support/runner.js';
import { story } from '../support/story.js';

/** @typedef {import('playwright-core').Route} Route */

/**
 * @param {number} status
 * @param {string} type
 * @param {Record<string, string>} [headers]
 */
function problem(status, type, headers) {
  const body = { type: `urn:tripos:problem:${type}`, title: 'A title', status, detail: 'what the server says', request_id: '0198-seven' };
  return { status, contentType: 'application/problem+json', headers, body: JSON.stringify(body) };
}

/** @type {[screen: string, path: string, request: string, reply: any, words: RegExp][]} */
const FAILURES = [
  ['Exams', '/#/exams', '**/api/v1/exams', problem(503, 'overloaded', { 'retry-after': '60' }), /The server is busy.\s+You can try again in (60|5\d)\ss\./],
  ['History', '/#/history', '**/api/v1/me/activity?*', { status: 502, contentType: 'text/html', body: '<h1>Bad gateway</h1>' }, /Something between you and the server answered instead \(502\)/],
  ['CLF-C02', '/#/exams/clf-c02', '**/api/v1/me/readiness?*', problem(500, 'internal'), /Give this id to the people who run the server: 0198-seven/],
  ['CLF-C02', '/#/exams/clf-c02', '**/api/v1/me/reviews?*', problem(429, 'rate-limited', { 'retry-after': '60' }), /Too many requests.\s+You can try again in (60|5\d)\ss\./],
  ['History', '/#/history', '**/api/v1/attempts?*', problem(418, 'teapot'), /A title: what the server says\./],
];

for (const [screen, path, request, reply, words] of FAILURES) {
  story(
    `${screen} shows ${words}, and continues once the request succeeds`,
    async (context) => {
      await signedIn(context, 'ada');
      const page = await context.newPage();
      await page.clock.install();
      await page.route(request, (/** @type {Route} */ route) => route.fulfill(reply));
      await page.goto(path);
      await heading(page, screen);
      const notice = page.locator('.notice').first();
      await notice.filter({ hasText: words }).waitFor();
      await page.unroute(request);
      await page.clock.fastForward(61_000);
      await page.getByRole('button', { name: 'Try again', disabled: false }).click();
      await notice.waitFor({ state: 'detached' });
    },
    { allows: [/status of (418|429|500|502|503)/] },
  );
}

story(
  'without a connection, the screens show a message',
  async (context) => {
    await signedIn(context, 'ada');
    const page = await context.newPage();
    await page.goto('/#/exams');
    await page.getByRole('region', { name: 'AWS Certified Cloud Practitioner' }).waitFor();
    await page.route('**/api/v1/**', (route) => route.abort('connectionfailed'));
    await page.getByRole('link', { name: 'History' }).click();
    await heading(page, 'History');
    await page.getByText('The server cannot be reached.').first().waitFor();
    const again = page.getByRole('button', { name: 'Try again' });
    await again.waitFor();
    await page.unroute('**/api/v1/**');
    await again.click();
    await page.getByText('Nothing here yet.').waitFor();
  },
  { allows: [/ERR_CONNECTION_FAILED/] },
);

story(
  'an unknown exam shows a message',
  async (context) => {
    await signedIn(context, 'ada');
    const page = await context.newPage();
    await page.goto('/#/exams/none-such');
    await page.getByText('There is no such exam, or it is not published.').first().waitFor();
    await page.getByRole('link', { name: 'Go to exams' }).click();
    await heading(page, 'Exams');
  },
  { allows: [/status of 404/] },
);

story(
  'if nothing is due, a review is refused, and the next day is shown',
  async (context) => {
    const ada = await signedIn(context, 'ada');
    const practice = await ada.start({ exam: 'clf-c02', mode: 'practice', size: 2, feedback: 'deferred' });
    await ada.respondToAll(practice);
    await ada.post(`/attempts/${practice.id}/submit`);
    const page = await context.newPage();
    await page.route('**/api/v1/me/reviews?*', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...(await answer.json()), due_count: 2 } });
    });
    await page.goto('/#/exams/clf-c02');
    await page.getByRole('button', { name: 'Review 2 due' }).click();
    await page.getByText('Nothing is due.').first().waitFor();
    await page.getByText(/The next review is on \w+day, /).first().waitFor();
    assert.equal((await ada.get('/attempts')).items.length, 1);
  },
  { allows: [/status of 409/] },
);
