// What is due on each day, with the questions that a plan has for it.

import { date, number, t } from '../messages/index.js';
import { html } from '../view.js';
import { Figure, Hatch } from './figure.js';
import { columnLabels, linear, ticks } from './geometry.js';

const [TOP, FOOT, LEFT] = [28, 160, 40];

/** @param {{ reviews: any }} props the reply of the reviews */
export function ForecastChart({ reviews: { forecast: days, plan } }) {
  const limit = plan?.reviews_per_day ?? null;
  const most = Math.max(1, limit ?? 0, ...days.map((/** @type {any} */ day) => day.count));
  const total = days.reduce((/** @type {number} */ sum, /** @type {any} */ day) => sum + day.count, 0);
  const sentence = t('progress.forecast_sentence', { today: number(days[0]?.count ?? 0), total: number(total), count: number(days.length) });
  /** @param {number} width */
  const draw = (width) => {
    const right = plan ? width - 12 : width;
    const column = (right - LEFT) / Math.max(1, days.length);
    const y = linear([0, most], [FOOT, TOP]);
    const labels = new Set(columnLabels(days.length, column, 52));
    return html`
      <${Hatch} id="forecast-hatch" kind="hatch" />
      ${ticks(0, most, 4).map((tick) => html`
        <path key=${tick} d=${`M${LEFT} ${y(tick)}H${right}`} class="line-grid" />
        <text x=${LEFT - 8} y=${y(tick) + 4} text-anchor="end">${number(tick)}</text>
      `)}
      ${days.map((/** @type {any} */ day, /** @type {number} */ index) => {
        const x = LEFT + index * column + column * 0.1;
        const center = LEFT + (index + 0.5) * column;
        return html`
          <g key=${day.date}>
            <rect x=${x} y=${y(day.reviews)} width=${column * 0.8} height=${FOOT - y(day.reviews)} class="fill-chart" />
            ${day.new > 0 && html`<rect x=${x} y=${y(day.count)} width=${column * 0.8} height=${y(day.reviews) - y(day.count)} fill="url(#forecast-hatch)" class="edge-chart" />`}
            ${column >= 24 && day.count > 0 && html`<text x=${center} y=${y(day.count) - 5} text-anchor="middle" class=${index === 0 ? 'strong' : ''}>${number(day.count)}</text>`}
            ${labels.has(index + 1) && html`<text x=${center} y=${FOOT + 18} text-anchor="middle" class=${index === 0 ? 'strong' : ''}>${index === 0 ? t('progress.today') : date(day.date, 'short')}</text>`}
          </g>
        `;
      })}
      <path d=${`M${LEFT} ${FOOT}H${right}`} class="line-axis" />
      ${limit !== null && html`<path d=${`M${LEFT} ${y(limit)}H${right}`} class="line-dash" />
        <text x=${LEFT + 2} y=${y(limit) - 8} class="strong">${t('progress.your_limit', { n: limit })}</text>`}
      ${plan && html`<path d=${`M${right + 4} ${TOP - 12}V${FOOT}`} class="line-text" />
        <text x=${width} y=${FOOT + 34} text-anchor="end" class="strong">${t('progress.exam_on', { date: date(plan.exam_date, 'short') })}</text>`}
    `;
  };
  return html`
    <${Figure} id="forecast" level=${3} title=${t('progress.due_by_day')} sentence=${sentence} height=${() => FOOT + 42} draw=${draw}
      legend=${[{ mark: 'bar', text: t('progress.legend_reviews') }, ...(plan ? [{ mark: 'hatch', text: t('progress.legend_new') }] : [])]}
      table=${{
        head: ['date', 'reviews', 'new', 'over'].map((key) => t(`progress.${key}`)),
        rows: days.map((/** @type {any} */ day) => [date(day.date, 'day'), number(day.reviews), number(day.new), number(day.over_limit)]),
      }} />
  `;
}
