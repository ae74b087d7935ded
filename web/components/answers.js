// The answers of a question of choice: one answer is one target from edge to edge.

import { given, parts } from '../state/attempt.js';
import { t } from '../messages/index.js';
import { html } from '../view.js';
import { Markdown } from '../markdown/render.js';
import { Icon } from './icons.js';
import { letter, word } from './words.js';

/**
 * @param {{ slot: import('../state/attempt.js').OpenSlot, act: (action: import('../state/attempt.js').Action) => void,
 *   disabled: boolean }} props
 */
export function Answers({ slot, act, disabled }) {
  const { kind, answers } = slot.question;
  const isSingle = kind === 'single_choice';
  const chosen = /** @type {string[]} */ (given(slot));
  const most = parts(slot.question);
  return html`
    <fieldset class="answers" aria-describedby="stem" disabled=${disabled}>
      <legend>
        <strong>${isSingle ? t('runner.choose_one') : t('runner.choose', { count: word(most) })}</strong>
        ${!isSingle && html` <span class="progress">${t('runner.chosen', { count: chosen.length, of: most })}</span>`}
      </legend>
      ${answers.map((answer, index) => {
        const isStruck = slot.struck_out.includes(answer.id);
        const isChosen = chosen.includes(answer.id);
        return html`
          <div key=${answer.id} class=${`answer${isChosen ? ' is-chosen' : ''}${isStruck ? ' is-struck' : ''}`}>
            <label>
              <input
                type=${isSingle ? 'radio' : 'checkbox'}
                name=${`answer-${slot.position}`}
                value=${answer.id}
                checked=${isChosen}
                onChange=${() => act({ type: 'choose', answer: answer.id })}
              />
              <span class="letter">${letter(index)}</span>
              <${Markdown} text=${answer.body} inline />
              ${isStruck && html`<span class="visually-hidden">${t('runner.is_struck')}</span>`}
            </label>
            <button
              type="button"
              class="strike"
              aria-label=${t(isStruck ? 'runner.restore_answer' : 'runner.strike_answer', { letter: letter(index) })}
              onClick=${() => act({ type: 'strike', answer: answer.id })}
            >
              <span class="strike-word">${t(isStruck ? 'runner.restore' : 'runner.strike')}</span>
              <${Icon} name=${isStruck ? 'restore' : 'strike'} />
            </button>
          </div>
        `;
      })}
      ${chosen.length > 0 && html`<${Clear} act=${act} />`}
    </fieldset>
  `;
}

/** @param {{ act: (action: import('../state/attempt.js').Action) => void }} props */
export function Clear({ act }) {
  return html`
    <button type="button" class="link clear" onClick=${() => act({ type: 'clear' })}>${t('runner.clear')}</button>
  `;
}
