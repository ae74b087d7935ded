// The reviews that are due on each day, and the new questions of a plan.

import { date, number, t } from '../messages/index.js';
import { html } from '../view.js';
import { Figure, Hatch } from './figure.js';
import { dayLabels, linear, ticks } from './geometry.js';

const [TOP, FOOT, LEFT] = [44, 184, 40];
/** The width for the day of the exam at the right. */
const EXAM = 56;
/** Narrower columns have their sums only in the table. */
const ROOMY = 24;

/** @param {{ reviews: any }} props the reply of the reviews */
export function ForecastChart({ reviews: { forecast: days, plan } }) {
  const limit = plan?.reviews_per_day ?? null;
  const most = Math.max(1, ...days.map((/** @type {any} */ day) => day.count), limit ?? 0);
  const total = days.reduce((/** @type {number} */ sum, /** @type {any} */ day) => sum + day.count, 0);
  const sentence = t('progress.forecast_sentence', { today: number(days[0].count), total: number(total), n: days.length });
  const title = t('progress.due_by_day', { from: date(days[0].date, 'short'), to: date(days[days.length - 1].date, 'short') });
  /** @param {number} width */
  const draw = (width) => {
    const right = plan ? width - EXAM : width;
    const column = (right - LEFT) / days.length;
    const y = linear([0, most], [FOOT, TOP]);
    const labels = dayLabels(days.length, column);
    const isNumbered = labels.size === days.length;
    const limitLabel = limit === null ? '' : t('progress.your_limit', { n: limit });
    // If the sums of the first columns collide with the label of the limit, the label moves above them.
    const under = days.slice(0, Math.ceil((limitLabel.length * 7) / column));
    const isCrowded = limit !== null && column >= ROOMY && under.some((/** @type {any} */ day) => Math.abs(y(day.count) - y(limit)) < 18);
    return html`
      <${Hatch} id="forecast-hatch" kind="hatch" />
      ${ticks(0, most, 4).map((tick) => html`
        <path key=${tick} d=${`M${LEFT} ${y(tick)}H${right}`} class="line-grid" />
        <text x=${LEFT - 8} y=${y(tick) + 4} text-anchor="end">${number(tick)}</text>
      `)}
      ${days.map((/** @type {any} */ day, /** @type {number} */ index) => {
        const bar = { x: LEFT + index * column + column * 0.1, width: column * 0.8 };
        const center = LEFT + (index + 0.5) * column;
        const strength = index === 0 ? 'strong' : '';
        return html`
          <g key=${day.date}>
            <rect ...${bar} y=${y(day.reviews)} height=${FOOT - y(day.reviews)} class="fill-chart" />
            ${day.new > 0 && html`<rect ...${bar} y=${y(day.count)} height=${y(day.reviews) - y(day.count)} fill="url(#forecast-hatch)" class="edge-chart" />`}
            ${labels.has(index) && html`<text x=${center} y=${FOOT + 18} text-anchor="middle" class=${strength}>${date(day.date, isNumbered ? 'number' : 'short')}</text>`}
            ${labels.has(index) && (index === 0 || (isNumbered && index % 7 === 0)) &&
            html`<text x=${center} y=${FOOT + 35} text-anchor="middle">${index === 0 ? t('progress.today') : date(day.date, 'weekday')}</text>`}
          </g>
        `;
      })}
      <path d=${`M${LEFT} ${FOOT}H${right}`} class="line-axis" />
      ${limit !== null && html`<path d=${`M${LEFT} ${y(limit)}H${right}`} class="line-dash" />
        <text x=${LEFT + 4} y=${y(limit) - (isCrowded ? 24 : 7)} class="strong">${limitLabel}</text>`}
      ${column >= ROOMY &&
      days.map((/** @type {any} */ day, /** @type {number} */ index) => day.count > 0 &&
        html`<text key=${day.date} x=${LEFT + (index + 0.5) * column} y=${y(day.count) - 5} text-anchor="middle" class=${index === 0 ? 'halo strong' : 'halo'}>${number(day.count)}</text>`)}
      ${plan && html`<path d=${`M${right + 2} ${TOP - 20}V${FOOT}`} class="line-text" />
        <text x=${width} y=${FOOT + 18} text-anchor="end" class="strong">${date(plan.exam_date, 'short')}</text>
        <text x=${width} y=${FOOT + 35} text-anchor="end" class="strong">${t('progress.exam')}</text>`}
    `;
  };
  return html`
    <${Figure} id="forecast" level=${3} title=${title} sentence=${sentence} height=${() => FOOT + 42} draw=${draw}
      legend=${[{ mark: 'bar', text: t('progress.legend_reviews') }, ...(plan ? [{ mark: 'hatch', text: t('progress.legend_new') }] : [])]}
      table=${{
        head: ['date', 'reviews', 'new', 'over'].map((key) => t(`progress.${key}`)),
        rows: days.map((/** @type {any} */ day) => [date(day.date, 'day'), number(day.reviews), number(day.new), number(day.over_limit)]),
      }} />
  `;
}
