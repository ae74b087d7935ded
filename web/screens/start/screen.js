// The choices before an attempt begins.

import { get, post } from '../../api/client.js';
import { Notice } from '../../components/notice.js';
import { ProblemNotice } from '../../components/problem.js';
import { Skeleton } from '../../components/skeleton.js';
import { number, t } from '../../messages/index.js';
import { navigate } from '../../state/route.js';
import { useSession } from '../../state/session.js';
import { useTitle } from '../../state/title.js';
import { html, useEffect, useRef, useState } from '../../view.js';
import { available, bodyOf, defaults, faults, isFixed, isNarrow, minutesFor, reviewSize, sizeOf } from './choices.js';
import { Domains, Modes, More, Options, ReviewOptions } from './parts.js';

/** @param {{ params: { code: string }, query: Record<string, string> }} props */
export default function Screen({ params, query }) {
  useTitle(`${t('runner.start')} · ${params.code.toUpperCase()}`);
  const [data, setData] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const load = async () => {
    setProblem(null);
    try {
      const [exam, readiness, reviews] = await Promise.all([
        get(`/exams/${params.code}`),
        get('/me/readiness', { exam: params.code }),
        get('/me/reviews', { exam: params.code }),
      ]);
      setData({ exam: exam.body, known: readiness.body.domains, due: reviews.body.due_count });
    } catch (error) {
      if (/** @type {any} */ (error)?.kind === undefined) throw error;
      setProblem(error);
    }
  };
  useEffect(() => void load(), [params.code]);
  return html`
    <nav class="crumbs" aria-label=${t('runner.crumbs')}>
      <a href="#/exams">${t('runner.exams')}</a> / <a href=${`#/exams/${params.code}`}>${params.code.toUpperCase()}</a>
    </nav>
    <h1 tabindex="-1">${t('runner.start')}</h1>
    ${problem && html`<${ProblemNotice} problem=${problem} retry=${load} />`}
    ${!data && !problem && html`<${Skeleton} lines=${8} />`}
    ${data && html`<${Start} exam=${data.exam} known=${data.known} due=${data.due} query=${query} />`}
  `;
}

/** An idempotency key. */
function randomKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {{ exam: import('./choices.js').Exam, known: import('./choices.js').Known[], due: number, query: Record<string, string> }} props */
function Start({ exam, known, due, query }) {
  const { user } = useSession();
  const [choices, setChoices] = useState(() => defaults(exam, known, query));
  const [isAsked, setAsked] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const key = useRef({ body: '', value: '' });
  const wrong = isAsked ? faults(choices) : {};
  const change = (/** @type {Partial<typeof choices>} */ part) => {
    setProblem(null);
    setChoices((old) => ({ ...old, ...part }));
  };

  /** @param {Event} event */
  const start = async (event) => {
    event.preventDefault();
    setAsked(true);
    const first = Object.keys(faults(choices))[0];
    if (first) {
      /** @type {HTMLElement | null} */ (document.querySelector(`[data-field="${first}"] input, [data-field="${first}"] select`))?.focus();
      return;
    }
    if (isBusy) return;
    setBusy(true);
    setProblem(null);
    const body = bodyOf(exam, choices);
    const text = JSON.stringify(body);
    if (key.current.body !== text) key.current = { body: text, value: randomKey() };
    try {
      const reply = await post('/attempts', body, { idempotencyKey: key.current.value });
      navigate(`#/attempts/${reply.body.id}`);
    } catch (error) {
      if (/** @type {any} */ (error)?.kind === undefined) throw error;
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };

  const isPractice = choices.mode === 'practice';
  const extra = user?.extra_time_percent ?? 0;
  return html`
    <form class="start" onSubmit=${start} novalidate>
      <div class="start-body">
        <div class="start-choices">
          <${Modes} exam=${exam} due=${due} choices=${choices} change=${change} extra=${extra} />
          ${isPractice && !isFixed(choices) && html`<${Domains} exam=${exam} known=${known} choices=${choices} change=${change} wrong=${wrong} />`}
          ${isPractice && html`<${Options} exam=${exam} choices=${choices} change=${change} wrong=${wrong} extra=${extra} />`}
          ${choices.mode === 'review'
            ? html`<${ReviewOptions} exam=${exam} due=${due} choices=${choices} change=${change} extra=${extra} />`
            : html`<${More} exam=${exam} choices=${choices} change=${change} wrong=${wrong} />`}
        </div>
        <div class="start-summary panel">
          <div class="start-facts">
            <h2>${t(`runner.mode_${choices.mode}`)}, ${exam.code.toUpperCase()}</h2>
            <${Summary} exam=${exam} due=${due} choices=${choices} extra=${extra} />
            ${isPractice && html`<p class="hint">${t('runner.only_first_counts')}</p>`}
          </div>
          ${problem && html`<${Refused} problem=${problem} choices=${choices} />`}
          <button type="submit" class="button primary wide" aria-disabled=${isBusy}>
            ${t(isBusy ? 'runner.starting' : `runner.start_${choices.mode}`)}
          </button>
        </div>
      </div>
    </form>
  `;
}

/** Why the attempt did not begin. @param {{ problem: any, choices: import('./choices.js').Choices }} props */
function Refused({ problem, choices }) {
  if (problem.type === 'attempt-in-progress') {
    const id = problem.body?.attempt_id;
    const action = id && html`<a class="button" href=${`#/attempts/${id}`}>${t('runner.resume')}</a>`;
    return html`<${Notice} kind="attention" title=${t('runner.under_way_title')} action=${action}>${t('runner.under_way_text')}<//>`;
  }
  if (problem.type === 'not-enough-questions') {
    if (choices.mode === 'exam') return html`<${Notice} kind="attention" title=${t('runner.too_few')} />`;
    if (isFixed(choices)) return html`<${Notice} kind="attention" title=${t('runner.none_left')} />`;
    return html`<${Notice} kind="attention" title=${t('runner.none_title')}>${t('runner.none_text')}<//>`;
  }
  return html`<${ProblemNotice} problem=${problem} />`;
}

/** How many questions a practice has. @param {number} questions @param {import('./choices.js').Exam} exam @param {import('./choices.js').Choices} choices */
function countOf(questions, exam, choices) {
  const all = available(exam, choices.domains);
  if (Number.isNaN(questions)) return '–';
  const count = number(Math.min(questions, all));
  return isNarrow(choices) ? t('runner.at_most', { count }) : t('runner.count_of', { count, of: number(all) });
}

/** A summary of the attempt. @param {{ exam: import('./choices.js').Exam, due: number, choices: import('./choices.js').Choices, extra: number }} props */
function Summary({ exam, due, choices, extra }) {
  const isPractice = choices.mode === 'practice';
  const isReview = choices.mode === 'review';
  const questions = isPractice ? (faults(choices).other ? NaN : sizeOf(choices)) : isReview ? reviewSize(choices, due) : exam.question_count;
  const minutes = minutesFor(exam, questions, extra);
  const limit =
    extra > 0
      ? t('runner.minutes_extra', { n: minutes, plain: minutesFor(exam, questions, 0), extra })
      : t('runner.minutes', { n: minutes });
  const isAll = choices.domains.length === exam.domains.length;
  /** @type {[string, any][]} */
  const rows = isPractice
    ? [
        [
          'questions',
          isFixed(choices)
            ? t(choices.fromReport ? 'runner.from_report' : 'runner.as_before')
            : countOf(questions, exam, choices),
        ],
        ...(isFixed(choices)
          ? []
          : /** @type {[string, any][]} */ ([
              ['domains', isAll ? t('runner.all') : choices.domains.join(', ')],
              ['from', t(`runner.pool_${choices.pool}`)],
            ])),
        ['feedback', t(`runner.feedback_${choices.feedback}`)],
        ['time', choices.timed ? (isFixed(choices) ? t('runner.pace') : questions > 0 ? limit : '–') : t('runner.no_limit')],
      ]
    : isReview
      ? [
          ['questions', t('runner.count_of', { count: number(questions), of: number(due) })],
          ['feedback', t('runner.feedback_immediate')],
          ['time', choices.timed && questions > 0 ? limit : t('runner.no_limit')],
        ]
      : [
          ['questions', number(exam.question_count)],
          ['time', limit],
          ['feedback', t('runner.feedback_deferred')],
        ];
  return html`
    <dl class="facts">
      ${rows.map(([name, value]) => html`<div key=${name}><dt>${t(`runner.fact_${name}`)}</dt><dd>${value}</dd></div>`)}
    </dl>
  `;
}
