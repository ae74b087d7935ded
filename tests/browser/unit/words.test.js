// Words, numbers and dates of the page.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { date, duration, number, percent, pick, setLanguage, setTimeZone, t, time } from '../../../web/messages/index.js';

const WEB = new URL('../../../web/', import.meta.url);
/** @type {any} */
const page = globalThis;
page.document = { documentElement: {} };
Object.defineProperty(globalThis, 'navigator', { value: { languages: ['en-US', 'de-DE'] }, configurable: true });

test('the language is the chosen one, or the first available one of the browser', () => {
  assert.equal(pick('', ['fr', 'de-AT', 'en']), 'de-AT');
  assert.equal(pick('de', ['en-GB']), 'de');
  assert.equal(pick('en', ['de-AT', 'en-GB']), 'en-GB');
  assert.equal(pick('', ['fr']), 'en');
  assert.equal(pick('xx', []), 'en');
});

test('texts, plurals, numbers and dates follow the language', async () => {
  setTimeZone('Europe/Vienna');
  const late = '2026-03-08T23:30:00Z';
  await setLanguage('');
  assert.equal(t('shell.days', { n: 1 }), '1 day');
  assert.deepEqual([1200, 12_000].map((n) => t('shell.days', { n })), ['1200 days', '12,000 days']);
  assert.deepEqual([date(late, 'long'), date('2026-03-08', 'long'), date(late, 'day')], ['March 9, 2026', 'March 8, 2026', 'Mon, Mar 9']);
  assert.match(time('2026-03-08T15:05:00Z'), /^4:05\sPM$/);
  assert.deepEqual([number(1000), percent(0.725)], ['1000', '73%']);
  assert.deepEqual([41, 60, 4260, 7200].map(duration), ['41 sec', '1 min', '1 hr 11 min', '2 hr']);
  await setLanguage('de');
  assert.equal(page.document.documentElement.lang, 'de');
  assert.deepEqual([1200, 12_000].map((n) => t('shell.days', { n })), ['1200 Tage', '12.000 Tage']);
  assert.equal(date(late, 'long'), '9. März 2026');
  await setLanguage('en');
  assert.equal(t('shell.save'), 'Save');
});

test('for an unknown time zone, the device\'s is used', () => {
  setTimeZone('Nowhere/Atall');
  assert.ok(date('2026-03-08T12:00:00Z', 'long'));
});

/** @param {URL} folder @returns {[string, string][]} */
function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const url = new URL(entry.isDirectory() ? `${entry.name}/` : entry.name, folder);
    if (entry.isDirectory()) return ['vendor', 'messages'].includes(entry.name) ? [] : sources(url);
    return entry.name.endsWith('.js') ? [[url.pathname, readFileSync(url, 'utf8')]] : [];
  });
}

test('every text that is used is in the catalog', async () => {
  const parts = await Promise.all(['shell', 'runner', 'progress'].map((file) => import(new URL(`messages/en/${file}.js`, WEB).href)));
  const known = new Set(parts.flatMap((part) => Object.keys(part.default)));
  const asked = sources(WEB).flatMap(([path, text]) => [...text.matchAll(/'((?:shell|runner|progress)\.\w+)'/g)].map((found) => [path, found[1]]));
  assert.ok(asked.length > 100);
  assert.deepEqual(asked.filter(([, key]) => !known.has(key)), []);
});

test('there are no inline styles or scripts, which the policy of the pages forbids', () => {
  for (const [path, text] of sources(WEB)) {
    assert.doesNotMatch(text, /\sstyle=[$"']|\.style\.|setAttribute\('style'|\bnew Function\b|\beval\(/, path);
  }
});
