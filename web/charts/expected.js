// The expected score by week. Only the latest one has an interval; earlier weeks have only a mean.

import { date, number, t } from '../messages/index.js';
import { html } from '../view.js';
import { chance } from './chance.js';
import { Figure } from './figure.js';
import { columnLabels, hundreds, linear, ticks } from './geometry.js';

const [TOP, FOOT, LEFT] = [16, 200, 48];

/** @param {{ readiness: any, scale: { min: number, max: number } }} props with an expected score */
export function ExpectedChart({ readiness, scale }) {
  const { mean, low, high, pass_mark: pass } = readiness.expected_score;
  const points = [...readiness.history.map((/** @type {any} */ week) => ({ name: date(week.date, 'short'), mean: week.expected_score })), { name: t('progress.today'), mean }];
  const [from, to] = hundreds([low, high, pass, ...points.map((point) => point.mean)], [scale.min, scale.max]);
  const sentence = t('progress.expected_sentence', { mean: number(mean), low: number(low), high: number(high), pass: number(pass) });
  /** @param {number} width */
  const draw = (width) => {
    const y = linear([from, to], [FOOT, TOP]);
    const column = (width - LEFT - 56) / points.length;
    const labels = new Set(columnLabels(points.length, column, 48));
    const x = (/** @type {number} */ index) => LEFT + (index + 0.5) * column;
    const last = x(points.length - 1);
    return html`
      ${ticks(from, to, 7).map((tick) => html`
        <path key=${tick} d=${`M${LEFT} ${y(tick)}H${width}`} class="line-grid" />
        <text x=${LEFT - 8} y=${y(tick) + 4} text-anchor="end">${number(tick)}</text>
      `)}
      <path d=${`M${LEFT} ${y(pass)}H${width}`} class="line-dash" />
      <text x=${LEFT + 2} y=${y(pass) - 6} class="strong">${t('progress.pass_mark_label', { pass: number(pass) })}</text>
      <rect x=${last - 4} y=${y(high)} width="8" height=${y(low) - y(high)} class="fill-accent" />
      ${points.map((point, index) => html`
        <g key=${index}>
          <circle cx=${x(index)} cy=${y(point.mean)} r="5" class=${index === points.length - 1 ? 'dot-latest' : 'dot'} />
          ${labels.has(index + 1) && html`<text x=${x(index)} y=${FOOT + 20} text-anchor="middle">${point.name}</text>`}
        </g>
      `)}
      <text x=${last + 12} y=${y(mean) + 5} class="strong halo">${number(mean)}</text>
      ${y(mean) - y(high) > 14 && html`<text x=${last + 12} y=${y(high) + 4} class="halo">${number(high)}</text>`}
      ${y(low) - y(mean) > 14 && html`<text x=${last + 12} y=${y(low) + 4} class="halo">${number(low)}</text>`}
    `;
  };
  return html`
    <${Figure} id="expected" level=${3} title=${t('progress.expected')} sentence=${sentence} height=${() => FOOT + 32} draw=${draw}
      legend=${[{ mark: 'dot', text: t('progress.legend_expected') }, { mark: 'range', text: t('progress.legend_range') }]}
      table=${{
        head: ['week', 'chance', 'mean', 'low', 'high'].map((key) => t(`progress.${key}`)),
        rows: [
          ...readiness.history.map((/** @type {any} */ week) => [date(week.date, 'day'), chance(week.pass_probability), number(week.expected_score), '–', '–']),
          [t('progress.today'), chance(readiness.pass_probability), number(mean), number(low), number(high)],
        ],
      }} />
  `;
}
