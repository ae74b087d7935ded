// The plan for an exam: the work by day, the work of today, and whether everything fits.

import { put } from '../../api/client.js';
import { ForecastChart } from '../../charts/forecast.js';
import { announce } from '../../components/announcer.js';
import { Button } from '../../components/button.js';
import { ProblemNotice } from '../../components/problem.js';
import { StartNow } from '../../components/start_now.js';
import { date, number, t } from '../../messages/index.js';
import { useAction } from '../../state/request.js';
import { html, useRef, useState } from '../../view.js';
import { minutesFor } from '../exams/data.js';
import { MOST } from '../start/choices.js';
import { MOST_A_DAY, PlanForm } from './plan_form.js';

/** @param {{ code: string, reviews: any, plan: any, changed: () => void }} props `changed` reloads everything that a plan changes */
export function Plan({ code, reviews, plan, changed }) {
  const [isOpen, setOpen] = useState(false);
  const title = useRef(/** @type {HTMLElement | null} */ (null));
  const saved = () => {
    setOpen(false);
    // The focused element is gone.
    title.current?.focus();
    changed();
  };
  return html`
    <section class="part" aria-labelledby="plan-title">
      <div class="chart-head">
        <h2 id="plan-title" tabindex="-1" ref=${title}>${plan ? t('progress.plan_to', { date: date(plan.exam_date, 'long') }) : t('progress.plan')}</h2>
        ${plan && html`<span class="chart-aside">${aims(plan)}</span>`}
        ${plan && html`<button type="button" class="link chart-toggle" aria-expanded=${isOpen} onClick=${() => setOpen(!isOpen)}>${t('progress.change_plan')}</button>`}
      </div>
      ${!plan &&
      html`
        <div class="today">
          <p>${t('progress.plan_empty')}</p>
          ${!isOpen && html`<${Button} onClick=${() => setOpen(true)}>${t('progress.set_exam_date')}<//>`}
        </div>
      `}
      ${isOpen && html`<${PlanForm} code=${code} plan=${plan} today=${reviews.today} saved=${saved} />`}
      <${Today} code=${code} reviews=${reviews} plan=${plan} />
      ${reviews.forecast.some((/** @type {any} */ day) => day.count > 0) && html`<${ForecastChart} reviews=${reviews} />`}
      ${plan && html`<${Fits} key=${JSON.stringify(plan)} code=${code} plan=${plan} reviews=${reviews} saved=${saved} />`}
    </section>
  `;
}

/** The goals of a plan, in short. @param {any} plan */
function aims(plan) {
  return [
    t('progress.days', { n: plan.days_left }),
    t('progress.up_to', { n: plan.reviews_per_day }),
    t('progress.remembered', { share: t('progress.percent', { n: number(Math.round(plan.exam_day_retention * 100)) }) }),
  ].join(' · ');
}

/** The work of today, and how to begin it. @param {{ code: string, reviews: any, plan: any }} props */
function Today({ code, reviews, plan }) {
  const { due_count: due, new_count: fresh, next_due_at: next } = reviews;
  if (due + fresh === 0) {
    return html`<p><strong>${t('progress.nothing_due')}</strong> ${next && t('progress.next_review', { date: date(next, 'sentence') })}</p>`;
  }
  const minutes = minutesFor(plan, due + fresh);
  const parts = [due > 0 && t('progress.today_reviews', { n: due }), fresh > 0 && t('progress.today_new', { n: fresh })].filter(Boolean);
  return html`
    <div class="today">
      <p>
        <strong>${t('progress.for_today', { what: parts.join(t('progress.and')) })}</strong>
        ${minutes !== null && html` <span class="hint">${t('progress.about_minutes', { n: minutes })}</span>`}
      </p>
      ${due > 0 && html`<${StartNow} body=${{ exam: code, mode: 'review' }}>${t('progress.review_now')}<//>`}
      ${fresh > 0 && html`<a class="button" href=${`#/exams/${code}/start?mode=practice&pool=unanswered&size=${Math.min(fresh, MOST)}`}>${t('progress.practice_new', { n: fresh })}</a>`}
    </div>
  `;
}

/** The work that fits before the exam, and how to make the rest fit. @param {{ code: string, plan: any, reviews: any, saved: () => void }} props */
function Fits({ code, plan, reviews, saved }) {
  const { exam_date, desired_retention, exam_day_retention, needed_per_day: needed } = plan;
  const { run, isBusy, problem } = useAction(async () => {
    await put(`/me/plans/${code}`, { exam_date, desired_retention, exam_day_retention, reviews_per_day: needed });
    announce(t('progress.plan_saved'));
    saved();
  });
  const days = reviews.forecast.length;
  const skipped = Math.round((plan.planned.reviews + plan.planned.new) / Math.max(1, days));
  if (plan.fits) {
    return html`<p>
      <strong>${plan.planned.new > 0 ? t('progress.plan_fits', { n: plan.planned.new }) : t('progress.plan_fits_reviews')}</strong>${' '}
      ${days > 1 && skipped > 0 && t('progress.plan_skip', { n: skipped })}
    </p>`;
  }
  return html`
    <div class="today">
      <p>
        <strong>${t('progress.plan_short', { n: plan.left_out.new + plan.left_out.reviews, limit: number(plan.reviews_per_day) })}</strong>${' '}
        ${t('progress.plan_needs', { needed: number(needed) })}
      </p>
      ${needed <= MOST_A_DAY && html`<${Button} off=${isBusy} onClick=${() => void run()}>${t('progress.plan_raise', { n: needed })}<//>`}
    </div>
    ${problem && html`<${ProblemNotice} problem=${problem} />`}
  `;
}
