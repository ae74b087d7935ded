// One exam in the list: its own state is asked for once it comes near the window, so that many exams cost nothing.

import { chance } from '../../charts/chance.js';
import { FlatScore } from '../../charts/flat.js';
import { ProblemNotice } from '../../components/problem.js';
import { Skeleton } from '../../components/skeleton.js';
import { StartNow } from '../../components/start_now.js';
import { date, number, t } from '../../messages/index.js';
import { html, useEffect, useRef, useState } from '../../view.js';
import { daysBetween, lastExam, loadExam } from './data.js';

/** @param {{ summary: any, attempts: any[] }} props */
export function Exam({ summary, attempts }) {
  const [data, setData] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const section = useRef(/** @type {HTMLElement | null} */ (null));
  const load = async () => {
    setProblem(null);
    try {
      setData(await loadExam(summary.code));
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
        void load();
      },
      { rootMargin: '600px' },
    );
    if (section.current) observer.observe(section.current);
    return () => observer.disconnect();
  }, [summary.code]);
  const scale = data?.exam.scale;
  const facts = [t('progress.size', { n: summary.question_count }), t('progress.minutes', { n: summary.duration_minutes })];
  if (scale) facts.push(t('progress.pass_of', { pass: number(scale.pass_mark), max: number(scale.max) }));
  const own = attempts.filter((attempt) => attempt.exam === summary.code);
  const isNew = own.length === 0 && data !== null && data.readiness.evidence.first_exposures === 0;
  return html`
    <section class="exam" aria-labelledby=${`exam-${summary.code}`} ref=${section}>
      <h2 id=${`exam-${summary.code}`}><span dir="auto">${summary.name}</span></h2>
      <p class="hint"><span class="tag">${summary.code.toUpperCase()}</span> ${facts.join(' · ')}</p>
      ${problem && html`<${ProblemNotice} problem=${problem} retry=${load} />`}
      ${!data && !problem && html`<${Skeleton} lines=${4} />`}
      ${data && (isNew ? html`<${Blueprint} exam=${data.exam} />` : html`<${State} data=${data} last=${lastExam(attempts, summary.code)} />`)}
      <${Actions} code=${summary.code} open=${own.find((attempt) => attempt.status === 'in_progress')} due=${data?.reviews?.due_count ?? 0} isNew=${isNew} />
    </section>
  `;
}

/** @param {{ data: any, last: any }} props */
function State({ data: { exam, readiness, reviews }, last }) {
  const plan = reviews?.plan;
  const why =
    readiness.reason === 'bank_too_small'
      ? t('progress.bank_small')
      : t('progress.needs', { n: number(readiness.evidence.first_exposures), of: number(readiness.evidence.needed) });
  return html`
    <dl class="exam-state">
      <div>
        <dt>${t('progress.readiness')}</dt>
        ${readiness.pass_probability === null
          ? html`<dd><span class="unknown">${t('progress.not_known')}</span> <small>${why}</small></dd>`
          : html`<dd><span class="big">${chance(readiness.pass_probability)}</span> ${t('progress.to_pass')}
              <${FlatScore} expected=${readiness.expected_score} scale=${exam.scale} /></dd>`}
      </div>
      ${reviews &&
      html`<div>
        <dt>${t('progress.due_today')}</dt>
        <dd><span class="big">${number(reviews.due_count)}</span>
          ${reviews.due_count === 0 &&
          html`<small>${reviews.next_due_at ? t('progress.next_due', { date: date(reviews.next_due_at, 'day') }) : t('progress.nothing_planned')}</small>`}</dd>
      </div>
      <div>
        <dt>${t('progress.exam_date')}</dt>
        ${plan
          ? html`<dd><span class="big">${t('progress.days', { n: daysBetween(reviews.today, plan.exam_date) })}</span> <small>${date(plan.exam_date, 'day')}</small></dd>`
          : html`<dd><span class="unknown">${t('progress.not_set')}</span> <a href=${`#/exams/${exam.code}`}>${t('progress.set_date')}</a></dd>`}
      </div>`}
      <div>
        <dt>${t('progress.last_exam')}</dt>
        ${last
          ? html`<dd><a class="big" href=${`#/attempts/${last.id}/report`}>${number(last.scaled_estimate)}</a> ${t(last.passed ? 'progress.passed' : 'progress.not_passed')}
              <small>${date(last.submitted_at, 'day')}</small></dd>`
          : html`<dd><span class="unknown">${t('progress.none')}</span></dd>`}
      </div>
    </dl>
  `;
}

/** @param {{ exam: any }} props */
function Blueprint({ exam }) {
  return html`
    <p>${t('progress.not_begun')}</p>
    <table class="blueprint">
      <thead><tr><th scope="col">${t('progress.blueprint')}</th><th scope="col">${t('progress.weight')}</th></tr></thead>
      <tbody>
        ${exam.domains.map(
          (/** @type {any} */ domain) => html`<tr key=${domain.number}>
            <th scope="row" dir="auto">${domain.number} ${domain.name}</th>
            <td>${t('progress.percent', { n: number(domain.weight) })}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  `;
}

/** One primary action: resume, else review what is due, else practice. @param {{ code: string, open: any, due: number, isNew: boolean }} props */
function Actions({ code, open, due, isNew }) {
  const start = `#/exams/${code}/start?mode=`;
  const isFirst = !open && due === 0;
  return html`
    <div class="actions">
      ${open && html`<a class="button primary" href=${`#/attempts/${open.id}`}>${t(`progress.resume_${open.mode}`)}</a>`}
      ${!open && due > 0 && html`<${StartNow} body=${{ exam: code, mode: 'review' }} primary>${t('progress.review_due', { n: number(due) })}<//>`}
      <a class=${isFirst ? 'button primary' : 'button'} href=${`${start}practice${isNew ? '&size=10' : ''}`}>${t(isNew ? 'progress.practice_ten' : 'progress.practice')}</a>
      ${open?.mode !== 'exam' && html`<a class="button" href=${`${start}exam`}>${t('progress.sit')}</a>`}
      <a class="actions-end" href=${`#/exams/${code}`}>${t('progress.more')}</a>
    </div>
  `;
}
