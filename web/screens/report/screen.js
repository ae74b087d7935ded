// The result of an attempt: score, domains, time, and every question with its key.

import { get } from '../../api/client.js';
import { DomainsChart } from '../../charts/domains.js';
import { ScoreChart } from '../../charts/score.js';
import { TimesChart } from '../../charts/times.js';
import { Icon } from '../../components/icons.js';
import { Notice } from '../../components/notice.js';
import { ProblemNotice } from '../../components/problem.js';
import { Skeleton } from '../../components/skeleton.js';
import { date, number, t } from '../../messages/index.js';
import { useLoad } from '../../state/request.js';
import { useTitle } from '../../state/title.js';
import { html } from '../../view.js';
import { sameForm } from './filters.js';
import { Slots } from './slots.js';

/** @param {{ params: { id: string } }} props */
export default function Screen({ params }) {
  const { data, problem, reload } = useLoad(async () => {
    const report = (await get(`/attempts/${params.id}/report`)).body;
    return { report, offered: await offerOf(report.exam.code) };
  }, [params.id]);
  const report = data?.report;
  const title = t(report ? `progress.report_${report.mode}` : 'progress.report');
  const same = report && sameForm(report);
  useTitle(report ? `${title} · ${report.exam.code.toUpperCase()}` : title);
  return html`
    <nav class="crumbs no-print" aria-label=${t('progress.crumbs')}>
      <a href="#/exams">${t('progress.exams')}</a> /${' '}
      ${report && html`<a href=${`#/exams/${report.exam.code}`}>${report.exam.code.toUpperCase()}</a> / `}
      <a href="#/history">${t('progress.history')}</a>
    </nav>
    <div class="title-row">
      <div>
        <h1 tabindex="-1">${title}</h1>
        ${data && html`<p class="subtitle">${factsOf(report, data.offered)}</p>`}
      </div>
      ${same && html`<div class="title-actions no-print"><a class="button" href=${same}>${t('progress.same_form')}</a></div>`}
    </div>
    ${problem && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${!data && !problem && html`<${Skeleton} lines=${12} />`}
    ${data && html`<${Report} report=${report} offered=${data.offered} />`}
  `;
}

/** The exam as it is now; null if it is no longer available. @param {string} code */
async function offerOf(code) {
  try {
    return (await get(`/exams/${code}`)).body;
  } catch (error) {
    if (/** @type {any} */ (error)?.status === 404) return null;
    throw error;
  }
}

/** The exam, the date and the duration. @param {any} report @param {any} offered */
function factsOf(report, offered) {
  const used = Math.max(1, Math.round(report.seconds_used / 60));
  const given = report.mode === 'exam' && offered ? Math.round((offered.duration_minutes * (100 + report.extra_time_percent)) / 100) : null;
  return html`
    <span dir="auto">${report.exam.name}</span>
    ${[
      '',
      date(report.submitted_at, 'long'),
      given ? t('progress.minutes_of', { n: given, used: number(used) }) : t('progress.minutes', { n: used }),
      t(report.ended_by === 'deadline' ? 'progress.ended_deadline' : 'progress.ended_learner'),
      ...(report.mode === 'review' ? [] : [t('progress.seed', { seed: String(report.seed) })]),
    ].join(' · ')}
  `;
}

/** @param {{ report: any, offered: any }} props */
function Report({ report, offered }) {
  const { score } = report;
  const pace = offered?.question_count > 0 ? (offered.duration_minutes * 60) / offered.question_count : null;
  return html`
    ${report.mode === 'exam'
      ? html`
          <${ScoreChart} score=${score} lead=${html`<${Verdict} score=${score} />`} />
          <p class="hint score-note">${t('progress.score_note', { exam: report.exam.code.toUpperCase() })}</p>
        `
      : html`<p class="score"><span class="figure">${t('progress.percent', { n: number(score.percent) })}</span> <span>${pointsOf(score)}</span></p>`}
    ${report.notes.map((/** @type {string} */ note) => html`<${Notice} key=${note} kind="info"><span lang="en">${note}</span><//>`)}
    ${report.domains.length > 0 &&
    html`<div class="part"><${DomainsChart} domains=${report.domains} scale=${score} byPoints=${score.scoring_policy === 'per_component'} /></div>`}
    ${report.slots.length > 0 && html`<div class="part"><${TimesChart} slots=${report.slots} pace=${pace} /></div>`}
    <${Slots} report=${report} />
  `;
}

/** @param {any} score */
function pointsOf(score) {
  return t('progress.points_of', { n: number(score.raw), of: number(score.possible), share: number(score.percent) });
}

/** The score of an exam in words. @param {{ score: any }} props */
function Verdict({ score }) {
  return html`
    <p class="score">
      <span class="figure">${number(score.scaled_estimate)}</span>${' '}
      ${score.passed
        ? html`<span class="verdict correct"><${Icon} name="right" /> ${t('progress.passed')}</span>`
        : html`<span class="verdict">${t('progress.not_passed')}</span> <span>${t('progress.below', { n: number(score.pass_mark - score.scaled_estimate) })}</span>`}${' '}
      <span class="score-scale">${t('progress.on_scale', { min: number(score.scale_min), max: number(score.scale_max) })} · ${pointsOf(score)}</span>
    </p>
  `;
}
