// The catalogs say the same in every language.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';

const MESSAGES = new URL('../../../web/messages/', import.meta.url);
const FILES = readdirSync(new URL('en/', MESSAGES));

/**
 * @param {string} language
 * @param {string} file
 * @returns {Promise<Record<string, string | Record<string, string>>>}
 */
async function catalog(language, file) {
  return (await import(new URL(`${language}/${file}`, MESSAGES).href)).default;
}

/**
 * The values that a message shows, such as `{n}`.
 * @param {string | Record<string, string>} message
 */
function values(message) {
  const texts = typeof message === 'string' ? [message] : Object.values(message);
  return [...new Set(texts.flatMap((text) => text.match(/\{\w+\}/g) ?? []))].sort();
}

for (const language of readdirSync(MESSAGES, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
  test(`the catalog of ${language.name} has the same keys and placeholders as English`, async () => {
    assert.deepEqual(readdirSync(new URL(`${language.name}/`, MESSAGES)), FILES);
    const plurals = new Intl.PluralRules(language.name).resolvedOptions().pluralCategories.slice().sort();
    for (const file of FILES) {
      const [english, other] = [await catalog('en', file), await catalog(language.name, file)];
      assert.deepEqual(Object.keys(other).sort(), Object.keys(english).sort(), file);
      for (const [key, message] of Object.entries(other)) {
        assert.deepEqual(values(message), values(english[key]), `${language.name}/${file} ${key}`);
        if (typeof message !== 'string') assert.deepEqual(Object.keys(message).sort(), plurals, key);
      }
    }
  });
}
