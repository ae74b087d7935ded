// The document names every module of the first screen, so that the browser requests all of them at once.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { test } from 'node:test';

const WEB = new URL('../../../web/', import.meta.url);
const IMPORT = /^(?:import|export)\s(?:[^;]*?\sfrom\s+)?'(\.[^']+)'/gm;

/** The modules that these import, directly or not. @param {string[]} from */
function closure(from) {
  const found = new Set(from);
  for (const path of found) {
    for (const [, name] of readFileSync(new URL(path, WEB), 'utf8').matchAll(IMPORT)) {
      found.add(posix.join(posix.dirname(path), name));
    }
  }
  return found;
}

test('the document preloads the modules of the list of exams, and no others', () => {
  const document = readFileSync(new URL('index.html', WEB), 'utf8');
  const preloaded = [...document.matchAll(/<link rel="modulepreload" href="assets\/\{build\}\/([^"]+)">/g)].map(([, path]) => path);
  const needed = closure(['main.js', 'screens/exams/screen.js']);
  needed.delete('main.js');
  assert.deepEqual(preloaded.toSorted(), [...needed].sort());
});
