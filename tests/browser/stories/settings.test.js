// The settings of an account, each tried against the server.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { PASSWORD, signedIn } from '../support/person.js';
import { heading } from '../support/runner.js';
import { story } from '../support/story.js';
import { SERVER } from '../support/world.js';

/** @param {import('playwright-core').BrowserContext} context */
async function account(context) {
  const page = await context.newPage();
  await page.goto('/#/account');
  await heading(page, 'Account');
  return page;
}

/** @param {string} email @param {string} password */
async function canSignIn(email, password) {
  const answer = await fetch(`${SERVER}/api/v1/sessions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  return answer.ok;
}

story(
  'changing a password requires the current one, and ends other sessions',
  async (context) => {
    const ada = await signedIn(context, 'ada');
    const page = await account(context);
    const section = page.getByRole('region', { name: 'Password' });
    const [before, next] = [section.getByLabel('Current password'), section.getByLabel('New password')];
    const save = section.getByRole('button', { name: 'Save' });
    await before.fill('not the password');
    await next.fill('short');
    await save.click();
    await section.getByText('This one has 5 characters').waitFor();
    await next.fill('another horse battery');
    await save.click();
    await section.getByText('This is not your password.').waitFor();
    await before.fill(PASSWORD);
    await save.click();
    await section.getByText('Saved.').waitFor();
    assert.deepEqual([await before.inputValue(), await next.inputValue()], ['', '']);
    assert.deepEqual([await canSignIn(ada.email, PASSWORD), await canSignIn(ada.email, 'another horse battery')], [false, true]);
    await assert.rejects(ada.get('/me'), /401/);
    await page.reload();
    await heading(page, 'Account');
  },
  { allows: [/status of (401|403|422)/] },
);

story('a time zone is stored, and that of the device is offered', async (context) => {
  const ada = await signedIn(context, 'ada');
  const page = await account(context);
  const section = page.getByRole('region', { name: 'Time zone' });
  await section.getByText('This device is in Europe/Vienna.').waitFor();
  await section.getByRole('button', { name: 'Use it' }).click();
  await section.getByRole('button', { name: 'Save' }).click();
  await section.getByText('Saved.').waitFor();
  assert.equal((await ada.get('/me')).time_zone, 'Europe/Vienna');
  await section.getByLabel('Time zone').selectOption('Asia/Tokyo');
  await section.getByRole('button', { name: 'Save' }).click();
  await section.getByText('Saved.').waitFor();
  assert.equal((await ada.get('/me/reviews?exam=clf-c02')).time_zone, 'Asia/Tokyo');
});

story('a token is shown once, works for a program, and is revoked', async (context) => {
  const ada = await signedIn(context, 'ada');
  const page = await account(context);
  const section = page.getByRole('region', { name: 'Sessions and tokens' });
  await section.getByText(/^This session/).waitFor();
  await section.getByLabel('Name of a new token').fill('My scripts');
  await section.getByLabel('Valid for').selectOption('30 days');
  await section.getByRole('button', { name: 'Create token' }).click();
  await section.getByText('Copy the token now. It is not shown again.').waitFor();
  const secret = (await section.locator('code').textContent()) ?? '';
  const asks = () => fetch(`${SERVER}/api/v1/me`, { headers: { Authorization: `Bearer ${secret}` } });
  assert.equal((await (await asks()).json()).email, ada.email);
  await page.reload();
  const revoke = section.getByRole('button', { name: 'Revoke My scripts' });
  await revoke.waitFor();
  assert.equal(await section.locator('code').count(), 0);
  await revoke.click();
  await revoke.waitFor({ state: 'detached' });
  assert.equal(await section.evaluate((element) => element.contains(document.activeElement)), true, 'the focus stays in the section');
  assert.equal((await asks()).status, 401);
});

story('an export has the account and its attempts', async (context) => {
  const ada = await signedIn(context, 'ada');
  const attempt = await ada.start({ exam: 'clf-c02', mode: 'practice', size: 3, feedback: 'deferred' });
  await ada.respondToAll(attempt);
  await ada.post(`/attempts/${attempt.id}/submit`);
  const page = await account(context);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download export' }).click();
  const file = await download;
  assert.equal(file.suggestedFilename(), 'tripos-export.json');
  const exported = JSON.parse(readFileSync(await file.path(), 'utf8'));
  assert.equal(JSON.stringify(exported).includes(ada.email), true);
  assert.deepEqual(exported.attempts.map((/** @type {any} */ { id }) => id), [attempt.id]);
});

story(
  'deleting an account requires its email address',
  async (context) => {
    const ada = await signedIn(context, 'ada');
    const page = await account(context);
    await page.getByRole('button', { name: 'Delete account' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete the account' });
    const typed = dialog.getByLabel('Type your email to confirm');
    await typed.fill('somebody@example.org');
    await dialog.getByRole('button', { name: 'Delete account' }).click();
    await dialog.getByText(`Type ${ada.email}.`).waitFor();
    assert.equal(await canSignIn(ada.email, PASSWORD), true);
    await typed.fill(ada.email);
    await dialog.getByRole('button', { name: 'Delete account' }).click();
    await heading(page, 'Sign in');
    assert.equal(await canSignIn(ada.email, PASSWORD), false);
  },
  { allows: [/status of 401/] },
);
