// A question after grading: the key, the response, and the reasons. Correctness is always an icon, a word and a border.

import { t } from '../messages/index.js';
import { html } from '../view.js';
import { Markdown, plainText } from '../markdown/render.js';
import { Icon } from './icons.js';
import { matchIndex } from './matching.js';
import { letter } from './words.js';

/**
 * @typedef {import('../state/attempt.js').Choice} Choice
 * @typedef {import('../state/attempt.js').Pair} Pair
 * @typedef {import('../state/attempt.js').AnswerResult} AnswerResult
 * @typedef {{ kind: string, response: Choice[] | null, key: Choice[], answers: AnswerResult[], explanation: string,
 *   references: { title: string, url: string }[] }} Graded
 */

/**
 * `slot` is a slot of a report, or the feedback of a slot with its kind and its response.
 * @param {{ slot: Graded, level?: number, lang?: string }} props
 */
export function Result({ slot, level = 3, lang }) {
  const Heading = `h${level}`;
  return html`
    <div class="result">
      ${results(slot, lang)}
      ${slot.explanation &&
      html`
        <${Heading}>${t('runner.explanation')}<//>
        <${Markdown} text=${slot.explanation} lang=${lang} />
      `}
      ${slot.references.length > 0 &&
      html`
        <${Heading}>${t('runner.references')}<//>
        <ul class="references">
          ${slot.references.map(
            ({ title, url }) => html`
              <li>
                ${/^https?:/i.test(url)
                  ? html`<a href=${url} target="_blank" rel="noopener noreferrer" dir="auto">${plainText(title)}</a>`
                  : html`<span dir="auto">${plainText(title)}</span>`}
                ${' '}<span class="host" dir="ltr">${hostOf(url)}</span>
              </li>
            `,
          )}
        </ul>
      `}
    </div>
  `;
}

/** @param {string} url */
function hostOf(url) {
  try {
    return new URL(url).hostname;
  } catch {
    return url;
  }
}

/**
 * @param {Graded} slot
 * @param {string} [lang]
 */
function results(slot, lang) {
  if (slot.kind === 'ordering') return html`<${OrderResult} slot=${slot} lang=${lang} />`;
  if (slot.kind === 'matching') return html`<${MatchResult} slot=${slot} lang=${lang} />`;
  return html`<${ChoiceResult} slot=${slot} lang=${lang} />`;
}

/**
 * One answer with its icon, its word and its rationale.
 * @param {{ mark: 'key' | 'wrong' | null, label: string, word?: string, body: string, rationale: string, lang?: string,
 *   children?: any }} props
 */
function Row({ mark, label, word, body, rationale, lang, children }) {
  return html`
    <li class=${mark ? `outcome is-${mark}` : 'outcome'}>
      <span class="sign">${mark && html`<${Icon} name=${mark === 'key' ? 'right' : 'wrong'} />`}</span>
      <span class="letter">${label}</span>
      <div class="outcome-text">
        <${Markdown} text=${body} lang=${lang} inline />
        ${children}
        ${rationale && html`<div class="rationale"><${Markdown} text=${rationale} lang=${lang} /></div>`}
      </div>
      ${word && html`<strong class="outcome-word">${word}</strong>`}
    </li>
  `;
}

/** @param {{ slot: Graded, lang?: string }} props */
function ChoiceResult({ slot, lang }) {
  const several = slot.kind === 'multiple_response';
  return html`
    <ul class="outcomes">
      ${slot.answers.map((answer, index) => {
        const isGiven = slot.response?.includes(answer.id ?? '') ?? false;
        const mark = answer.is_correct ? 'key' : isGiven ? 'wrong' : null;
        return html`
          <${Row}
            key=${answer.id}
            mark=${mark}
            label=${letter(index)}
            word=${wordOf(answer.is_correct, isGiven, several)}
            body=${answer.body}
            rationale=${answer.rationale}
            lang=${lang}
          />
        `;
      })}
    </ul>
  `;
}

/**
 * @param {boolean} isKey
 * @param {boolean} isGiven
 * @param {boolean} several
 */
function wordOf(isKey, isGiven, several) {
  if (isKey && isGiven) return t('runner.key_given');
  if (isKey) return t(several ? 'runner.key_missed' : 'runner.key');
  return isGiven ? t('runner.given') : undefined;
}

/** @param {{ slot: Graded, lang?: string }} props */
function OrderResult({ slot, lang }) {
  const byId = new Map(slot.answers.map((answer) => [answer.id, answer]));
  const order = slot.response?.length ? slot.response : slot.key;
  return html`
    ${!slot.response?.length && html`<p class="hint">${t('runner.right_order')}</p>`}
    <ol class="outcomes">
      ${order.map((id, index) => {
        const answer = byId.get(/** @type {string} */ (id));
        const place = slot.key.indexOf(id);
        const isRight = place === index;
        return html`
          <${Row}
            key=${id}
            mark=${isRight ? 'key' : 'wrong'}
            label=${String(index + 1)}
            word=${isRight ? t('runner.right_place') : t('runner.should_be', { place: place + 1 })}
            body=${answer?.body ?? ''}
            rationale=${answer?.rationale ?? ''}
            lang=${lang}
          />
        `;
      })}
    </ol>
  `;
}

/** @param {{ slot: Graded, lang?: string }} props */
function MatchResult({ slot, lang }) {
  const left = slot.answers.filter((answer) => answer.id !== undefined);
  const decoys = slot.answers.filter((answer) => answer.id === undefined);
  // In the order of the question: sorted, without repetitions.
  const texts = [...left.map((answer) => answer.match ?? ''), ...decoys.map((decoy) => decoy.body)];
  const matches = [...new Set(texts)].sort((one, other) => (one < other ? -1 : 1));
  const named = (/** @type {string} */ text) => {
    const index = matchIndex(matches, text);
    return html`${index >= 0 && html`<b>${letter(index)}</b>${' '}`}<${Markdown} text=${text} lang=${lang} inline />`;
  };
  return html`
    <ul class="outcomes">
      ${left.map((answer, index) => {
        const pairs = /** @type {Pair[]} */ (slot.response ?? []);
        const given = pairs.find((pair) => pair.answer === answer.id)?.match;
        const isRight = given !== undefined && plainText(given) === plainText(answer.match ?? '');
        return html`
          <${Row}
            key=${answer.id}
            mark=${isRight ? 'key' : 'wrong'}
            label=${String(index + 1)}
            word=${isRight ? t('runner.key_given') : given === undefined ? t('runner.not_matched') : t('runner.given')}
            body=${answer.body}
            rationale=${answer.rationale}
            lang=${lang}
          >
            ${given !== undefined && html`<p class="matched">${named(given)}</p>`}
            ${!isRight && html`<p class="matched is-key">${t('runner.key_is')} ${named(answer.match ?? '')}</p>`}
          <//>
        `;
      })}
      ${decoys.map(
        (decoy) => html`
          <${Row}
            key=${decoy.body}
            mark=${null}
            label=${letter(matchIndex(matches, decoy.body))}
            word=${t('runner.belongs_nowhere')}
            body=${decoy.body}
            rationale=${decoy.rationale}
            lang=${lang}
          />
        `,
      )}
    </ul>
  `;
}

/**
 * The key in words, for screen readers: "B, Amazon CloudWatch".
 * @param {Graded} slot
 */
export function keyInWords(slot) {
  if (slot.kind === 'ordering' || slot.kind === 'matching') return '';
  return slot.answers
    .map((answer, index) => (answer.is_correct ? `${letter(index)}, ${plainText(answer.body).replace(/\.$/, '')}` : ''))
    .filter(Boolean)
    .join('; ');
}
