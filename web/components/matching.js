// Matching: all matches in a lettered list, and a native select for each answer, which finds them by letter.

import { given } from '../state/attempt.js';
import { t } from '../messages/index.js';
import { html } from '../view.js';
import { Markdown, plainText } from '../markdown/render.js';
import { Clear } from './answers.js';
import { letter, word } from './words.js';

/**
 * The index of a match with this text.
 * @param {string[]} matches
 * @param {string | undefined} match
 */
export function matchIndex(matches, match) {
  if (match === undefined) return -1;
  const exact = matches.indexOf(match);
  return exact >= 0 ? exact : matches.findIndex((other) => plainText(other) === plainText(match));
}

/**
 * @param {{ slot: import('../state/attempt.js').OpenSlot, act: (action: import('../state/attempt.js').Action) => void,
 *   disabled: boolean }} props
 */
export function Matching({ slot, act, disabled }) {
  const { answers, matches = [] } = slot.question;
  const pairs = /** @type {import('../state/attempt.js').Pair[]} */ (given(slot));
  return html`
    <fieldset class="matching" aria-describedby="stem" disabled=${disabled}>
      <legend>
        <strong>${t('runner.match', { count: word(answers.length) })}</strong>${' '}
        <span class="progress">${t('runner.matched', { count: pairs.length, of: answers.length })}</span>
      </legend>
      <ol class="matches">
        ${matches.map(
          (match, index) => html`
            <li key=${match}><span class="letter">${letter(index)}</span> <${Markdown} text=${match} inline /></li>
          `,
        )}
      </ol>
      <p class="hint">${t('runner.match_hint')}</p>
      ${answers.map((answer, index) => {
        const chosen = matchIndex(matches, pairs.find((pair) => pair.answer === answer.id)?.match);
        const id = `match-${slot.position}-${index}`;
        return html`
          <div key=${answer.id} class=${chosen >= 0 ? 'pair is-chosen' : 'pair'}>
            <label for=${id}><${Markdown} text=${answer.body} inline /></label>
            <select
              id=${id}
              value=${String(chosen)}
              onChange=${(/** @type {Event} */ event) => {
                const at = Number(/** @type {HTMLSelectElement} */ (event.currentTarget).value);
                act({ type: 'match', answer: answer.id, match: at < 0 ? null : matches[at] });
              }}
            >
              <option value="-1">${t('runner.choose_match')}</option>
              ${matches.map((match, at) => html`<option value=${String(at)}>${letter(at)} ${plainText(match)}</option>`)}
            </select>
          </div>
        `;
      })}
      ${pairs.length > 0 && html`<${Clear} act=${act} />`}
    </fieldset>
  `;
}
