// States of screens that are reached by doing something: axe-core finds nothing, and nothing scrolls sideways, in both themes,
// in German, and with large text.

import { accessible, fits } from '../support/axe.js';
import { signedIn } from '../support/person.js';
import { heading } from '../support/runner.js';
import { prepare } from '../support/screens.js';
import { story } from '../support/story.js';
import { SCREENSHOTS } from '../support/world.js';

/** @typedef {import('playwright-core').Page} Page */

const EXAM = { exam: 'clf-c02', mode: 'exam' };
const KINDS = { exam: 'kinds', mode: 'exam' };

/** @param {Page} page @param {string} hash @param {string | RegExp} title */
async function go(page, hash, title) {
  await page.goto(`/${hash}`);
  await heading(page, title);
}

const LONG = 'Zertifizierungsprüfungsvorbereitungsgrundlagenkenntnisse und الحوسبة السحابية المتقدمة with a tail that goes on';

/** Gives exams and domains names that are as hard to show as names can be. @param {Page} page */
async function nameLong(page) {
  await page.route(/\/api\/v1\/(exams|me\/readiness|attempts\/[^/]+\/report)/, async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    for (const named of [...(body.items ?? []), ...(body.domains ?? []), body, body.exam ?? {}]) {
      if (named.name) named.name = `${LONG} ${named.code ?? named.number}`;
    }
    await route.fulfill({ response, json: body });
  });
}

/**
 * @typedef {{ name: string, wish?: object, finish?: boolean, practiced?: boolean, show(page: Page, world: any): Promise<void>,
 *   allows?: RegExp[] }} State
 * @type {State[]}
 */
const STATES = [
  {
    name: 'report, opened',
    wish: KINDS,
    finish: true,
    show: async (page, { attempt }) => {
      await go(page, `#/attempts/${attempt.id}/report`, 'Exam report');
      await page.getByRole('button', { name: 'All 8' }).click();
      for (const summary of await page.locator('summary').all()) await summary.click();
    },
  },
  {
    name: 'report, tables',
    wish: EXAM,
    finish: true,
    show: async (page, { attempt }) => {
      await go(page, `#/attempts/${attempt.id}/report`, 'Exam report');
      for (const name of ['Score', 'Domains', 'Time per question']) {
        await page.getByRole('figure', { name, exact: true }).getByRole('button', { name: 'Show as table' }).click();
      }
    },
  },
  {
    name: 'exam, with a plan that does not fit',
    practiced: true,
    show: async (page) => {
      await go(page, '#/exams/clf-c02', 'AWS Certified Cloud Practitioner');
      await page.getByRole('button', { name: 'Set exam date' }).click();
      await page.getByLabel('Exam date').fill(new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10));
      await page.getByLabel('Questions a day, at most').fill('3');
      await page.getByRole('button', { name: 'Save plan' }).click();
      await page.getByText(/do not fit at 3 a day/).waitFor();
    },
  },
  {
    name: 'exam, a plan with faults',
    show: async (page) => {
      await go(page, '#/exams/clf-c02', 'AWS Certified Cloud Practitioner');
      await page.getByRole('button', { name: 'Set exam date' }).click();
      await page.getByLabel('Questions a day, at most').fill('');
      await page.getByRole('button', { name: 'Save plan' }).click();
      await page.getByText('Enter a number from 1 to 1000.').waitFor();
    },
  },
  {
    name: 'account, a new token',
    show: async (page) => {
      await go(page, '#/account', 'Account');
      await page.getByLabel('Name of a new token').fill('A-name-without-a-space-that-is-as-long-as-names-may-be-and-has-to-be-broken-somewhere-on-a-small-screen');
      await page.getByRole('button', { name: 'Create token' }).click();
      await page.getByText('Copy the token now').first().waitFor();
    },
  },
  {
    name: 'account, to be deleted',
    show: async (page) => {
      await go(page, '#/account', 'Account');
      await page.getByRole('button', { name: 'Delete account' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete account' }).click();
      await page.getByText(/^Type ada-/).waitFor();
    },
  },
  {
    name: 'a problem',
    allows: [/status of 503/],
    show: async (page) => {
      await page.route('**/api/v1/exams', (route) => route.fulfill({ status: 503, contentType: 'text/html', body: '' }));
      await go(page, '#/exams', 'Exams');
      await page.getByRole('button', { name: 'Try again' }).waitFor();
    },
  },
  {
    name: 'exams, long names',
    show: async (page) => {
      await nameLong(page);
      await go(page, '#/exams', 'Exams');
      await page.getByRole('rowheader', { name: `1 ${LONG} 1` }).first().waitFor();
    },
  },
  {
    name: 'exam, long names',
    practiced: true,
    show: async (page) => {
      await nameLong(page);
      await go(page, '#/exams/clf-c02', new RegExp(LONG));
    },
  },
  {
    name: 'report, long names',
    wish: EXAM,
    finish: true,
    show: async (page, { attempt }) => {
      await nameLong(page);
      await go(page, `#/attempts/${attempt.id}/report`, 'Exam report');
      await page.getByText(LONG).first().waitFor();
    },
  },
  { name: 'nothing here', show: (page) => go(page, '#/nowhere', 'Nothing here') },
  {
    name: 'menu',
    show: async (page) => {
      await go(page, '#/history', 'History');
      await page.getByRole('button', { name: 'ada', exact: true }).click();
    },
  },
];

for (const state of STATES) {
  story(
    `${state.name}: accessible in both themes, with large text and in German, and fits`,
    async (context) => {
      const world = await prepare(await signedIn(context, 'ada'), /** @type {any} */ (state));
      const page = await context.newPage();
      await state.show(page, world);
      for (const width of [1280, 375]) {
        await page.setViewportSize({ width, height: 800 });
        for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
          await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
          const name = `${state.name}, ${width} px, ${colorScheme}`;
          if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true });
          await accessible(page, name);
        }
      }
      await page.setViewportSize({ width: 320, height: 800 });
      await fits(page, `${state.name}, 320 px`);
      await page.evaluate(() => {
        localStorage.setItem('tripos:settings', JSON.stringify({ textSize: 150, language: 'de' }));
        dispatchEvent(new StorageEvent('storage', { key: 'tripos:settings' }));
      });
      await page.setViewportSize({ width: 375, height: 800 });
      await fits(page, `${state.name}, large text`);
      await accessible(page, `${state.name}, large text`);
    },
    { allows: state.allows },
  );
}

// What every screen says in German, with text of 150 %, on a phone: no key without a text, nothing cut.
story('screens in German with large text have all their words, and fit', async (context) => {
  const ada = await signedIn(context, 'ada');
  const { attempt } = await prepare(ada, /** @type {any} */ ({ practiced: true, wish: EXAM, finish: true }));
  const page = await context.newPage();
  await page.setViewportSize({ width: 375, height: 800 });
  await go(page, '#/account', 'Account');
  await page.evaluate(() => localStorage.setItem('tripos:settings', JSON.stringify({ textSize: 150, language: 'de' })));
  await page.reload();
  for (const [hash, title] of [
    ['#/exams', 'Prüfungen'],
    ['#/exams/clf-c02', 'AWS Certified Cloud Practitioner'],
    ['#/exams/clf-c02/start?mode=practice', /./],
    [`#/attempts/${attempt.id}/report`, 'Prüfungsbericht'],
    ['#/history', 'Verlauf'],
    ['#/account', 'Konto'],
  ]) {
    await go(page, String(hash), title);
    await page.locator('.page-main > .skeleton').waitFor({ state: 'detached' });
    await page.locator('section, form').first().waitFor();
    const keys = (await page.locator('body').innerText()).match(/\b(shell|progress|runner)\.\w+/g);
    if (keys) throw new Error(`${hash}: ${keys}`);
    await fits(page, `${hash}, German, 150 %`);
    await accessible(page, `${hash}, German, 150 %`);
  }
});
