// One exam: the learner's readiness, the mastery of each domain, and the plan with the due reviews.

import { Notice } from '../../components/notice.js';
import { DomainsChart } from '../../charts/domains.js';
import { ProblemNotice } from '../../components/problem.js';
import { Skeleton } from '../../components/skeleton.js';
import { StartNow } from '../../components/start_now.js';
import { number, t } from '../../messages/index.js';
import { useLoad } from '../../state/request.js';
import { useTitle } from '../../state/title.js';
import { html } from '../../view.js';
import { Blueprint } from '../exams/blueprint.js';
import { loadExam } from '../exams/data.js';
import { Plan } from './plan.js';
import { Readiness } from './readiness.js';

/** @param {{ params: { code: string } }} props */
export default function Screen({ params: { code } }) {
  const { data, problem, reload } = useLoad(() => loadExam(code), [code]);
  const name = data?.exam.name ?? code.toUpperCase();
  const due = data?.reviews.due_count ?? 0;
  useTitle(name);
  return html`
    <nav class="crumbs" aria-label=${t('progress.crumbs')}><a href="#/exams">${t('progress.exams')}</a></nav>
    <div class="title-row">
      <h1 tabindex="-1"><span dir="auto">${name}</span> ${data && html`<span class="tag">${code.toUpperCase()}</span>`}</h1>
      ${data &&
      html`<div class="title-actions">
        <a class="button" href=${`#/exams/${code}/start?mode=exam`}>${t('progress.sit')}</a>
        ${due > 0
          ? html`<${StartNow} body=${{ exam: code, mode: 'review' }} primary>${t('progress.review_due', { n: number(due) })}<//>`
          : html`<a class="button primary" href=${`#/exams/${code}/start?mode=practice`}>${t('progress.practice')}</a>`}
      </div>`}
    </div>
    ${problem && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
    ${!data && !problem && html`<${Skeleton} lines=${12} />`}
    ${data &&
    html`
      <${Readiness} exam=${data.exam} readiness=${data.readiness} />
      <${Domains} exam=${data.exam} readiness=${data.readiness} />
      <${Plan} code=${code} reviews=${data.reviews} plan=${data.plan} changed=${reload} />
    `}
  `;
}

/** The blueprint and, once there are responses, the mastery of each domain and which to practice next. @param {{ exam: any, readiness: any }} props */
function Domains({ exam, readiness }) {
  if (readiness.evidence.first_exposures === 0) return html`<div class="part"><${Blueprint} exam=${exam} /></div>`;
  const scale = { pass_mark: exam.scale.pass_mark, scale_min: exam.scale.min, scale_max: exam.scale.max };
  const domains = readiness.domains.map((/** @type {any} */ domain) => ({ ...domain, total: domain.answered }));
  const next = readiness.practice_next[0];
  // Far from the pass mark, a few questions hardly change the probability.
  const points = next ? Math.round(next.gain * 1000) / 10 : 0;
  const domain = next && domains.find((/** @type {any} */ one) => one.number === next.domain);
  return html`
    <div class="part">
      <${DomainsChart} domains=${domains} scale=${scale} />
      ${domain &&
      html`<${Notice} kind="info" title=${t('progress.most_to_gain', { name: domain.name })}
        action=${html`<a class="button" href=${`#/exams/${exam.code}/start?mode=practice&pool=unanswered&domains=${domain.number}&size=${next.questions}`}>${t('progress.practice_n', { n: number(next.questions) })}</a>`}>
        ${points > 0 ? t('progress.gain', { n: next.questions, points: number(points) }) : t('progress.gain_little', { n: next.questions })}
      <//>`}
    </div>
  `;
}
