// A score on the exam's scale.

import { number, t } from '../messages/index.js';
import { html } from '../view.js';
import { Figure } from './figure.js';
import { anchor, linear, scoreTicks } from './geometry.js';

const PAD = 20;

/** @param {{ score: any, lead: any }} props the score of a report, and its words */
export function ScoreChart({ score, lead }) {
  const { scale_min: min, scale_max: max, pass_mark: pass, scaled_estimate: you } = score;
  const far = Math.abs(you - pass);
  const verdict = t(you >= pass ? 'progress.score_above' : 'progress.score_below', { far: number(far) });
  const sentence = t('progress.score_sentence', { you: number(you), min: number(min), max: number(max), pass: number(pass), verdict });
  /** @param {number} width */
  const draw = (width) => {
    const x = linear([min, max], [PAD, width - PAD]);
    const label = t('progress.pass_mark_label', { pass: number(pass) });
    return html`
      <text x=${x(you)} y="14" text-anchor=${anchor(x(you), width, 40)} class="strong">${t('progress.you', { score: number(you) })}</text>
      <path d=${`M${x(you) - 6} 20h12l-6 8z`} class="fill-text" />
      <rect x=${x(min)} y="32" width=${x(max) - x(min)} height="10" class="track" />
      <rect x=${x(pass)} y="32" width=${x(max) - x(pass)} height="10" class="fill-chart" />
      <path d=${`M${x(pass)} 28v20`} class="line-text" />
      ${scoreTicks({ min, max, pass, width: width - 2 * PAD, space: 64, passSpace: label.length * 3.6 + 20 }).map(
        (tick) => html`
          <path key=${tick} d=${`M${x(tick)} 42v5`} class="line-grid" />
          <text x=${x(tick)} y="62" text-anchor="middle">${number(tick)}</text>
        `,
      )}
      <text x=${x(pass)} y="62" text-anchor=${anchor(x(pass), width, 48)} class="strong">${label}</text>
    `;
  };
  return html`
    <${Figure} id="score" title=${t('progress.score')} lead=${lead} sentence=${sentence} legend=${[]} height=${() => 70} draw=${draw}
      table=${{
        head: [t('progress.score'), t('progress.pass_mark'), t('progress.lowest'), t('progress.highest'), t('progress.points'), t('progress.share')],
        rows: [[number(you), number(pass), number(min), number(max), t('progress.of', { n: number(score.raw), of: number(score.possible) }), t('progress.percent', { n: number(score.percent) })]],
      }} />
  `;
}
