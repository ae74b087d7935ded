// An expected score, flat on the whole scale of its exam.

import { number, t } from '../messages/index.js';
import { html } from '../view.js';
import { linear } from './geometry.js';

/** @param {{ expected: { mean: number, low: number, high: number, pass_mark: number }, scale: { min: number, max: number } }} props */
export function FlatScore({ expected, scale }) {
  const x = linear([scale.min, scale.max], [6, 234]);
  const { mean, low, high, pass_mark: pass } = expected;
  const sentence = t('progress.expected_sentence', { mean: number(mean), low: number(low), high: number(high), pass: number(pass) });
  return html`
    <svg class="flat" role="img" aria-label=${sentence} width="240" height="22" viewBox="0 0 240 22">
      <path d="M6 11H234" class="line-axis" />
      <rect x=${x(low)} y="8" width=${x(high) - x(low)} height="6" class="fill-accent" />
      <path d=${`M${x(pass)} 1v20`} class="line-dash" />
      <circle cx=${x(mean)} cy="11" r="5" class="dot-latest" />
    </svg>
  `;
}
