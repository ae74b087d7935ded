import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainText, toHtml } from '../../../web/markdown/html.js';

const words = { table: 'Table', code: 'Code', picture: 'Picture' };
const block = (text) => toHtml(text, false, words).trim();
const line = (text) => toHtml(text, true, words).trim();

test('raw HTML is text, and nothing carries a handler or a style', () => {
  assert.equal(block('<img src=x onerror=alert(1)>'), '<p dir="auto">&lt;img src=x onerror=alert(1)&gt;</p>');
  const table = block('| a | b |\n|--:|:-:|\n| 1 | <b> |');
  assert.equal(table.includes('style='), false);
  assert.match(table, /^<div class="scroll" tabindex="0" role="region" aria-label="Table"><table>/);
  assert.match(table, /<th class="align-right" dir="auto">a<\/th>/);
  assert.match(table, /<td class="align-center" dir="auto">&lt;b&gt;<\/td>/);
});

test('links lead to the web in a tab of their own; others stay text', () => {
  assert.equal(line('[S3](https://a.example/?x=1&y)'), '<a href="https://a.example/?x=1&amp;y" target="_blank" rel="noopener noreferrer">S3</a>');
  for (const url of ['javascript:alert(1)', 'data:text/html,x', '#/account', '/metrics', 'file:///etc/passwd', 'blob:x']) {
    assert.equal(line(`[x](${url})`).includes('<a'), false, url);
    assert.equal(line(`![x](${url})`).includes('<a'), false, url);
  }
});

test('a picture is a link, and is not loaded', () => {
  assert.equal(line('![A "plan"](https://a.example/p.png)'),
    '<a href="https://a.example/p.png" target="_blank" rel="noopener noreferrer">Picture: A &quot;plan&quot;</a>');
  assert.equal(line('![](https://a.example/p.png)').includes('Picture: https://a.example/p.png'), true);
});

test('code keeps its direction and can be scrolled by keyboard', () => {
  assert.equal(block('```json\n{"a": "<b>"}\n```'),
    '<pre dir="ltr" tabindex="0" role="region" aria-label="Code"><code>{&quot;a&quot;: &quot;&lt;b&gt;&quot;}\n</code></pre>');
  assert.equal(line('`a<b`'), '<code dir="ltr">a&lt;b</code>');
});

test('headings are below those of the screen, and each block has its own direction', () => {
  assert.match(block('# Title\n\nText'), /^<h3 dir="auto">Title<\/h3>\n<p dir="auto">Text<\/p>$/);
  assert.match(block('##### Deep'), /^<h6/);
  assert.match(block('- one\n- שתיים'), /<li dir="auto">שתיים<\/li>/);
});

test('a single paragraph is inline, several are blocks', () => {
  assert.equal(line('Use **S3**'), 'Use <strong>S3</strong>');
  assert.match(line('One\n\nTwo'), /^<p dir="auto">One<\/p>/);
  assert.equal(line(''), '');
});

test('plain text has the words and none of the marks', () => {
  assert.equal(plainText('# A `b`\n\nWhich *one*\nis [it](https://a.example)? ![pic](https://a.example/p)\n\n```\ncode\n```'),
    'A b Which one is it? pic code');
  assert.equal(plainText('| a | b |\n|---|---|\n| 1 | 2 |'), 'a b 1 2');
});
