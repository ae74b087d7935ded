// One exam: how ready one is, what is known of each domain, and the plan.

import { chance } from '../../charts/chance.js';
import { DomainsChart } from '../../charts/domains.js';
import { ExpectedChart } from '../../charts/expected.js';
import { ForecastChart } from '../../charts/forecast.js';
import { Notice } from '../../components/notice.js';
import { ProblemNotice } from '../../components/problem.js';
import { Skeleton } from '../../components/skeleton.js';
import { StartNow } from '../../components/start_now.js';
import { date, number, t } from '../../messages/index.js';
import { useTitle } from '../../state/title.js';
import { html, useEffect, useState } from '../../view.js';
import { loadExam, orNull } from '../exams/data.js';
import { Plan } from './plan.js';

/** @param {{ params: { code: string } }} props */
export default function Screen({ params: { code } }) {
  const [data, setData] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  useTitle(data?.exam.name ?? code.toUpperCase());
  const load = async () => {
    setProblem(null);
    try {
      const [own, plan] = await Promise.all([loadExam(code), orNull(`/me/plans/${code}`)]);
      setData({ ...own, plan });
    } catch (error) {
      if (/** @type {any} */ (error)?.kind === undefined) throw error;
      setProblem(error);
    }
  };
  useEffect(() => void load(), [code]);
  const due = data?.reviews?.due_count ?? 0;
  return html`
    <nav class="crumbs" aria-label=${t('progress.crumbs')}><a href="#/exams">${t('progress.exams')}</a></nav>
    <div class="title-row">
      <h1 tabindex="-1"><span dir="auto">${data?.exam.name ?? code.toUpperCase()}</span></h1>
      <div class="actions">
        <a class="button" href=${`#/exams/${code}/start?mode=exam`}>${t('progress.sit')}</a>
        ${due > 0
          ? html`<${StartNow} body=${{ exam: code, mode: 'review' }} primary>${t('progress.review_due', { n: number(due) })}<//>`
          : html`<a class="button primary" href=${`#/exams/${code}/start?mode=practice`}>${t('progress.practice')}</a>`}
      </div>
    </div>
    ${problem && html`<${ProblemNotice} problem=${problem} retry=${load} />`}
    ${!data && !problem && html`<${Skeleton} lines=${12} />`}
    ${data && html`<${Readiness} data=${data} />`}
    ${data?.reviews &&
    html`<section>
      <${Plan} code=${code} plan=${data.plan} saved=${load} />
      ${data.reviews.forecast.length > 0 && html`<${ForecastChart} reviews=${data.reviews} />`}
    </section>`}
  `;
}

/** @param {{ data: any }} props */
function Readiness({ data: { exam, readiness } }) {
  const { expected_score: expected, pass_probability: share, evidence, practise_next: next } = readiness;
  const scale = { pass_mark: exam.scale.pass_mark, scale_min: exam.scale.min, scale_max: exam.scale.max };
  const domains = readiness.domains.map((/** @type {any} */ domain) => ({ ...domain, total: domain.answered }));
  const best = next[0] && domains.find((/** @type {any} */ domain) => domain.number === next[0].domain);
  return html`
    <section aria-labelledby="readiness-title">
      <h2 id="readiness-title">${t('progress.readiness')}</h2>
      ${share === null
        ? html`<p><strong>${t('progress.not_known')}</strong>: ${readiness.reason === 'bank_too_small' ? t('progress.bank_small') : t('progress.needs', { n: number(evidence.first_exposures), of: number(evidence.needed) })}</p>`
        : html`
            <p class="score"><span class="figure">${chance(share)}</span></p>
            <p><strong>${t('progress.chance_today')}</strong> ${share >= 0.05 && share < 0.95 && t('progress.of_ten', { n: number(Math.round(share * 10)) })}</p>
            <p class="hint">${t('progress.expected_sentence', { mean: number(expected.mean), low: number(expected.low), high: number(expected.high), pass: number(expected.pass_mark) })}</p>
            <p class="hint">${t('progress.based_on', { n: evidence.first_exposures })} ${evidence.newest_at && t('progress.newest', { date: date(evidence.newest_at, 'day') })}</p>
            <${ExpectedChart} readiness=${readiness} scale=${exam.scale} />
          `}
      ${evidence.notes.map((/** @type {string} */ note) => html`<p key=${note} class="hint">${note}</p>`)}
    </section>
    ${evidence.first_exposures > 0 && html`<${DomainsChart} domains=${domains} scale=${scale} />`}
    ${best &&
    html`<${Notice} kind="info" title=${t('progress.most_to_gain', { name: best.name })}
      action=${html`<a class="button" href=${`#/exams/${exam.code}/start?mode=practice&pool=unseen&domains=${best.number}&size=${next[0].questions}`}>${t('progress.practice_n', { n: number(next[0].questions) })}</a>`}>
      ${t('progress.gain', { n: next[0].questions, points: number(Math.round(next[0].gain * 1000) / 10) })}
    <//>`}
  `;
}
