// An expected score, flat on the whole scale of its exam.

import { number, t } from '../messages/index.js';
import { html } from '../view.js';
import { linear } from './geometry.js';

const WIDTH = 240;
/** The approximate width of a character in the labels. */
const CHARACTER = 6.2;

/** @param {{ expected: { mean: number, low: number, high: number, pass_mark: number }, scale: { min: number, max: number } }} props */
export function FlatScore({ expected, scale }) {
  const x = linear([scale.min, scale.max], [1, WIDTH - 6]);
  const { mean, low, high, pass_mark: pass } = expected;
  const sentence = t('progress.expected_sentence', { mean: number(mean), low: number(low), high: number(high), pass: number(pass) });
  const label = t('progress.pass_mark_of', { pass: number(pass) });
  const half = (label.length * CHARACTER) / 2;
  const middle = Math.min(Math.max(x(pass), half), WIDTH - half);
  const isFree = (/** @type {number} */ end, /** @type {number} */ value) => Math.abs(end - middle) > half + String(value).length * CHARACTER + 6;
  return html`
    <svg class="flat" role="img" aria-label=${sentence} width=${WIDTH} height="38" viewBox=${`0 0 ${WIDTH} 38`}>
      <path d=${`M${x(scale.min)} 11H${x(scale.max)}`} class="line-axis" />
      <rect x=${x(low)} y="8" width=${x(high) - x(low)} height="6" class="fill-accent" />
      <path d=${`M${x(pass)} 2v18`} class="line-dash" />
      <circle cx=${x(mean)} cy="11" r="5" class="dot-latest" />
      ${isFree(0, scale.min) && html`<text x="0" y="34">${number(scale.min)}</text>`}
      <text x=${middle} y="34" text-anchor="middle">${label}</text>
      ${isFree(WIDTH, scale.max) && html`<text x=${WIDTH - 6} y="34" text-anchor="end">${number(scale.max)}</text>`}
    </svg>
  `;
}
