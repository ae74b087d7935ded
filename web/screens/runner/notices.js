// The notice above the action bar: one at a time, most serious first.

import { Notice } from '../../components/notice.js';
import { letter } from '../../components/words.js';
import { plainText } from '../../markdown/render.js';
import { t, time } from '../../messages/index.js';
import { slotAt } from '../../state/attempt.js';
import { useSession } from '../../state/session.js';
import { html, useEffect, useState } from '../../view.js';
import { SignInAgain } from './sign_in_again.js';

/** @param {{ sitting: any, view: any, limit?: string | null }} props */
export function Notices({ sitting, view, limit = null }) {
  const { status, told, slots, phase, problem, isOffline } = view;
  const n = status.unsent.length;
  const { user } = useSession();
  const isOther = user !== null && user.id !== sitting.user;
  if (isOther || status.problem?.status === 401 || problem?.status === 401) {
    return html`<${SignInAgain} sitting=${sitting} n=${n} />`;
  }
  if (phase === 'ending') {
    return html`<${Notice} kind="attention" title=${t('runner.time_up_title')}>${t('runner.time_up_text')}<//>`;
  }
  if (status.conflict) return html`<${Conflict} sitting=${sitting} slots=${slots} entry=${status.conflict} />`;
  if (told?.type === 'rejected') {
    return html`
      <${Notice} kind="wrong" title=${t('runner.rejected_title', { n: told.position })} action=${dismiss(sitting)}>
        ${told.problem.detail}
      <//>
    `;
  }
  if (status.problem || isOffline) return html`<${Waiting} sitting=${sitting} view=${view} />`;
  if (!status.stored) {
    return html`<${Notice} kind="attention" title=${t('runner.full_title')}>${t('runner.full_text')}<//>`;
  }
  if (limit) return html`<${Notice} kind="attention" title=${limit} />`;
  if (told?.type === 'changed') {
    return html`
      <${Notice} kind="info" title=${t('runner.changed_elsewhere', { n: told.position })} action=${dismiss(sitting)} />
    `;
  }
  if (told?.type === 'notes') {
    return html`<${Notice} kind="info" title=${told.text} action=${dismiss(sitting)} />`;
  }
  if (told?.type === 'back') {
    const title = t('runner.back_title');
    return html`
      <${Notice} kind="info" title=${title} action=${dismiss(sitting)}>${told.count > 0 && t('runner.back_text', { n: told.count })}<//>
    `;
  }
  return null;
}

/** @param {any} sitting */
function dismiss(sitting) {
  return html`<button type="button" class="button" onClick=${sitting.dismiss}>${t('runner.dismiss')}</button>`;
}

/** Why responses cannot be sent. @param {{ sitting: any, view: any }} props */
function Waiting({ sitting, view }) {
  const { status, deadline } = view;
  const { retryAt, unsent } = status;
  const problem = view.isOffline ? { kind: 'offline' } : status.problem;
  const seconds = useSecondsUntil(retryAt);
  const retry = html`<button type="button" class="button" onClick=${sitting.retry}>${t('runner.try_now')}</button>`;
  const next = t('runner.next_try', { n: seconds });
  if (problem.kind === 'offline') {
    const end = deadline === null ? '' : ` ${t(`runner.offline_end_${view.attempt.mode}`, { time: time(deadline) })}`;
    const text = unsent.length > 0 ? t('runner.offline_kept', { n: unsent.length }) : t('runner.offline_text');
    return html`<${Notice} kind="attention" title=${t('runner.offline_title')} action=${retry}>${text}${end}<//>`;
  }
  const [title, text] = wordsOf(problem);
  return html`<${Notice} kind="attention" title=${title} action=${retry}>${text} ${next}<//>`;
}

/**
 * Why responses cannot be sent, in words.
 * @param {any} problem
 */
function wordsOf(problem) {
  if (problem.kind === 'proxy') return [t('runner.proxy_title', { status: problem.status || '–' }), t('runner.waits_here')];
  switch (problem.status) {
    case 429:
      return [t('runner.many_title'), t('runner.waits_here')];
    case 503:
      return [t('runner.busy_title'), t('runner.waits_here')];
    case 403:
      return [t('runner.not_allowed'), t('runner.waits_here')];
    case 404:
      return [t('runner.not_yours'), t('runner.waits_here')];
    default:
      return [t('runner.failed_title'), t('runner.failed_text', { id: problem.requestId ?? '–' })];
  }
}

/** @param {number | null} at by the clock of the page */
function useSecondsUntil(at) {
  const [, draw] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => draw((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return at === null ? 0 : Math.max(0, Math.ceil((at - performance.now()) / 1000));
}

/**
 * A response in words.
 * @param {import('../../state/attempt.js').Question} question
 * @param {import('../../state/attempt.js').Choice[] | null} response
 */
export function responseInWords(question, response) {
  if (!response?.length) return t('runner.no_response');
  const of = (/** @type {string} */ id) => question.answers.findIndex((answer) => answer.id === id);
  const bodies = (/** @type {string} */ id) => plainText(question.answers[of(id)]?.body ?? '');
  return response
    .map((choice) => {
      if (typeof choice !== 'string') return `${bodies(choice.answer)}: ${plainText(choice.match)}`;
      return question.kind === 'ordering' ? bodies(choice) : letter(of(choice));
    })
    .join(question.kind === 'multiple_response' ? ', ' : '; ');
}

/** @param {{ sitting: any, slots: import('../../state/attempt.js').Sitting, entry: any }} props */
function Conflict({ sitting, slots, entry }) {
  const { question } = slotAt(slots, entry.position);
  const there = responseInWords(question, entry.theirs.response);
  const here = responseInWords(question, entry.state.response);
  const keep = (/** @type {'ours' | 'theirs'} */ which, /** @type {string} */ what) => html`
    <button type="button" class="button" onClick=${() => sitting.resolve(entry.position, which)}>
      ${t('runner.keep', { what })}
    </button>
  `;
  const isShort = there.length + here.length <= 12;
  return html`
    <${Notice}
      kind="attention"
      title=${entry.position === slots.current ? t('runner.conflict_this') : t('runner.conflict_title', { n: entry.position })}
      action=${html`
        ${keep('theirs', isShort ? there : t('runner.that_there'))} ${keep('ours', isShort ? here : t('runner.this_here'))}
      `}
    >
      ${t('runner.conflict_text', { there, here })}
    <//>
  `;
}
