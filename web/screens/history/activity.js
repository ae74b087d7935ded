// A calendar of the days with answers.

import { Figure } from '../../charts/figure.js';
import { date, number, t } from '../../messages/index.js';
import { html } from '../../view.js';
import { calendar, level, today } from './calendar.js';

export const WEEKS = 52;
const CELL = 14;
const STEP = 18;
const TOP = 20;

/** @param {{ activity: any, now: number }} props */
export function Activity({ activity, now }) {
  const last = today(now, activity.time_zone);
  const answers = new Map(activity.days.map((/** @type {any} */ day) => [day.date, day.answers]));
  const { current, longest } = activity.streak;
  const sentence = t('shell.activity_sentence', { n: activity.days.length, weeks: WEEKS, current: number(current), longest: number(longest) });
  const draw = (/** @type {number} */ width) => {
    const weeks = calendar(last, Math.max(1, Math.min(WEEKS, Math.floor((width + STEP - CELL) / STEP))));
    return weeks.map((days, week) => {
      // A month is named above the week of its first day, if there is room.
      const begins = days.find((day) => day.endsWith('-01'));
      return html`
        ${begins && week < weeks.length - 1 && html`<text x=${week * STEP} y="12">${date(begins, 'month')}</text>`}
        ${days.map((day, row) => html`<rect key=${day} x=${week * STEP} y=${TOP + row * STEP} width=${CELL} height=${CELL} rx="3" class=${`day day-${level(answers.get(day) ?? 0)}`} />`)}
      `;
    });
  };
  return html`
    <${Figure} id="activity" title=${t('shell.activity')} aside=${current > 0 && t('shell.streak', { n: current })} sentence=${sentence}
      legend=${[{ mark: 'bar', text: t('shell.activity_legend') }]} height=${() => TOP + 7 * STEP} draw=${draw}
      table=${{
        head: [t('shell.date'), t('shell.answers'), t('shell.minutes')],
        rows: activity.days.toReversed().map((/** @type {any} */ day) => [date(day.date, 'long'), number(day.answers), number(day.minutes)]),
      }} />
  `;
}
