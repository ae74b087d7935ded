// All exams with the learner's state in each. Attempts in progress come first.

import { serverNow } from '../../api/clock.js';
import { ProblemNotice } from '../../components/problem.js';
import { Skeleton } from '../../components/skeleton.js';
import { duration, number, t, time } from '../../messages/index.js';
import { useLoad } from '../../state/request.js';
import { useTitle } from '../../state/title.js';
import { html, useEffect, useState } from '../../view.js';
import { loadList } from './data.js';
import { Exam } from './exam.js';

export default function Screen() {
  useTitle(t('progress.exams'));
  const { data, problem, reload } = useLoad(loadList, []);
  return html`
    <h1 tabindex="-1">${t('progress.exams')}</h1>
    ${problem && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${!data && !problem && html`<${Skeleton} lines=${8} />`}
    ${data?.exams.length === 0 && html`<p>${t('progress.no_exams')}</p>`}
    ${data?.attempts
      .filter((/** @type {any} */ attempt) => attempt.status === 'in_progress')
      .map((/** @type {any} */ attempt) => html`<${Open} key=${attempt.id} attempt=${attempt} exams=${data.exams} />`)}
    ${data?.exams.map((/** @type {any} */ summary) => html`<${Exam} key=${summary.code} summary=${summary} attempts=${data.attempts} />`)}
  `;
}

/** An attempt in progress. @param {{ attempt: any, exams: any[] }} props */
function Open({ attempt, exams }) {
  const left = useSecondsLeft(attempt.deadline_at);
  const name = exams.find(({ code }) => code === attempt.exam)?.name ?? attempt.exam.toUpperCase();
  const facts = [t('progress.answered_of', { n: number(attempt.answered), of: number(attempt.slot_count) })];
  if (attempt.deadline_at) facts.push(t('progress.ends_at', { time: time(attempt.deadline_at) }));
  return html`
    <section class="open-attempt" aria-labelledby=${`open-${attempt.id}`}>
      <div>
        <p class="open-kind">${t('progress.in_progress')}</p>
        <h2 id=${`open-${attempt.id}`}>${t(`progress.open_${attempt.mode}`, { name })}</h2>
        <p class="hint">${facts.join(' · ')}</p>
      </div>
      <div class="open-end">
        ${left !== null && html`<p>${left > 0 ? t('progress.time_left', { time: duration(left) }) : t('progress.time_up')}</p>`}
        <a class="button primary" href=${`#/attempts/${attempt.id}`}>${t(`progress.resume_${attempt.mode}`)}</a>
      </div>
    </section>
  `;
}

/** The time until a deadline, updated twice a minute; null without one. @param {string | null} deadline */
function useSecondsLeft(deadline) {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    if (!deadline) return undefined;
    const timer = setInterval(() => setNow(serverNow()), 30_000);
    return () => clearInterval(timer);
  }, [deadline]);
  return deadline ? Math.max(0, (Date.parse(deadline) - now) / 1000) : null;
}
