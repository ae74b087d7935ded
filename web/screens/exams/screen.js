// All exams with one's own state; what is in progress comes first.

import { ProblemNotice } from '../../components/problem.js';
import { Skeleton } from '../../components/skeleton.js';
import { number, t, time } from '../../messages/index.js';
import { useTitle } from '../../state/title.js';
import { html, useEffect, useState } from '../../view.js';
import { loadList } from './data.js';
import { Exam } from './exam.js';

export default function Screen() {
  useTitle(t('progress.exams'));
  const [data, setData] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const load = async () => {
    setProblem(null);
    try {
      setData(await loadList());
    } catch (error) {
      if (/** @type {any} */ (error)?.kind === undefined) throw error;
      setProblem(error);
    }
  };
  useEffect(() => void load(), []);
  return html`
    <h1 tabindex="-1">${t('progress.exams')}</h1>
    ${problem && html`<${ProblemNotice} problem=${problem} retry=${load} />`}
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
  const name = exams.find(({ code }) => code === attempt.exam)?.name ?? attempt.exam.toUpperCase();
  const facts = [t('progress.answered_of', { n: number(attempt.answered), of: number(attempt.slot_count) })];
  if (attempt.deadline_at) facts.push(t('progress.ends_at', { time: time(attempt.deadline_at) }));
  return html`
    <div class="open-attempt">
      <div>
        <p class="hint">${t('progress.in_progress')}</p>
        <p><strong><span dir="auto">${name}</span>, ${t(`progress.mode_${attempt.mode}`)}</strong></p>
        <p class="hint">${facts.join(' · ')}</p>
      </div>
      <a class="button primary" href=${`#/attempts/${attempt.id}`}>${t(`progress.resume_${attempt.mode}`)}</a>
    </div>
  `;
}
