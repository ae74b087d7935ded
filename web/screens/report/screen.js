// What came of an attempt: score, domains, time, and every question with its key.

import { get } from '../../api/client.js';
import { DomainsChart } from '../../charts/domains.js';
import { ScoreChart } from '../../charts/score.js';
import { TimesChart } from '../../charts/times.js';
import { Icon } from '../../components/icons.js';
import { Notice } from '../../components/notice.js';
import { ProblemNotice } from '../../components/problem.js';
import { Skeleton } from '../../components/skeleton.js';
import { date, number, t } from '../../messages/index.js';
import { useTitle } from '../../state/title.js';
import { html, useEffect, useState } from '../../view.js';
import { sameForm } from './filters.js';
import { Slots } from './slots.js';

/** @param {{ params: { id: string } }} props */
export default function Screen({ params }) {
  const [data, setData] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const load = async () => {
    setProblem(null);
    try {
      const report = (await get(`/attempts/${params.id}/report`)).body;
      setData({ report, pace: await paceOf(report.exam.code) });
    } catch (error) {
      if (/** @type {any} */ (error)?.kind === undefined) throw error;
      setProblem(error);
    }
  };
  useEffect(() => {
    setData(null);
    void load();
  }, [params.id]);
  const report = data?.report;
  const title = t(report ? `progress.report_${report.mode}` : 'progress.report');
  useTitle(report ? `${title} · ${report.exam.code.toUpperCase()}` : title);
  return html`
    ${report &&
    html`<nav class="crumbs no-print" aria-label=${t('progress.crumbs')}>
      <a href="#/exams">${t('progress.exams')}</a> / <a href=${`#/exams/${report.exam.code}`}>${report.exam.code.toUpperCase()}</a> /${' '}
      <a href="#/history">${t('progress.history')}</a>
    </nav>`}
    <div class="title-row">
      <h1 tabindex="-1">${title}</h1>
      ${report && html`<a class="button no-print" href=${sameForm(report)}>${t('progress.same_form')}</a>`}
    </div>
    ${problem && html`<${ProblemNotice} problem=${problem} retry=${load} />`}
    ${!data && !problem && html`<${Skeleton} lines=${12} />`}
    ${data && html`<${Report} report=${report} pace=${data.pace} />`}
  `;
}

/** Seconds a question that the exam gives; null where it is no longer offered. @param {string} code */
async function paceOf(code) {
  try {
    const { duration_minutes: minutes, question_count: questions } = (await get(`/exams/${code}`)).body;
    return questions > 0 ? (minutes * 60) / questions : null;
  } catch (error) {
    if (/** @type {any} */ (error)?.status === 404) return null;
    throw error;
  }
}

/** @param {{ report: any, pace: number | null }} props */
function Report({ report, pace }) {
  const { score } = report;
  const isExam = report.mode === 'exam';
  const points = t('progress.points_of', { n: number(score.raw), of: number(score.possible), share: number(score.percent) });
  const facts = [
    report.exam.name,
    date(report.submitted_at, 'long'),
    t('progress.minutes_used', { n: Math.max(1, Math.round(report.seconds_used / 60)) }),
    t(report.ended_by === 'deadline' ? 'progress.ended_deadline' : 'progress.ended_learner'),
  ];
  return html`
    <p class="hint">${facts.join(' · ')}</p>
    ${isExam
      ? html`
          <p class="score">
            <span class="figure">${number(score.scaled_estimate)}</span>${' '}
            ${score.passed
              ? html`<span class="verdict correct"><${Icon} name="right" /> <span>${t('progress.passed')}</span></span>`
              : html`<span class="verdict"><span>${t('progress.not_passed')}</span></span> <span>${t('progress.below', { n: number(score.pass_mark - score.scaled_estimate) })}</span>`}${' '}
            <span class="hint">${t('progress.on_scale', { min: number(score.scale_min), max: number(score.scale_max) })} · ${points}</span>
          </p>
          <${ScoreChart} score=${score} />
          <p class="hint measure">${score.note}</p>
        `
      : html`<p class="score"><span class="figure">${t('progress.percent', { n: number(score.percent) })}</span> <span class="hint">${points}</span></p>`}
    ${report.notes.map((/** @type {string} */ note) => html`<${Notice} key=${note} kind="info">${note}<//>`)}
    ${report.domains.length > 0 &&
    html`<${DomainsChart} domains=${report.domains} scale=${score} byPoints=${score.scoring_policy === 'per_component'} />`}
    ${report.slots.length > 0 && html`<${TimesChart} slots=${report.slots} pace=${pace} />`}
    <${Slots} report=${report} />
  `;
}
