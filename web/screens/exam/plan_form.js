// The form of a plan: the date of the exam, the work per day, and the retention.

import { del, put } from '../../api/client.js';
import { Field } from '../../components/field.js';
import { ProblemNotice } from '../../components/problem.js';
import { SettingForm, detailOf } from '../../components/setting_form.js';
import { number, t } from '../../messages/index.js';
import { useAction } from '../../state/request.js';
import { html, useState } from '../../view.js';
import { daysAfter } from '../history/calendar.js';

/** The maximum number of reviews per day in a plan. */
export const MOST_A_DAY = 1000;

const FIELDS = /** @type {const} */ (['exam_date', 'reviews_per_day', 'desired_retention', 'exam_day_retention']);
const SHARES = [70, 75, 80, 85, 90, 93, 95, 97, 99];
/** The defaults of the server. */
const DEFAULTS = { exam_date: '', reviews_per_day: 60, desired_retention: 0.9, exam_day_retention: 0.95 };

/** @param {{ code: string, plan: any, today: string, saved: () => void }} props */
export function PlanForm({ code, plan, today, saved }) {
  const given = plan ?? DEFAULTS;
  const [values, setValues] = useState({
    exam_date: given.exam_date,
    reviews_per_day: String(given.reviews_per_day),
    desired_retention: Math.round(given.desired_retention * 100),
    exam_day_retention: Math.round(given.exam_day_retention * 100),
  });
  const [isChecked, setChecked] = useState(false);
  const removal = useAction(async () => {
    try {
      await del(`/me/plans/${code}`);
    } catch (error) {
      // It was deleted elsewhere.
      if (/** @type {any} */ (error)?.status !== 404) throw error;
    }
    saved();
  });
  const set = (/** @type {typeof FIELDS[number]} */ name) => (/** @type {any} */ event) => setValues({ ...values, [name]: event.currentTarget.value });
  const aDay = Number(values.reviews_per_day);
  const isValid = {
    exam_date: values.exam_date >= daysAfter(today, 1) && values.exam_date <= daysAfter(today, 366),
    reviews_per_day: Number.isInteger(aDay) && aDay >= 1 && aDay <= MOST_A_DAY,
  };
  const faultOf = (/** @type {'exam_date' | 'reviews_per_day'} */ name) =>
    isChecked && !isValid[name] ? t(`progress.no_${name}`) : undefined;
  const check = () => {
    setChecked(true);
    return isValid.exam_date && isValid.reviews_per_day;
  };
  const save = async () => {
    await put(`/me/plans/${code}`, {
      exam_date: values.exam_date,
      reviews_per_day: Number(values.reviews_per_day),
      desired_retention: Number(values.desired_retention) / 100,
      exam_day_retention: Number(values.exam_day_retention) / 100,
    });
    saved();
  };
  const share = (/** @type {'desired_retention' | 'exam_day_retention'} */ name, /** @type {any} */ problem) => html`
    <${Field} as="select" label=${t(`progress.field_${name}`)} hint=${t(`progress.hint_${name}`)} error=${detailOf(problem, name)}
      value=${String(values[name])} onChange=${set(name)}>
      ${[...new Set([...SHARES, Number(values[name])])].sort((a, b) => a - b).map(
        (percent) => html`<option key=${percent} value=${String(percent)}>${t('progress.percent', { n: number(percent) })}</option>`,
      )}
    <//>
  `;
  return html`
    <div class="plan-form">
      <${SettingForm} save=${save} check=${check} label=${t('progress.save_plan')} done=${t('progress.plan_saved')}
        isShown=${(/** @type {any} */ problem) => FIELDS.some((name) => detailOf(problem, name))}
        beside=${plan && html`<button type="button" class="link" onClick=${() => void removal.run()}>${t('progress.remove_plan')}</button>`}
        fields=${(/** @type {any} */ problem) => html`
          ${removal.problem && html`<${ProblemNotice} problem=${removal.problem} />`}
          <div class="plan-fields">
            <${Field} label=${t('progress.field_exam_date')} hint=${t('progress.hint_exam_date')} type="date" value=${values.exam_date}
              min=${daysAfter(today, 1)} max=${daysAfter(today, 366)} error=${faultOf('exam_date') ?? detailOf(problem, 'exam_date')} onInput=${set('exam_date')} />
            <${Field} label=${t('progress.field_reviews_per_day')} hint=${t('progress.hint_reviews_per_day')} type="number" inputmode="numeric" min="1" max=${MOST_A_DAY}
              value=${values.reviews_per_day} error=${faultOf('reviews_per_day') ?? detailOf(problem, 'reviews_per_day')} onInput=${set('reviews_per_day')} />
            ${share('desired_retention', problem)} ${share('exam_day_retention', problem)}
          </div>
        `} />
    </div>
  `;
}
