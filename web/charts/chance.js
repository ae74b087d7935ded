// A probability in words.

import { number, t } from '../messages/index.js';

/** The probability of passing in words: never 0 or 100. @param {number} share */
export function chance(share) {
  if (share < 0.01) return t('progress.under_one');
  return share > 0.99 ? t('progress.over_99') : t('progress.percent', { n: number(Math.round(share * 100)) });
}
