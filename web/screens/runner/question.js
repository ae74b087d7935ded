// A question with its answers, or with its feedback.

import { Answers } from '../../components/answers.js';
import { Matching } from '../../components/matching.js';
import { Notice } from '../../components/notice.js';
import { Ordering } from '../../components/ordering.js';
import { keyInWords, Result } from '../../components/result.js';
import { announce } from '../../components/announcer.js';
import { Markdown } from '../../markdown/render.js';
import { date, t } from '../../messages/index.js';
import { given, isFinal } from '../../state/attempt.js';
import { html, useEffect, useRef } from '../../view.js';

const KINDS = { single_choice: Answers, multiple_response: Answers, ordering: Ordering, matching: Matching };

/**
 * @param {{ slots: import('../../state/attempt.js').Sitting, slot: import('../../state/attempt.js').OpenSlot,
 *   total: number, act: (action: import('../../state/attempt.js').Action) => void, heading: any, disabled: boolean }} props
 */
export function Question({ slots, slot, total, act, heading, disabled }) {
  const { question, feedback } = slot;
  const Kind = KINDS[question.kind];
  const n = given(slot).length;
  return html`
    <div class="question" key=${slot.position}>
      <h1 class="question-number" tabindex="-1" ref=${heading}>${t('runner.question_of', { n: slot.position, of: total })}</h1>
      ${slots.domainShown && html`<p class="question-domain">${question.domain.number} ${question.domain.name}</p>`}
      <div id="stem" class="stem"><${Markdown} text=${question.stem} /></div>
      ${feedback && slot.response
        ? html`
            <${Verdict} key=${`verdict-${slot.position}`} slot=${slot} />
            <${Result} level=${2} slot=${{ ...feedback, kind: question.kind, response: slot.response }} />
          `
        : html`<${Kind} slot=${slot} act=${act} disabled=${disabled || isFinal(slots, slot)} />`}
      ${slots.refused === slot.position &&
      html`<${Notice} kind="attention" title=${t('runner.refused_title', { n })}>${t('runner.refused_text', { n })}<//>`}
    </div>
  `;
}

/** @param {{ slot: import('../../state/attempt.js').OpenSlot }} props */
function Verdict({ slot }) {
  const feedback = /** @type {import('../../state/attempt.js').Feedback} */ (slot.feedback);
  const { mark } = feedback;
  const key = keyInWords({ ...feedback, kind: slot.question.kind, response: slot.response });
  const title = t(mark >= 1 ? 'runner.right' : mark > 0 ? 'runner.partly_right' : 'runner.wrong');
  const parts = [mark < 1 && key && t('runner.the_key_is', { key }), feedback.due_on && t('runner.comes_back', { date: date(feedback.due_on, 'day') })];
  const text = parts.filter(Boolean).join(' ');
  // Announced once, when it arrives; a question that is opened again is read as usual.
  const isNew = useRef(slot.justTold);
  useEffect(() => {
    if (isNew.current) announce(`${title} ${text}`);
  }, []);
  return html`<${Notice} kind=${mark >= 1 ? 'correct' : 'wrong'} title=${title}>${text}<//>`;
}
