// The plan of an exam: its date, how much a day, and whether all fits.

import { put } from '../../api/client.js';
import { Field } from '../../components/field.js';
import { ProblemNotice } from '../../components/problem.js';
import { date, number, t } from '../../messages/index.js';
import { html, useState } from '../../view.js';

/** @param {{ code: string, plan: any, saved: () => void }} props `saved` asks for everything that the plan changes */
export function Plan({ code, plan, saved }) {
  const [isOpen, setOpen] = useState(plan === null);
  return html`
    <div class="chart-head">
      <h2>${plan ? t('progress.plan_to', { date: date(plan.exam_date, 'long') }) : t('progress.plan')}</h2>
      ${plan && html`<button type="button" class="link chart-toggle" aria-expanded=${isOpen} onClick=${() => setOpen(!isOpen)}>${t('progress.change_plan')}</button>`}
    </div>
    ${plan === null ? html`<p>${t('progress.plan_empty')}</p>` : html`<p><strong>${fits(plan)}</strong></p>`}
    ${isOpen && html`<${PlanForm} code=${code} plan=${plan} saved=${() => { setOpen(false); saved(); }} />`}
  `;
}

/** What fits before the exam, and what does not. @param {any} plan */
export function fits(plan) {
  if (plan.days_left === 0) return t('progress.plan_past');
  if (plan.fits) return t('progress.plan_fits', { n: plan.planned.new });
  return t('progress.plan_short', { n: plan.left_out.new + plan.left_out.reviews, limit: number(plan.reviews_per_day), needed: number(plan.needed_per_day) });
}

/** @param {{ code: string, plan: any, saved: () => void }} props */
function PlanForm({ code, plan, saved }) {
  const [values, setValues] = useState({ exam_date: plan?.exam_date ?? '', reviews_per_day: String(plan?.reviews_per_day ?? 60) });
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [isBusy, setBusy] = useState(false);
  const errorOf = (/** @type {string} */ name) => problem?.errors?.find((/** @type {any} */ error) => error.pointer === `/${name}`)?.detail;
  const isTold = problem !== null && Object.keys(values).some(errorOf);
  /** @param {Event} event */
  const save = async (event) => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    setProblem(null);
    const kept = plan ? { desired_retention: plan.desired_retention, exam_day_retention: plan.exam_day_retention } : {};
    try {
      await put(`/me/plans/${code}`, { ...kept, exam_date: values.exam_date, reviews_per_day: Number(values.reviews_per_day) });
      saved();
    } catch (error) {
      if (/** @type {any} */ (error)?.kind === undefined) throw error;
      setProblem(error);
      setBusy(false);
    }
  };
  const field = (/** @type {'exam_date' | 'reviews_per_day'} */ name, /** @type {object} */ input) => html`
    <${Field} label=${t(`progress.field_${name}`)} error=${errorOf(name)} value=${values[name]} ...${input} required
      onInput=${(/** @type {any} */ event) => setValues({ ...values, [name]: event.currentTarget.value })} />
  `;
  return html`
    <form class="plan" onSubmit=${save}>
      ${problem && !isTold && html`<${ProblemNotice} problem=${problem} />`}
      ${field('exam_date', { type: 'date' })}
      ${field('reviews_per_day', { type: 'number', min: 1, max: 1000, inputmode: 'numeric' })}
      <button type="submit" class="button" aria-disabled=${isBusy}>${t('progress.save_plan')}</button>
    </form>
  `;
}
