// One exam in the list. Its state is requested when it comes near the window, so that a long list costs nothing.

import { chance } from '../../charts/chance.js';
import { FlatScore } from '../../charts/flat.js';
import { ProblemNotice } from '../../components/problem.js';
import { Skeleton } from '../../components/skeleton.js';
import { StartNow } from '../../components/start_now.js';
import { date, number, t } from '../../messages/index.js';
import { html, useEffect, useRef, useState } from '../../view.js';
import { Blueprint } from './blueprint.js';
import { daysBetween, lastExam, loadExam, minutesFor } from './data.js';

/** @param {{ summary: any, attempts: any[] }} props */
export function Exam({ summary, attempts }) {
  const { data, problem, reload, section } = useOwnState(summary.code);
  const scale = data?.exam.scale;
  const facts = [t('progress.size', { n: summary.question_count }), t('progress.minutes', { n: summary.duration_minutes })];
  if (scale) facts.push(t('progress.pass_of', { pass: number(scale.pass_mark), max: number(scale.max) }));
  const own = attempts.filter((attempt) => attempt.exam === summary.code);
  const isNew = own.length === 0 && data !== null && data.readiness.evidence.first_exposures === 0;
  return html`
    <section class=${isNew ? 'exam is-new' : 'exam'} aria-labelledby=${`exam-${summary.code}`} ref=${section}>
      <div class="exam-parts">
        <div class="exam-head">
          <h2 id=${`exam-${summary.code}`} dir="auto">${summary.name}</h2>
          <span class="tag">${summary.code.toUpperCase()}</span>
          <p class="hint">${facts.join(' · ')}</p>
        </div>
        ${problem && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
        ${!data && !problem && html`<${Skeleton} lines=${4} />`}
        ${isNew && html`<p class="exam-new">${t('progress.not_begun')}</p><${Blueprint} exam=${data.exam} />`}
        ${data && !isNew && html`<${State} data=${data} last=${lastExam(attempts, summary.code)} />`}
        <${Actions} code=${summary.code} open=${own.find((attempt) => attempt.status === 'in_progress')} due=${data?.reviews.due_count ?? 0} isNew=${isNew} />
      </div>
    </section>
  `;
}

/** @param {string} code */
function useOwnState(code) {
  const [data, setData] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const section = useRef(/** @type {HTMLElement | null} */ (null));
  const reload = async () => {
    setProblem(null);
    try {
      setData(await loadExam(code));
    } catch (error) {
      if (/** @type {any} */ (error)?.kind === undefined) throw error;
      setProblem(error);
    }
  };
  useEffect(() => {
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        observer.disconnect();
        void reload();
      },
      { rootMargin: '600px' },
    );
    if (section.current) observer.observe(section.current);
    return () => observer.disconnect();
  }, [code]);
  return { data, problem, reload, section };
}

/** @param {{ data: any, last: any }} props */
function State({ data: { exam, readiness, reviews, plan }, last }) {
  return html`
    <dl class="exam-state">
      <div class="exam-readiness">
        <dt>${t('progress.readiness')}</dt>
        ${readiness.pass_probability === null
          ? html`<dd><span class="unknown">${t('progress.not_known')}</span> <small>${whyUnknown(readiness)}</small></dd>`
          : html`<dd><span class="big">${chance(readiness.pass_probability)}</span> ${t('progress.to_pass')}
              <${FlatScore} expected=${readiness.expected_score} scale=${exam.scale} /></dd>`}
      </div>
      <div>
        <dt>${t('progress.due_today')}</dt>
        <dd><span class="big">${number(reviews.due_count)}</span> ${dueFacts(reviews, plan).map((fact) => html`<small key=${fact}>${fact}</small>`)}</dd>
      </div>
      <div>
        <dt>${t('progress.exam_date')}</dt>
        ${reviews.plan
          ? html`<dd><span class="big">${t('progress.days', { n: daysBetween(reviews.today, reviews.plan.exam_date) })}</span> <small>${date(reviews.plan.exam_date, 'day')}</small></dd>`
          : html`<dd><span class="unknown">${t('progress.not_set')}</span> <small><a href=${`#/exams/${exam.code}`}>${t('progress.set_date')}</a></small></dd>`}
      </div>
      <div>
        <dt>${t('progress.last_exam')}</dt>
        ${last
          ? html`<dd><a class="big" href=${`#/attempts/${last.id}/report`}>${number(last.scaled_estimate)}</a> ${t(last.passed ? 'progress.passed_score' : 'progress.not_passed_score')}
              <small>${t('progress.estimate_of', { date: date(last.submitted_at, 'short') })}</small></dd>`
          : html`<dd><span class="unknown">${t('progress.none')}</span></dd>`}
      </div>
    </dl>
  `;
}

/** Why there is no probability. @param {any} readiness */
export function whyUnknown({ reason, evidence }) {
  if (reason === 'bank_too_small') return t('progress.bank_small');
  return t('progress.needs', { n: number(evidence.first_exposures), of: number(evidence.needed) });
}

/** More facts about today. @param {any} reviews @param {any} plan @returns {string[]} */
function dueFacts(reviews, plan) {
  const { due_count: due, new_count: fresh, next_due_at: next } = reviews;
  if (due + fresh === 0) return [next ? t('progress.next_due', { date: date(next, 'day') }) : t('progress.nothing_planned')];
  const minutes = minutesFor(plan, due + fresh);
  return [
    ...(fresh > 0 ? [t('progress.and_new', { n: fresh })] : []),
    ...(minutes === null ? [] : [t('progress.about_minutes', { n: minutes })]),
  ];
}

/** One primary action: reviews if any are due, else practice. An attempt in progress has its own above the list. @param {{ code: string, open: any, due: number, isNew: boolean }} props */
function Actions({ code, open, due, isNew }) {
  const start = `#/exams/${code}/start?mode=`;
  const isFirst = !open && due === 0;
  return html`
    <div class="exam-actions">
      ${open && html`<a class="button" href=${`#/attempts/${open.id}`}>${t(`progress.resume_${open.mode}`)}</a>`}
      ${!open && due > 0 && html`<${StartNow} body=${{ exam: code, mode: 'review' }} primary>${t('progress.review_due', { n: number(due) })}<//>`}
      <a class=${isFirst ? 'button primary' : 'button'} href=${`${start}practice${isNew ? '&size=10' : ''}`}>${t(isNew ? 'progress.practice_ten' : 'progress.practice')}</a>
      ${open?.mode !== 'exam' && html`<a class="button" href=${`${start}exam`}>${t('progress.sit')}</a>`}
      <a class="exam-more" href=${`#/exams/${code}`}>${t('progress.more')}</a>
    </div>
  `;
}
