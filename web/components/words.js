// Letters of answers and numbers in words.

import { number, t } from '../messages/index.js';

/** The letter of an answer. @param {number} index from 0 */
export function letter(index) {
  return index < 26 ? String.fromCharCode(65 + index) : number(index + 1);
}

/** A small number as a word. @param {number} n */
export function word(n) {
  return n >= 1 && n <= 10 ? t(`runner.word_${n}`) : number(n);
}

/** Why another answer cannot be chosen. @param {number} n how many are chosen */
export function refusal(n) {
  return `${t('runner.refused_title', { n })} ${t('runner.refused_text', { n })}`;
}
