// Every screen, how it is reached and what it shows then. `prepare` makes what a screen needs, through the API.

import { heading, question } from './runner.js';

/**
 * @typedef {import('playwright-core').Page} Page
 * @typedef {{ attempt?: any }} World
 * @typedef {{ name: string, signedOut?: boolean, wish?: object, finish?: boolean, practiced?: boolean,
 *   path(world: any): string, ready(page: Page, world: any): Promise<void> }} Screen
 */

/**
 * @param {import('./person.js').Person} someone
 * @param {Screen} screen
 * @returns {Promise<World>}
 */
export async function prepare(someone, { wish, finish, practiced }) {
  if (practiced) {
    const practice = await someone.start({ exam: 'clf-c02', mode: 'practice', size: 40, feedback: 'deferred' });
    await someone.respondToAll(practice);
    await someone.post(`/attempts/${practice.id}/submit`);
  }
  if (!wish) return {};
  const attempt = await someone.start(wish);
  if (finish) {
    await someone.respondToAll(attempt);
    await someone.respond(attempt.id, 1, null, { flagged: true, unsure: true });
    await someone.post(`/attempts/${attempt.id}/submit`);
  }
  return { attempt };
}

const EXAM = { exam: 'clf-c02', mode: 'exam' };

/**
 * @param {string} name
 * @param {object} wish
 * @param {(page: Page, attempt: any) => Promise<void>} [then]
 * @returns {Screen}
 */
function runner(name, wish, then = async () => {}) {
  return {
    name,
    wish,
    path: ({ attempt }) => `/#/attempts/${attempt.id}`,
    ready: async (page, { attempt }) => {
      await question(page, 1, attempt.slots.length);
      await then(page, attempt);
    },
  };
}

/**
 * @param {string} kind
 * @param {object} [more]
 */
function practice(kind, more) {
  return { exam: 'kinds', mode: 'practice', kinds: [kind], feedback: 'deferred', ...more };
}

/** @type {Screen[]} */
export const SCREENS = [
  { name: 'sign-in', signedOut: true, path: () => '/#/sign-in', ready: (page) => heading(page, 'Sign in') },
  {
    name: 'sign-up',
    signedOut: true,
    path: () => '/#/sign-up',
    ready: async (page) => {
      await heading(page, 'Create an account');
      await page.getByLabel('Password').fill('short');
      await page.getByRole('button', { name: 'Create account' }).click();
      await page.getByText('This one has 5 characters').waitFor();
    },
  },
  { name: 'exams, new', path: () => '/#/exams', ready: (page) => heading(page, 'Exams') },
  {
    name: 'exams',
    wish: { ...EXAM, exam: 'kinds' },
    practiced: true,
    path: () => '/#/exams',
    ready: async (page) => {
      await heading(page, 'Exams');
      await page.getByRole('link', { name: 'Resume exam' }).first().waitFor();
    },
  },
  { name: 'exam, new', path: () => '/#/exams/clf-c02', ready: (page) => heading(page, /AWS Certified Cloud Practitioner/) },
  {
    name: 'exam',
    practiced: true,
    path: () => '/#/exams/clf-c02',
    ready: async (page) => {
      await heading(page, /AWS Certified Cloud Practitioner/);
      await page.getByText('chance of passing an exam drawn today').waitFor();
    },
  },
  { name: 'start, exam', path: () => '/#/exams/clf-c02/start?mode=exam', ready: (page) => page.getByRole('button', { name: 'Start exam' }).waitFor() },
  {
    name: 'start, practice',
    practiced: true,
    path: () => '/#/exams/clf-c02/start?mode=practice',
    ready: async (page) => {
      await page.getByRole('button', { name: 'Start practice' }).waitFor();
      await page.getByText('More choices').click();
    },
  },
  runner('runner', EXAM, async (page) => {
    await page.locator('label:has(input)').first().click();
    await page.getByRole('button', { name: 'Strike out B' }).click();
    await page.getByRole('button', { name: 'Flag', exact: true }).click();
    await page.getByText('All saved', { exact: true }).waitFor();
  }),
  runner('runner, long', { exam: 'long', mode: 'exam' }),
  runner('runner, choose two', practice('multiple_response'), async (page) => {
    for (const index of [0, 1, 2]) await page.locator('label:has(input)').nth(index).click();
    await page.getByText('Clear one to choose another').first().waitFor();
  }),
  runner('runner, ordering', practice('ordering')),
  runner('runner, matching', practice('matching'), async (page) => {
    await page.getByRole('combobox').first().selectOption({ index: 1 });
  }),
  runner('runner, hard texts', { exam: 'kinds', mode: 'practice', domains: [1], feedback: 'deferred' }),
  ...['single_choice', 'multiple_response', 'ordering', 'matching'].map((kind) =>
    runner(`runner, feedback on ${kind}`, practice(kind, { feedback: 'immediate', size: 1 }), async (page) => {
      const order = page.getByRole('button', { name: 'Use this order as my response' });
      const selects = page.getByRole('combobox');
      if (kind === 'ordering') await order.click();
      else if (kind === 'matching') await selects.first().selectOption({ index: 1 });
      else await page.locator('label:has(input)').last().click();
      await page.getByRole('button', { name: 'Check response' }).click();
      await page.getByText(/^(Right|Wrong)\./).first().waitFor();
    }),
  ),
  runner('runner, keys', EXAM, async (page) => {
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
  }),
  runner('runner, list of questions', EXAM, async (page) => {
    await page.setViewportSize({ width: 375, height: 800 });
    await page.getByRole('button', { name: /1 of 65/ }).click();
    await page.getByRole('dialog').waitFor();
  }),
  {
    name: 'review',
    wish: EXAM,
    path: ({ attempt }) => `/#/attempts/${attempt.id}/review`,
    ready: (page) => heading(page, 'Review before you submit'),
  },
  {
    name: 'report',
    wish: EXAM,
    finish: true,
    path: ({ attempt }) => `/#/attempts/${attempt.id}/report`,
    ready: (page) => heading(page, 'Exam report'),
  },
  {
    name: 'report of all kinds',
    wish: { exam: 'kinds', mode: 'exam' },
    finish: true,
    path: ({ attempt }) => `/#/attempts/${attempt.id}/report`,
    ready: (page) => heading(page, 'Exam report'),
  },
  { name: 'history, new', path: () => '/#/history', ready: (page) => heading(page, 'History') },
  { name: 'history', wish: EXAM, finish: true, path: () => '/#/history', ready: (page) => heading(page, 'History') },
  { name: 'account', path: () => '/#/account', ready: (page) => heading(page, 'Account') },
  {
    name: 'display',
    path: () => '/#/exams',
    ready: async (page) => {
      await heading(page, 'Exams');
      await page.getByRole('button', { name: 'Display' }).click();
    },
  },
];
