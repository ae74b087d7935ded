#!/usr/bin/env node
// Measures the pages in Chromium, against a running server on this machine: `bench/browser.mjs http://127.0.0.1:8080`.
// The server needs the bundled bank, `SIGNUP=open` and no limits. Prints medians as JSON, with the targets. Its packages are
// those of tests/browser (`npm ci --prefix tests/browser`); CHROMIUM names another Chromium.

import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';

const { chromium } = createRequire(new URL('../tests/browser/', import.meta.url))('playwright-core');
const server = process.argv[2];
if (!server) throw new Error('usage: bench/browser.mjs URL');
const ROUNDS = 9;

const median = (figures) => figures.toSorted((one, other) => one - other)[Math.floor(figures.length / 2)];

/** Runs before the page: records when a screen first became usable. */
function watch() {
  const isUsable = () => document.querySelector('form button[type=submit], .exam-actions a, .exam-actions button');
  new MutationObserver((_, observer) => {
    if (!isUsable()) return;
    observer.disconnect();
    window.usable = performance.now();
  }).observe(document, { childList: true, subtree: true });
}

/** Opens a page with an empty cache. Returns the transferred bytes, and the ms until it was usable. */
async function open(context, path) {
  const page = await context.newPage();
  const wire = await context.newCDPSession(page);
  await wire.send('Network.enable');
  await wire.send('Network.setCacheDisabled', { cacheDisabled: true });
  let bytes = 0;
  wire.on('Network.loadingFinished', (event) => {
    bytes += event.encodedDataLength;
  });
  await page.addInitScript(watch);
  await page.goto(server + path, { waitUntil: 'networkidle' });
  const usable = await page.evaluate(() => window.usable);
  await page.close();
  return { bytes, usable };
}

/** The ms from pressing Next to the drawn question, for each question of an exam. */
async function nextQuestions(context, token) {
  const headers = { Authorization: `Bearer ${token}` };
  const begun = await context.request.post(`${server}/api/v1/attempts`, { headers, data: { exam: 'clf-c02', mode: 'exam' } });
  if (!begun.ok()) throw new Error(await begun.text());
  const { id, slots } = await begun.json();
  const page = await context.newPage();
  await page.goto(`${server}/#/attempts/${id}`);
  await page.getByRole('heading', { level: 1, name: /Question/ }).waitFor();
  const figures = [];
  for (let position = 1; position < slots.length; position += 1) {
    const took = page.evaluate(
      (wanted) =>
        new Promise((resolve) => {
          let began = 0;
          addEventListener('click', () => (began = performance.now()), { capture: true, once: true });
          const observer = new MutationObserver(() => {
            if (!document.querySelector('h1')?.textContent.startsWith(wanted)) return;
            observer.disconnect();
            // After the frame that shows it.
            requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
          });
          observer.observe(document.body, { childList: true, characterData: true, subtree: true });
        }),
      `Question ${position + 1} of`,
    );
    await page.getByRole('button', { name: 'Next', exact: true }).click();
    figures.push(await took);
  }
  return figures;
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1280, height: 860 } });
  const rounds = async (path) => {
    const all = [];
    for (let round = 0; round < ROUNDS; round += 1) all.push(await open(context, path));
    return { kib: +(median(all.map(({ bytes }) => bytes)) / 1024).toFixed(1), usable_ms: Math.round(median(all.map(({ usable }) => usable))) };
  };
  const signIn = await rounds('/#/sign-in');
  const [email, password] = [`bench-${randomUUID()}@example.org`, 'correct horse battery'];
  await context.request.post(`${server}/api/v1/users`, { data: { email, password } });
  const session = await context.request.post(`${server}/api/v1/sessions`, { data: { email, password } });
  const { token } = await session.json();
  const exams = await rounds('/#/exams');
  const next = await nextQuestions(context, token);
  const figures = { sign_in: signIn, exams, next_question_ms: +median(next).toFixed(1), slowest_next_question_ms: +Math.max(...next).toFixed(1) };
  console.log(JSON.stringify({ ...figures, targets: { kib: 120, usable_ms: 300, next_question_ms: 50 } }, null, 2));
} finally {
  await browser.close();
}
