// What axe-core finds in a page.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * Holds a page to the rules of WCAG 2.2 A and AA, and to axe-core's best practices.
 * @param {import('playwright-core').Page} page
 * @param {string} where
 */
export async function accessible(page, where) {
  await page.evaluate(SOURCE);
  const violations = await page.evaluate(async () => {
    // @ts-ignore what was just evaluated
    const results = await window.axe.run(document, { resultTypes: ['violations'] });
    return results.violations.map((/** @type {any} */ { id, help, nodes }) => ({
      id,
      help,
      nodes: nodes.map((/** @type {any} */ node) => `${node.target}: ${node.failureSummary}`),
    }));
  });
  assert.deepEqual(violations, [], where);
}

/**
 * Holds a page to its width: it never scrolls sideways.
 * @param {import('playwright-core').Page} page
 * @param {string} where
 */
export async function fits(page, where) {
  const sizes = await page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    const wide = [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
      .map((element) => `${element.tagName.toLowerCase()}.${element.getAttribute('class')}`);
    return { clientWidth, scrollWidth, wide: scrollWidth > clientWidth ? wide.slice(0, 8) : [] };
  });
  assert.ok(sizes.scrollWidth <= sizes.clientWidth, `${where} scrolls sideways: ${JSON.stringify(sizes)}`);
}
