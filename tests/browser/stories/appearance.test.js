// What the page looks like: themes, sizes, texts that are hard to show, and a browser without JavaScript.

import assert from 'node:assert/strict';
import { signedIn } from '../support/person.js';
import { heading, open, question } from '../support/runner.js';
import { story } from '../support/story.js';

/** @param {import('playwright-core').Page} page */
const background = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
const [LIGHT, DARK] = ['rgb(255, 255, 255)', 'rgb(18, 21, 26)'];

story('dark mode follows the system, and a choice stays', async (context) => {
  await signedIn(context, 'ada');
  const page = await context.newPage();
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto('/#/exams');
  await heading(page, 'Exams');
  assert.equal(await background(page), DARK);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.waitForFunction((light) => getComputedStyle(document.body).backgroundColor === light, LIGHT);
  await page.getByRole('button', { name: 'Display' }).click();
  await page.getByRole('radio', { name: 'Dark' }).check();
  await page.waitForFunction((dark) => getComputedStyle(document.body).backgroundColor === dark, DARK);
  await page.reload();
  await heading(page, 'Exams');
  assert.equal(await background(page), DARK);
});

story('the language of the page is a setting', async (context) => {
  await signedIn(context, 'ada');
  const page = await context.newPage();
  await page.goto('/#/exams');
  await heading(page, 'Exams');
  await page.getByRole('button', { name: 'Display' }).click();
  await page.getByLabel('Language').selectOption({ label: 'Deutsch' });
  await page.keyboard.press('Escape');
  await heading(page, 'Prüfungen');
  assert.equal(await page.locator('html').getAttribute('lang'), 'de');
});

story('texts that are hard to render are shown, and pictures of other sites are links', async (context) => {
  const ada = await signedIn(context, 'ada');
  const attempt = await ada.start({ exam: 'kinds', mode: 'exam' });
  const page = await context.newPage();
  await open(page, attempt);
  for (const { position, question: shown } of attempt.slots) {
    await question(page, position, 8);
    if (shown.stem.includes('pictures.example.org')) {
      await page.getByRole('link', { name: /a diagram/ }).waitFor();
      assert.equal(await page.locator('main img').count(), 0);
    }
    if (shown.stem.includes('```')) await page.locator('pre').getByText('arn:aws:s3').waitFor();
    if (shown.stem.includes('| Service')) await page.getByRole('columnheader', { name: 'Durability' }).waitFor();
    if (shown.stem.includes('الخدمة')) {
      const stem = page.getByText('ما هي الخدمة');
      assert.equal(await stem.evaluate((element) => getComputedStyle(element).direction), 'rtl');
    }
    if (position < 8) await page.keyboard.press('n');
  }
});

story(
  'without JavaScript, the page says what it needs and names the API',
  async (context) => {
    const page = await context.newPage();
    await page.goto('/');
    // Playwright's texts and roles pass over what is in a noscript.
    const said = page.locator('noscript');
    await said.locator('p').filter({ hasText: 'Tripos in the browser needs JavaScript' }).waitFor();
    await said.locator('a').click();
    await page.waitForURL('**/docs/');
  },
  { context: { javaScriptEnabled: false } },
);

story(
  'unknown URLs show a message',
  async (context) => {
    await signedIn(context, 'ada');
    const page = await context.newPage();
    await page.goto('/#/attempts/00000000-0000-4000-8000-000000000000');
    await page.getByText('There is no such attempt, or it is not yours').first().waitFor();
    await page.getByRole('link', { name: 'Go to exams' }).click();
    await heading(page, 'Exams');
  },
  { allows: [/status of 404/] },
);
