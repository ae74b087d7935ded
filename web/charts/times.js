// The time spent on each question, compared with the pace of the exam.

import { clockText } from '../components/time_left.js';
import { number, t } from '../messages/index.js';
import { html } from '../view.js';
import { Figure, Hatch } from './figure.js';
import { columnLabels, linear, median, timeBars, timeTicks } from './geometry.js';

const [HEIGHT, FOOT, TOP, LEFT] = [170, 140, 20, 48];

/**
 * @param {{ slots: { position: number, seconds_spent: number, mark: number, flagged: boolean, unsure: boolean }[], pace: number | null }} props
 *   `pace` in seconds a question, null where it is not known
 */
export function TimesChart({ slots, pace }) {
  const { top, bars } = timeBars(slots.map((slot) => slot.seconds_spent), pace);
  const middle = clockText(Math.round(median(slots.map((slot) => slot.seconds_spent)) ?? 0));
  const longest = slots.reduce((a, b) => (b.seconds_spent > a.seconds_spent ? b : a), slots[0]);
  const sentence = [
    t('progress.times_sentence', { median: middle, longest: clockText(longest.seconds_spent), position: number(longest.position) }),
    pace ? t('progress.times_pace', { n: slots.filter((slot) => slot.seconds_spent > pace).length, pace: clockText(Math.round(pace)) }) : '',
  ].join(' ').trim();
  /** @param {number} width */
  const draw = (width) => {
    const right = width < 640 ? width : width - 84;
    const column = (right - LEFT) / slots.length;
    const gap = column > 5 ? Math.min(3, column / 4) : 0;
    const y = linear([0, top], [FOOT, TOP]);
    const labels = new Set(columnLabels(slots.length, column, 32));
    return html`
      <${Hatch} id="times-hatch" kind="hatch-wrong" />
      ${timeTicks(top).map(
        (tick) => html`
          <path key=${tick} d=${`M${LEFT} ${y(tick)}H${right}`} class="line-grid" />
          <text x=${LEFT - 8} y=${y(tick) + 4} text-anchor="end">${clockText(tick)}</text>
        `,
      )}
      ${slots.map((slot, index) => {
        const x = Math.round((LEFT + index * column + gap / 2) * 10) / 10;
        const isWrong = slot.mark < 1;
        const { value, isCut } = bars[index];
        const center = x + (column - gap) / 2;
        return html`
          <g key=${slot.position}>
            <rect x=${x} y=${y(value)} width=${Math.max(1, column - gap)} height=${FOOT - y(value)}
              fill=${isWrong ? 'url(#times-hatch)' : undefined} class=${isWrong ? 'edge-wrong' : 'fill-chart'} />
            ${isCut && html`<text x=${center} y=${TOP - 6} text-anchor="middle">${clockText(slot.seconds_spent)}</text>`}
            ${labels.has(index + 1) && html`<text x=${center} y=${FOOT + 18} text-anchor="middle">${number(slot.position)}</text>`}
          </g>
        `;
      })}
      <path d=${`M${LEFT} ${FOOT}H${right}`} class="line-axis" />
      ${pace &&
      html`<path d=${`M${LEFT} ${y(pace)}H${right}`} class="line-dash" />
        ${right < width &&
        html`<text x=${right + 8} y=${y(pace) - 2} class="strong">${t('progress.pace')}</text>
          <text x=${right + 8} y=${y(pace) + 13} class="strong">${clockText(Math.round(pace))}</text>`}`}
    `;
  };
  return html`
    <${Figure} id="times" title=${t('progress.times')} aside=${t('progress.median', { time: middle })} sentence=${sentence}
      height=${() => HEIGHT} draw=${draw}
      legend=${[
        { mark: 'bar', text: t('progress.legend_right') },
        { mark: 'hatch-wrong', text: t('progress.legend_wrong') },
        ...(pace ? [{ mark: 'dash', text: t('progress.legend_pace', { time: clockText(Math.round(pace)) }) }] : []),
      ]}
      table=${{
        head: ['question', 'time', 'mark', 'flagged', 'unsure'].map((key) => t(`progress.${key}`)),
        rows: slots.map((slot) => [
          number(slot.position), clockText(slot.seconds_spent), number(slot.mark),
          t(slot.flagged ? 'progress.yes' : 'progress.no'), t(slot.unsure ? 'progress.yes' : 'progress.no'),
        ]),
      }} />
  `;
}
