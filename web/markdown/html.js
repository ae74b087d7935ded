// Converts texts of the bank, which are Markdown without raw HTML, to HTML. Nothing in them runs, and nothing is
// loaded: pictures are shown as links, and links lead only to the web.

import markdownit from '../vendor/markdown-it.js';

const md = markdownit({ html: false, linkify: false, typographer: false });
const { escapeHtml } = md.utils;

/** @param {string} url */
md.validateLink = (url) => /^(https?:|mailto:)/i.test(url);

// Headings of a text are below the headings of its screen.
md.core.ruler.push('lower_headings', (state) => {
  for (const token of state.tokens) {
    if (token.type.startsWith('heading_')) token.tag = `h${Math.min(6, Number(token.tag.slice(1)) + 2)}`;
  }
});

/**
 * A block whose direction its own text decides.
 * @type {import('../vendor/markdown-it.js').Rule}
 */
const block = (tokens, index, options, _env, self) => {
  const token = tokens[index];
  // Alignment is a style attribute, which the page's policy forbids.
  const align = /^text-align:(\w+)$/.exec(token.attrGet('style') ?? '')?.[1];
  token.attrs = (token.attrs ?? []).filter(([attribute]) => attribute !== 'style');
  if (align) token.attrSet('class', `align-${align}`);
  token.attrSet('dir', 'auto');
  return self.renderToken(tokens, index, options);
};

/** @type {import('../vendor/markdown-it.js').Rule} */
const code = (tokens, index, _options, env) => {
  const { content } = tokens[index];
  const name = escapeHtml(env.words.code);
  return `<pre dir="ltr" tabindex="0" role="region" aria-label="${name}"><code>${escapeHtml(content)}</code></pre>`;
};

/** @type {Record<string, import('../vendor/markdown-it.js').Rule>} */
const rules = {
  paragraph_open: block,
  heading_open: block,
  list_item_open: block,
  th_open: block,
  td_open: block,
  blockquote_open: block,
  fence: code,
  code_block: code,
  code_inline: (tokens, index) => `<code dir="ltr">${escapeHtml(tokens[index].content)}</code>`,
  table_open: (_tokens, _index, _options, env) =>
    `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(env.words.table)}"><table>`,
  table_close: () => '</table></div>',
  link_open: (tokens, index, options, _env, self) => {
    tokens[index].attrSet('target', '_blank');
    tokens[index].attrSet('rel', 'noopener noreferrer');
    return self.renderToken(tokens, index, options);
  },
  image: (tokens, index, options, env, self) => {
    const token = tokens[index];
    const url = escapeHtml(token.attrGet('src') ?? '');
    const name = self.renderInlineAsText(token.children ?? [], options, env) || token.attrGet('src') || '';
    const label = escapeHtml(`${env.words.picture}: ${name}`);
    return `<a href="${url}" target="_blank" rel="noopener noreferrer">${label}</a>`;
  },
};
Object.assign(md.renderer.rules, rules);

/**
 * Names for tables, code and pictures.
 * @typedef {{ table: string, code: string, picture: string }} Words
 */

/**
 * The HTML of a text. With `inline`, a single paragraph has no element around it.
 * @param {string} text
 * @param {boolean} inline
 * @param {Words} words
 */
export function toHtml(text, inline, words) {
  const env = { words };
  const tokens = md.parse(text, env);
  const isLine = inline && tokens.length === 3 && tokens[0].type === 'paragraph_open';
  return md.renderer.render(isLine ? [tokens[1]] : tokens, md.options, env);
}

/**
 * A text without its formatting.
 * @param {string} text
 */
export function plainText(text) {
  /** @type {string[]} */
  const parts = [];
  for (const token of md.parse(text, {})) {
    if (token.type === 'fence' || token.type === 'code_block') parts.push(token.content);
    for (const child of token.children ?? []) {
      parts.push(child.type === 'softbreak' || child.type === 'hardbreak' ? ' ' : child.content);
    }
    if (token.block && token.nesting === -1) parts.push(' ');
  }
  return parts.join('').replace(/\s+/g, ' ').trim();
}
