// Accounts: signing up and in, sessions that end, limits.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { PASSWORD, person, signedIn, signIn } from '../support/person.js';
import { allSaved, heading, next, open, question, respond } from '../support/runner.js';
import { story } from '../support/story.js';
import { STRICT_SERVER } from '../support/world.js';

/**
 * @param {import('playwright-core').Page | import('playwright-core').Locator} where
 * @param {string} email
 * @param {string} password
 */
async function enter(where, email, password) {
  await where.getByLabel('Email').fill(email);
  await where.getByLabel('Password').fill(password);
}

story(
  'somebody signs up, signs out, and in again',
  async (context) => {
    const email = `grace-${randomUUID()}@example.org`;
    const page = await context.newPage();
    await page.goto('/');
    await heading(page, 'Sign in');
    await page.getByRole('link', { name: 'Create an account' }).click();
    await heading(page, 'Create an account');
    await enter(page, 'grace', 'short');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByText('Two things to change').waitFor();
    await page.getByText('This one has 5 characters').waitFor();
    await enter(page, email, PASSWORD);
    await page.getByLabel(/^Name/).fill('Grace Hopper');
    await page.getByRole('button', { name: 'Create account' }).click();
    await heading(page, 'Exams');

    await page.getByRole('button', { name: 'Grace Hopper' }).click();
    await page.getByRole('button', { name: 'Sign out' }).or(page.getByRole('menuitem', { name: 'Sign out' })).click();
    await heading(page, 'Sign in');
    const kept = await page.evaluate(() => Object.keys(localStorage).filter((key) => /[0-9a-f]{8}-/.test(key)));
    assert.deepEqual(kept, []);

    await enter(page, email, 'wrong horse battery');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('This email and password do not match').first().waitFor();
    await enter(page, email, PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await heading(page, 'Exams');
  },
  { allows: [/status of 401/, /status of 422/] },
);

story(
  'a session that ends in the middle of an exam loses nothing',
  async (context) => {
    const ada = await signedIn(context, 'ada');
    const attempt = await ada.start({ exam: 'clf-c02', mode: 'exam' });
    const page = await context.newPage();
    await open(page, attempt);
    const given = [await respond(page, attempt.slots[0].question)];
    await allSaved(page);
    await ada.endOtherSessions();
    await next(page);
    await question(page, 2, 65);
    given.push(await respond(page, attempt.slots[1].question));
    await page.getByText('Nothing is lost: 1 response').first().waitFor();
    await page.getByRole('button', { name: 'Sign in' }).click();
    const dialog = page.getByRole('dialog', { name: 'Sign in to go on' });
    assert.equal(await dialog.getByLabel('Email').inputValue(), ada.email);
    await dialog.getByLabel('Password').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await allSaved(page);
    await question(page, 2, 65);
    const { slots } = await ada.attempt(attempt.id);
    assert.deepEqual(slots.slice(0, 2).map((/** @type {any} */ slot) => slot.response), given);
  },
  { allows: [/status of 401/] },
);

story(
  'responses of one account are not sent by another',
  async (context) => {
    const ada = await signedIn(context, 'ada');
    const eve = await person('eve');
    const attempt = await ada.start({ exam: 'long', mode: 'exam' });
    const page = await context.newPage();
    await open(page, attempt);
    await ada.endOtherSessions();
    const given = await respond(page, attempt.slots[0].question);
    await page.getByRole('button', { name: 'Sign in' }).click();
    const dialog = page.getByRole('dialog');
    await enter(dialog, eve.email, PASSWORD);
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('These responses belong to another account').first().waitFor();
    assert.equal((await context.request.get('/api/v1/me')).status(), 401, 'nobody is signed in by mistake');
    assert.equal((await ada.attempt(attempt.id)).slots[0].response, null);
    await enter(dialog, ada.email, PASSWORD);
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await allSaved(page);
    assert.deepEqual((await ada.attempt(attempt.id)).slots[0].response, given);
  },
  { allows: [/status of (401|404)/] },
);

story(
  'an exam asks for its account if somebody else signs in in another tab',
  async (context) => {
    const ada = await signedIn(context, 'ada');
    const eve = await person('eve');
    const attempt = await ada.start({ exam: 'long', mode: 'exam' });
    const page = await context.newPage();
    await open(page, attempt);
    await signIn(context, eve);
    const other = await context.newPage();
    await other.goto('/#/exams');
    await heading(other, 'Exams');
    await page.getByText('Sign in to go on.').first().waitFor();
    // What is chosen meanwhile waits, and nothing is sent for the other account.
    const given = [await respond(page, attempt.slots[0].question)];
    await next(page);
    await question(page, 2, 200);
    given.push(await respond(page, attempt.slots[1].question));
    await page.getByText('Nothing is lost: 2 responses').first().waitFor();
    await page.getByRole('button', { name: 'Sign in' }).click();
    const dialog = page.getByRole('dialog');
    assert.equal(await dialog.getByLabel('Email').inputValue(), ada.email);
    await dialog.getByLabel('Password').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await allSaved(page);
    const { slots } = await ada.attempt(attempt.id);
    assert.deepEqual(slots.slice(0, 2).map((/** @type {any} */ slot) => slot.response), given);
  },
  { allows: [/status of 404/] },
);

story(
  'after signing out in another tab, the exam of one account is not shown to the next',
  async (context) => {
    const ada = await signedIn(context, 'ada');
    const eve = await person('eve');
    const attempt = await ada.start({ exam: 'long', mode: 'exam' });
    const page = await context.newPage();
    await open(page, attempt);
    await respond(page, attempt.slots[0].question);
    await allSaved(page);
    const other = await context.newPage();
    await other.goto('/#/exams');
    await heading(other, 'Exams');
    await other.getByRole('button', { name: 'ada' }).click();
    await other.getByRole('button', { name: 'Sign out' }).or(other.getByRole('menuitem', { name: 'Sign out' })).click();
    await heading(other, 'Sign in');
    await enter(other, eve.email, PASSWORD);
    await other.getByRole('button', { name: 'Sign in' }).click();
    await heading(other, 'Exams');
    await page.getByText('There is no such attempt').first().waitFor();
    assert.equal(await page.getByText(attempt.slots[0].question.stem.slice(0, 40)).count(), 0);
    const { id } = await ada.get('/me');
    const kept = await page.evaluate((ada) => Object.keys(localStorage).filter((key) => key.includes(ada)), id);
    assert.deepEqual(kept, []);
  },
  { allows: [/status of (401|404)/] },
);

story(
  'a screen that could not be loaded before signing in is loaded after it',
  async (context) => {
    const ada = await person('ada');
    const page = await context.newPage();
    const screen = '**/screens/account/screen.js';
    await page.route(screen, (route) => route.abort());
    const failed = page.waitForEvent('requestfailed', (request) => request.url().endsWith('/screens/account/screen.js'));
    await page.goto('/#/account');
    await heading(page, 'Sign in');
    await failed;
    await page.unroute(screen);
    await enter(page, ada.email, PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await heading(page, 'Account');
  },
  { allows: [/status of 401/, /ERR_FAILED/] },
);

story(
  'after too many sign-ins, the page says when to try again; sign-up is not offered if it is closed',
  async (context) => {
    const ada = await person('ada');
    const page = await context.newPage();
    await page.clock.install();
    await page.goto('/');
    await heading(page, 'Sign in');
    assert.equal(await page.getByRole('link', { name: 'Create an account' }).count(), 0);
    await enter(page, ada.email, 'wrong horse battery');
    const limit = page.getByText('Too many sign-ins from this network').first();
    const refused = page.getByText('This email and password do not match').first();
    for (let tries = 0; tries < 2; tries += 1) {
      const answered = page.waitForResponse('**/api/v1/sessions');
      await page.getByRole('button', { name: 'Sign in' }).click();
      assert.equal((await answered).status(), 401);
      await refused.waitFor();
    }
    await page.getByRole('button', { name: 'Sign in' }).click();
    await limit.waitFor();
    await page.getByText(/You can try again in \d+\ss/).first().waitFor();
    await page.clock.fastForward(60_000);
    await limit.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Sign in', disabled: false }).waitFor();
  },
  { allows: [/status of (401|429)/], context: { baseURL: STRICT_SERVER } },
);

story('an account is changed: name, time zone, tokens, export', async (context) => {
  const ada = await signedIn(context, 'ada');
  const page = await context.newPage();
  await page.goto('/#/account');
  await heading(page, 'Account');
  const name = page.getByRole('region', { name: 'Name' });
  await name.getByLabel('Name').fill('Countess Lovelace');
  await name.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Countess Lovelace' }).waitFor();
  assert.equal((await ada.get('/me')).display_name, 'Countess Lovelace');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: /export/i }).click();
  const file = await (await download).path();
  assert.ok(file);
});
