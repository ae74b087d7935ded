// The choices before an attempt, each a group of native controls.

import { Field } from '../../components/field.js';
import { number, t } from '../../messages/index.js';
import { html } from '../../view.js';
import { isFixed, KINDS, minutesFor, POOLS, reviewSize, SIZES, sizeOf, weakest } from './choices.js';

/**
 * @typedef {import('./choices.js').Choices} Choices
 * @typedef {import('./choices.js').Exam} Exam
 * @typedef {(part: Partial<Choices>) => void} Change
 */

/**
 * One of several.
 * @param {{ name: string, value: string, chosen: string, label: string, hint?: string, className?: string,
 *   onChoose: (value: string) => void }} props
 */
function Radio({ name, value, chosen, label, hint, className = 'option', onChoose }) {
  return html`
    <label class=${chosen === value ? `${className} is-chosen` : className}>
      <input type="radio" name=${name} value=${value} checked=${chosen === value} onChange=${() => onChoose(value)} />
      <span><span class="option-label">${label}</span>${hint && html`<span class="option-hint">${hint}</span>`}</span>
    </label>
  `;
}

/** Reviews are not offered if none are due, unless they were requested. @param {{ exam: Exam, due: number, choices: Choices, change: Change, extra: number }} props */
export function Modes({ exam, due, choices, change, extra }) {
  const hints = /** @type {Record<string, string>} */ ({
    exam: t('runner.mode_exam_hint', { n: exam.question_count, minutes: minutesFor(exam, exam.question_count, extra) }),
    practice: t('runner.mode_practice_hint'),
    ...(due > 0 || choices.mode === 'review' ? { review: t('runner.mode_review_hint', { n: due }) } : {}),
  });
  return html`
    <fieldset class="group modes">
      <legend>${t('runner.mode')}</legend>
      ${Object.entries(hints).map(
        ([mode, hint]) => html`
          <${Radio}
            key=${mode}
            name="mode"
            value=${mode}
            chosen=${choices.mode}
            label=${t(`runner.mode_${mode}`)}
            hint=${hint}
            className="mode"
            onChoose=${() => change({ mode })}
          />
        `,
      )}
    </fieldset>
  `;
}

/**
 * @param {{ exam: Exam, known: import('./choices.js').Known[], choices: Choices, change: Change,
 *   wrong: Record<string, string> }} props
 */
export function Domains({ exam, known, choices, change, wrong }) {
  const of = new Map(known.map((domain) => [domain.number, domain]));
  const isAll = choices.domains.length === exam.domains.length;
  const isWeakest = String(choices.domains) === String(weakest(exam.domains, known));
  const percent = (/** @type {number} */ share) => number(Math.round(share * 100));
  const toggle = (/** @type {number} */ one) =>
    choices.domains.includes(one) ? choices.domains.filter((other) => other !== one) : [...choices.domains, one].sort((a, b) => a - b);
  return html`
    <fieldset class="group" data-field="domains">
      <legend>${t('runner.domains')}</legend>
      <div class="scroll" tabindex="0" role="region" aria-label=${t('runner.domains')}>
        <table class="domains">
          <thead>
            <tr>
              <th scope="col">${t('runner.domain')}</th>
              <th scope="col" class="figure">${t('runner.weight')}</th>
              <th scope="col" class="figure">${t('runner.answered_column')}</th>
              <th scope="col" class="figure">${t('runner.estimate')}</th>
            </tr>
          </thead>
          <tbody>
            ${exam.domains.map((domain) => {
              const it = of.get(domain.number);
              const isChosen = choices.domains.includes(domain.number);
              return html`
                <tr key=${domain.number} class=${isChosen ? 'is-chosen' : ''}>
                  <th scope="row">
                    <label>
                      <input type="checkbox" checked=${isChosen} onChange=${() => change({ domains: toggle(domain.number) })} />
                      <span>${domain.number} ${domain.name}</span>
                    </label>
                  </th>
                  <td class="figure">${domain.weight}%</td>
                  <td class="figure">
                    ${t('runner.count_of', { count: number(it?.answered ?? 0), of: number(domain.published_questions) })}
                  </td>
                  <td class="figure">
                    ${it && it.answered > 0 && it.mastery
                      ? `${percent(it.mastery.mean)}% (${percent(it.mastery.low)}–${percent(it.mastery.high)})`
                      : '–'}
                  </td>
                </tr>
              `;
            })}
          </tbody>
        </table>
      </div>
      ${wrong.domains && html`<p class="error">${t(wrong.domains)}</p>`}
      <p class="hint">
        ${!isAll && isWeakest && `${t('runner.weakest')} `}
        <button
          type="button"
          class="link"
          onClick=${() => change({ domains: isAll ? [] : exam.domains.map((domain) => domain.number) })}
        >
          ${t(isAll ? 'runner.choose_none' : 'runner.choose_all')}
        </button>
      </p>
    </fieldset>
  `;
}

/**
 * @param {{ exam: Exam, choices: Choices, change: Change, wrong: Record<string, string>, extra: number }} props
 */
export function Options({ exam, choices, change, wrong, extra }) {
  const size = sizeOf(choices);
  const pace = Number.isInteger(size) && size > 0 && !isFixed(choices)
    ? t('runner.pace_minutes', { n: minutesFor(exam, size, extra) })
    : t('runner.pace');
  return html`
    ${!isFixed(choices) &&
    html`
      <fieldset class="group options">
        <legend>${t('runner.questions')}</legend>
        ${POOLS.map(
          (pool) => html`
            <${Radio} key=${pool} name="pool" value=${pool} chosen=${choices.pool} label=${t(`runner.pool_${pool}`)} onChoose=${() => change({ pool })} />
          `,
        )}
      </fieldset>
      <fieldset class="group options" data-field="other">
        <legend>${t('runner.how_many')}</legend>
        ${SIZES.map(
          (one) => html`
            <${Radio}
              key=${one}
              name="size"
              value=${one}
              chosen=${choices.size}
              label=${one === 'other' ? t('runner.other') : number(Number(one))}
              onChoose=${() => change({ size: one })}
            />
          `,
        )}
        ${choices.size === 'other' &&
        html`
          <${Field}
            label=${t('runner.how_many_label')}
            type="text"
            inputmode="numeric"
            value=${choices.other}
            error=${wrong.other && t(wrong.other)}
            onInput=${(/** @type {any} */ event) => change({ other: event.currentTarget.value })}
          />
        `}
      </fieldset>
    `}
    <fieldset class="group options">
      <legend>${t('runner.feedback')}</legend>
      ${['immediate', 'deferred'].map(
        (feedback) => html`
          <${Radio}
            key=${feedback}
            name="feedback"
            value=${feedback}
            chosen=${choices.feedback}
            label=${t(`runner.feedback_${feedback}`)}
            hint=${t(`runner.feedback_${feedback}_hint`)}
            onChoose=${() => change({ feedback })}
          />
        `,
      )}
    </fieldset>
    <${Clock} choices=${choices} change=${change} pace=${pace} />
  `;
}

/** @param {{ choices: Choices, change: Change, pace: string }} props */
function Clock({ choices, change, pace }) {
  const chosen = choices.timed ? 'yes' : 'no';
  return html`
    <fieldset class="group options">
      <legend>${t('runner.time')}</legend>
      <${Radio} name="timed" value="no" chosen=${chosen} label=${t('runner.no_limit')} onChoose=${() => change({ timed: false })} />
      <${Radio} name="timed" value="yes" chosen=${chosen} label=${pace} onChoose=${() => change({ timed: true })} />
    </fieldset>
  `;
}

/** The options of a review. @param {{ exam: Exam, due: number, choices: Choices, change: Change, extra: number }} props */
export function ReviewOptions({ exam, due, choices, change, extra }) {
  const size = reviewSize(choices, due);
  const less = SIZES.filter((one) => Number(one) < due);
  return html`
    ${less.length > 0 &&
    html`
      <fieldset class="group options">
        <legend>${t('runner.how_many')}</legend>
        <${Radio} name="most" value="" chosen=${choices.most} label=${t('runner.all_due', { n: reviewSize({ ...choices, most: '' }, due) })} onChoose=${() => change({ most: '' })} />
        ${less.map(
          (one) => html`<${Radio} key=${one} name="most" value=${one} chosen=${choices.most} label=${number(Number(one))} onChoose=${() => change({ most: one })} />`,
        )}
      </fieldset>
    `}
    <${Clock} choices=${choices} change=${change} pace=${size > 0 ? t('runner.pace_minutes', { n: minutesFor(exam, size, extra) }) : t('runner.pace')} />
  `;
}

/** @param {{ exam: Exam, choices: Choices, change: Change, wrong: Record<string, string> }} props */
export function More({ exam, choices, change, wrong }) {
  const isPractice = choices.mode === 'practice' && !isFixed(choices);
  const toggled = (/** @type {string[]} */ list, /** @type {string} */ one) =>
    list.includes(one) ? list.filter((other) => other !== one) : [...list, one];
  const tasks = exam.domains.filter(({ number: n }) => choices.domains.includes(n)).flatMap((domain) => domain.tasks);
  return html`
    <details class="group more" open=${Boolean(choices.seed)}>
      <summary>
        <span>${t('runner.more')}</span>
        <span class="hint">${t(isPractice ? 'runner.more_practice' : 'runner.more_exam')}</span>
      </summary>
      ${isPractice &&
      html`
        ${tasks.length > 0 &&
        html`
          <fieldset class="group">
            <legend>${t('runner.tasks')}</legend>
            ${tasks.map(({ code, name }) => html`
              <label key=${code} class="option">
                <input type="checkbox" checked=${choices.tasks.includes(code)} onChange=${() => change({ tasks: toggled(choices.tasks, code) })} />
                <span>${code} ${name}</span>
              </label>
            `)}
          </fieldset>
        `}
        <fieldset class="group options">
          <legend>${t('runner.kinds')}</legend>
          ${KINDS.map((kind) => html`
            <label key=${kind} class="option">
              <input type="checkbox" checked=${choices.kinds.includes(kind)} onChange=${() => change({ kinds: toggled(choices.kinds, kind) })} />
              <span>${t(`runner.kind_${kind}`)}</span>
            </label>
          `)}
        </fieldset>
        <fieldset class="group options" data-field="difficulty">
          <legend>${t('runner.difficulty')}</legend>
          ${/** @type {const} */ (['difficultyMin', 'difficultyMax']).map((name) => html`
            <label key=${name} class="option">
              <span>${t(`runner.${name}`)}</span>
              <select value=${String(choices[name])} onChange=${(/** @type {any} */ event) => change({ [name]: Number(event.currentTarget.value) })}>
                ${[1, 2, 3, 4, 5].map((level) => html`<option value=${String(level)}>${number(level)}</option>`)}
              </select>
            </label>
          `)}
          ${wrong.difficulty && html`<p class="error">${t(wrong.difficulty)}</p>`}
        </fieldset>
        <${Field}
          label=${t('runner.tags')}
          hint=${t('runner.tags_hint')}
          value=${choices.tags}
          onInput=${(/** @type {any} */ event) => change({ tags: event.currentTarget.value })}
        />
      `}
      <div data-field="seed">
        <${Field}
          label=${t('runner.seed')}
          hint=${t('runner.seed_hint')}
          inputmode="numeric"
          value=${choices.seed}
          error=${wrong.seed && t(wrong.seed)}
          onInput=${(/** @type {any} */ event) => change({ seed: event.currentTarget.value })}
        />
      </div>
    </details>
  `;
}
