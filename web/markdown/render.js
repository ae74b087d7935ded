// Texts of the bank as elements.

import { t } from '../messages/index.js';
import { html, useMemo } from '../view.js';
import { plainText, toHtml } from './html.js';

export { plainText };

/** @param {{ text: string, lang?: string, inline?: boolean }} props */
export function Markdown({ text, lang, inline = false }) {
  const words = { table: t('runner.table'), code: t('runner.code'), picture: t('runner.picture') };
  const content = useMemo(() => ({ __html: toHtml(text, inline, words) }), [text, inline, words.code]);
  return inline
    ? html`<span class="markdown" dir="auto" lang=${lang} dangerouslySetInnerHTML=${content}></span>`
    : html`<div class="markdown" dir="auto" lang=${lang} dangerouslySetInnerHTML=${content}></div>`;
}
