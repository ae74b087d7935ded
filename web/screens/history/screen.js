// Finished attempts, and the days with answers.

import { serverNow } from '../../api/clock.js';
import { get } from '../../api/client.js';
import { Button } from '../../components/button.js';
import { ProblemNotice } from '../../components/problem.js';
import { Skeleton } from '../../components/skeleton.js';
import { date, duration, number, percent, t } from '../../messages/index.js';
import { useAction, useLoad } from '../../state/request.js';
import { useTitle } from '../../state/title.js';
import { html, useEffect, useState } from '../../view.js';
import { Activity, WEEKS } from './activity.js';

const PAGE = 50;
const DAYS = 7 * WEEKS;

export default function Screen() {
  useTitle(t('shell.history'));
  const { data, problem, reload } = useLoad(async () => {
    const [attempts, activity] = await Promise.all([get('/attempts', { limit: PAGE }), get('/me/activity', { days: DAYS })]);
    return { attempts: attempts.body, activity: activity.body };
  }, []);
  return html`
    <h1 tabindex="-1">${t('shell.history')}</h1>
    ${problem && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${!data && !problem && html`<${Skeleton} lines=${12} />`}
    ${data && html`<div class="activity"><${Activity} activity=${data.activity} now=${serverNow()} /></div><${Attempts} first=${data.attempts} />`}
  `;
}

/** @param {{ first: any }} props the first page */
function Attempts({ first }) {
  const [items, setItems] = useState(first.items);
  const [cursor, setCursor] = useState(first.next_cursor);
  useEffect(() => {
    setItems(first.items);
    setCursor(first.next_cursor);
  }, [first]);
  const { run, isBusy, problem } = useAction(async () => {
    const { body } = await get('/attempts', { limit: PAGE, cursor });
    setItems([...items, ...body.items]);
    setCursor(body.next_cursor);
  });
  const finished = items.filter((/** @type {any} */ attempt) => attempt.status !== 'in_progress');
  return html`
    <section class="part" aria-labelledby="finished">
      <h2 id="finished">${t('shell.finished')}</h2>
      ${finished.length === 0 && !cursor
        ? html`<p><strong>${t('shell.no_history')}</strong> ${t('shell.no_history_text')}</p>`
        : html`<${AttemptTable} attempts=${finished} />`}
      ${problem && html`<${ProblemNotice} problem=${problem} />`}
      ${cursor && html`<${Button} off=${isBusy} onClick=${() => void run()}>${t('shell.more')}<//>`}
    </section>
  `;
}

/** @param {any} attempt */
function resultOf({ status, percent: share, scaled_estimate: score, passed, slot_count: count }) {
  if (status === 'abandoned') return t('shell.abandoned');
  if (score !== null) return t(passed ? 'shell.passed' : 'shell.not_passed', { score: number(score) });
  return share === null ? '–' : t('shell.share_of', { share: percent(share / 100), n: count });
}

/** How long an attempt was open. After several days, this does not tell the time spent on it. @param {any} attempt */
function timeOf({ started_at: began, submitted_at: ended }) {
  const seconds = ended ? (Date.parse(ended) - Date.parse(began)) / 1000 : Infinity;
  return seconds < 86_400 ? duration(seconds) : '–';
}

/** @param {{ attempts: any[] }} props */
function AttemptTable({ attempts }) {
  return html`
    <div class="table-scroll" tabindex="0" role="group" aria-labelledby="finished">
      <table class="table">
        <thead>
          <tr>
            ${['date', 'exam', 'mode', 'result', 'time_taken'].map((key) => html`<th key=${key} scope="col">${t(`shell.${key}`)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${attempts.map((attempt) => html`<${AttemptRow} key=${attempt.id} attempt=${attempt} />`)}
        </tbody>
      </table>
    </div>
  `;
}

/** A day, with its year if it is not the current one. @param {string} instant */
function dayOf(instant) {
  return date(instant, instant.startsWith(`${new Date(serverNow()).getUTCFullYear()}`) ? 'short' : 'medium');
}

/** @param {{ attempt: any }} props */
function AttemptRow({ attempt }) {
  const { id, exam, mode, status, started_at: began, submitted_at: ended } = attempt;
  const day = dayOf(ended ?? began);
  return html`
    <tr>
      <th scope="row">
        ${status === 'submitted' ? html`<a href=${`#/attempts/${id}/report`} aria-label=${t('shell.open_report', { date: day })}>${day}</a>` : day}
      </th>
      <td>${exam.toUpperCase()}</td>
      <td>${t(`shell.mode_${mode}`)}</td>
      <td>${resultOf(attempt)}</td>
      <td>${timeOf(attempt)}</td>
    </tr>
  `;
}
