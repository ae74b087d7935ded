// Renders a JSON list of Markdown texts with several readers, all of which let raw HTML through, and reports every page
// that has more in it than Markdown can say: another element, another attribute, another kind of address.
//
//     node check.mjs TEXTS.json CMARK_GFM.json    (a list of texts; the same texts as rendered by cmark-gfm)
//
// Prints one JSON object: by reader, how many texts were rendered and which are unsafe.

import { readFileSync } from 'node:fs';
import { HtmlRenderer, Parser } from 'commonmark';
import MarkdownIt from 'markdown-it';
import { Marked } from 'marked';
import { Marked as Marked12 } from 'marked-12';
import { parseFragment } from 'parse5';
import rehypeRaw from 'rehype-raw';
import rehypeStringify from 'rehype-stringify';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import remarkRehype from 'remark-rehype';
import { unified } from 'unified';

const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
const texts = read(process.argv[2]);
const cmark = read(process.argv[3]);

const commonmark = new Parser();
const html = new HtmlRenderer({ safe: false });
const markdownIt = new MarkdownIt({ html: true, linkify: true, typographer: true });
const strict = new MarkdownIt('commonmark', { html: true });
const marked = new Marked({ gfm: true });
const marked12 = new Marked12({ gfm: true });
const breaks = new Marked({ gfm: true, breaks: true });
const remark = unified()
  .use(remarkParse)
  .use(remarkGfm)
  .use(remarkRehype, { allowDangerousHtml: true })
  .use(rehypeRaw)
  .use(rehypeStringify);

const readers = {
  'cmark-gfm': (_, index) => cmark[index],
  'commonmark.js': (text) => html.render(commonmark.parse(text)),
  'markdown-it': (text) => markdownIt.render(text),
  'markdown-it (commonmark)': (text) => strict.render(text),
  marked: (text) => marked.parse(text),
  'marked (breaks)': (text) => breaks.parse(text),
  'marked 12': (text) => marked12.parse(text),
  remark: (text) => String(remark.processSync(text)),
};

const ELEMENTS = new Set(
  ('p h1 h2 h3 h4 h5 h6 em strong del s code pre blockquote ul ol li table thead tbody tr th td a img br hr ' +
    'input sup section').split(' '),
);
const ATTRIBUTES = new Set(
  'href src alt class align style start type checked disabled data-footnotes data-footnote-ref aria-describedby id'.split(' '),
);
const SAFE = /^(https?:|mailto:|#)/i;

function fault(node) {
  if (node.tagName && !ELEMENTS.has(node.tagName)) return `<${node.tagName}>`;
  for (const { name, value } of node.attrs ?? []) {
    if (!ATTRIBUTES.has(name)) return `${node.tagName} ${name}=${value}`;
    if ((name === 'href' || name === 'src') && !SAFE.test(value)) return `${node.tagName} ${name}=${value}`;
    if (name === 'style' && !/^text-align: ?(left|right|center);?$/.test(value)) return `style=${value}`;
    if (node.tagName === 'input' && name === 'type' && value !== 'checkbox') return `input ${value}`;
  }
  if (node.nodeName === '#comment') return 'a comment';
  for (const child of node.childNodes ?? []) {
    const found = fault(child);
    if (found) return found;
  }
  return null;
}

const report = {};
for (const [name, render] of Object.entries(readers)) {
  const unsafe = [];
  texts.forEach((text, index) => {
    const found = fault(parseFragment(render(text, index)));
    if (found) unsafe.push({ text, found });
  });
  report[name] = { rendered: texts.length, unsafe: unsafe.length, examples: unsafe.slice(0, 5) };
}
console.log(JSON.stringify(report));
