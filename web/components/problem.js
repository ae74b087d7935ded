// Shows why the server rejected a request, and what to do.

import { date, duration, t } from '../messages/index.js';
import { html, useEffect } from '../view.js';
import { announce } from './announcer.js';
import { Button } from './button.js';
import { useCountdown } from './countdown.js';
import { Notice } from './notice.js';

/**
 * The words for a problem.
 * @param {any} problem
 * @returns {{ kind: 'attention' | 'wrong', title: string, text?: string, away?: boolean }} `away`: nothing more can be done here
 */
export function wordsOf(problem) {
  const { kind, status, path = '', detail, title, requestId } = problem;
  if (kind === 'offline') return { kind: 'attention', title: t('shell.offline'), text: t('shell.offline_text') };
  if (kind === 'conflict') return { kind: 'attention', title: t('runner.conflict_first') };
  if (kind === 'proxy') return { kind: 'attention', title: t('shell.proxy', { status: String(status) }), text: t('shell.try_later') };
  if (status === 401) return { kind: 'attention', title: t('shell.ended'), text: t('shell.ended_text') };
  if (problem.type === 'forbidden') return { kind: 'wrong', title: t('shell.forbidden'), away: true };
  if (status === 404 && path.startsWith('/attempts/')) return { kind: 'wrong', title: t('shell.no_attempt'), away: true };
  if (status === 404 && /^\/(exams|me\/(readiness|reviews|plans))\b/.test(path)) return { kind: 'wrong', title: t('shell.no_exam'), away: true };
  if (problem.type === 'too-many-unanswered') return { kind: 'attention', title: t('shell.many_unanswered') };
  if (problem.type === 'rate-limited') return { kind: 'attention', title: t('shell.many') };
  if (problem.type === 'nothing-due') return { kind: 'attention', title: t('progress.nothing_due'), text: nextReview(problem.body.next_due_at) };
  if (status === 503) return { kind: 'attention', title: t('shell.busy'), text: t('shell.try_later') };
  if (status === 500) return { kind: 'wrong', title: t('shell.failed'), text: t('shell.failed_text', { id: requestId ?? '–' }) };
  const told = [...new Set([...problem.errors.map((/** @type {any} */ error) => error.detail), detail])].filter(Boolean).join('. ');
  return { kind: 'wrong', title: title ? `${title}:` : t('shell.failed'), text: told && `${told}.` };
}

/** @param {string | null} instant */
function nextReview(instant) {
  return instant ? t('progress.next_review', { date: date(instant, 'sentence') }) : '';
}

/** @param {{ problem: any, retry?: () => void }} props */
export function ProblemNotice({ problem, retry }) {
  const wait = useCountdown(problem);
  const { kind, title, text, away } = wordsOf(problem);
  useEffect(() => announce([title, text].filter(Boolean).join(' ')), [problem]);
  const action = away
    ? html`<a class="button" href="#/exams">${t('shell.go_to_exams')}</a>`
    : retry && problem.status !== 401 && html`<${Button} off=${wait > 0} onClick=${retry}>${t('shell.try_again')}<//>`;
  return html`
    <${Notice} kind=${kind} title=${title} action=${action}>
      ${wait > 0 && text === t('shell.try_later') ? '' : text} ${wait > 0 && html`<span>${wait > 90 ? t('shell.wait_long', { time: duration(wait) }) : t('shell.wait', { n: wait })}</span>`}
    <//>
  `;
}
