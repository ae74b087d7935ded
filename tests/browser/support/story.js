// A story has a browser context of its own, and fails on whatever the browser complains of while it is told.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { chromium } from 'playwright-core';
import { CHROMIUM, SERVER } from './world.js';

/** @type {Promise<import('playwright-core').Browser> | undefined} */
let launched;

/** The browser of this file. */
export function browser() {
  launched ??= chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  return launched;
}

after(async () => {
  await (await launched)?.close();
});

/** What a page is told before anyone has signed in, which the browser logs as an error. */
const SIGNED_OUT = /status of 401/;

/**
 * Tells a story in a context of its own.
 * @param {string} name
 * @param {(context: import('playwright-core').BrowserContext) => Promise<void>} tell
 * @param {{ allows?: RegExp[], context?: import('playwright-core').BrowserContextOptions }} [options] `allows`: complaints
 *   of the browser that belong to the story
 */
export function story(name, tell, { allows = [], context: options } = {}) {
  test(name, async () => {
    const context = await (await browser()).newContext({
      baseURL: SERVER,
      locale: 'en-US',
      timezoneId: 'Europe/Vienna',
      viewport: { width: 1280, height: 860 },
      ...options,
    });
    const complaints = watch(context, options?.baseURL ?? SERVER, allows);
    try {
      await tell(context);
    } catch (error) {
      for (const complaint of complaints) console.log(complaint);
      throw error;
    } finally {
      await context.close();
    }
    assert.deepEqual(complaints, []);
  });
}

/**
 * Collects errors and warnings of the console, scripts that fail, violations of the policy, and requests to other hosts.
 * @param {import('playwright-core').BrowserContext} context
 * @param {string} server
 * @param {RegExp[]} allows
 */
function watch(context, server, allows) {
  /** @type {string[]} */
  const complaints = [];
  context.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== server && protocol !== 'blob:') complaints.push(`a request to ${request.url()}`);
  });
  context.on('console', (message) => {
    const text = `${message.text()} (${message.location().url})`;
    const isExpected = SIGNED_OUT.test(text) && /\/api\/v1\/me$/.test(message.location().url);
    if (!['error', 'warning'].includes(message.type()) || isExpected) return;
    if (!allows.some((pattern) => pattern.test(text))) complaints.push(text);
  });
  context.on('weberror', (error) => complaints.push(String(error.error().stack)));
  return complaints;
}
