// Browsers by the name that they give themselves.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceOf } from '../../../web/screens/account/device.js';

/** @type {[string, string, string][]} */
const NAMES = [
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36', 'Chrome', 'Linux'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0', 'Firefox', 'Windows'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15', 'Safari', 'Mac'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile', 'Safari', 'iPhone'],
  ['Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36', 'Chrome', 'Android'],
];

test('a session is named by its browser and its system', () => {
  for (const [name, browser, system] of NAMES) {
    assert.deepEqual(deviceOf(name), { browser, system });
  }
});

test('a User-Agent that is cut before the browser still names the system', () => {
  const name = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) V';
  assert.deepEqual(deviceOf(name), { browser: null, system: 'iPhone' });
});

test('the names of other programs are shown unchanged', () => {
  for (const name of ['curl/8.5.0', 'My scripts', '', 'Mozilla/5.0', 'Firefox on Windows']) assert.equal(deviceOf(name), null, name);
});
