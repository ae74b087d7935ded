// The check before an attempt is submitted, and the submission.

import { Dialog } from '../../components/dialog.js';
import { DisplayDialog } from '../../components/display.js';
import { useHeadingFocus } from '../../components/focus.js';
import { KeySheet } from '../../components/key_sheet.js';
import { ProblemNotice } from '../../components/problem.js';
import { Marks } from '../../components/question_list.js';
import { Skeleton } from '../../components/skeleton.js';
import { announce } from '../../components/announcer.js';
import { plainText } from '../../markdown/render.js';
import { t, time } from '../../messages/index.js';
import { counts, isToCheck, parts, progress } from '../../state/attempt.js';
import { navigate } from '../../state/route.js';
import { setSetting, useSettings } from '../../state/settings.js';
import { useSitting } from '../../state/use_sitting.js';
import { useTitle } from '../../state/title.js';
import { html, useState } from '../../view.js';
import { Bar, Menu } from '../runner/bar.js';
import { Notices } from '../runner/notices.js';
import { Over } from '../runner/over.js';
import { SignInAgain } from '../runner/sign_in_again.js';

/** @typedef {import('../../state/attempt.js').OpenSlot} OpenSlot */

/** The filters of the list. @type {[string, (slot: OpenSlot) => boolean][]} */
const FILTERS = [
  ['check', isToCheck],
  ['open', (slot) => progress(slot.question, slot.response) === 'none'],
  ['incomplete', (slot) => progress(slot.question, slot.response) === 'incomplete'],
  ['flagged', (slot) => slot.flagged],
  ['unsure', (slot) => slot.unsure],
  ['all', () => true],
];

/**
 * The slots of a list: those without a response first, then incomplete ones, then the rest, each by position.
 * @param {OpenSlot[]} slots
 */
export function byUrgency(slots) {
  const rank = { none: 0, incomplete: 1, answered: 2 };
  const of = (/** @type {OpenSlot} */ slot) => rank[progress(slot.question, slot.response)];
  return [...slots].sort((one, other) => of(one) - of(other) || one.position - other.position);
}

/** @param {{ params: { id: string } }} props */
export default function Screen({ params }) {
  const sitting = useSitting(params.id);
  const view = sitting.snapshot();
  useTitle(`${t('runner.review_title')}${view.exam ? ` · ${view.exam.code.toUpperCase()}` : ''}`);
  if (view.phase === 'over') return html`<${Over} view=${view} leave=${sitting.leave} />`;
  if (view.phase === 'failed' || !view.slots) {
    return html`
      <main id="main" class="column">
        <h1 tabindex="-1">${t('runner.review_title')}</h1>
        ${view.phase !== 'failed'
          ? html`<${Skeleton} lines=${6} />`
          : view.problem.status === 401
            ? html`<${SignInAgain} sitting=${sitting} n=${view.status.unsent.length} />`
            : html`<${ProblemNotice} problem=${view.problem} retry=${sitting.load} />`}
      </main>
    `;
  }
  return html`<${Review} sitting=${sitting} view=${view} />`;
}
Screen.bare = true;

/** @param {{ sitting: ReturnType<typeof useSitting>, view: any }} props */
function Review({ sitting, view }) {
  const settings = useSettings();
  const heading = useHeadingFocus();
  const { slots, attempt, deadline } = view;
  const all = counts(slots.slots);
  const isExam = attempt.mode === 'exam';
  const [filter, setFilter] = useState(all.check > 0 ? 'check' : 'all');
  const [sheet, setSheet] = useState(/** @type {any} */ (null));
  const [limit, setLimit] = useState(/** @type {string | null} */ (null));
  const [, narrow] = FILTERS.find(([name]) => name === filter) ?? FILTERS[0];
  const listed = byUrgency(slots.slots.filter(narrow));
  const isEnding = view.phase === 'ending';
  const toggleTime = () => setSetting('showTime', settings.showTime === false);
  const open = (/** @type {number} */ position) => {
    sitting.act({ type: 'go', to: position });
    navigate(`#/attempts/${sitting.id}`);
  };
  const submit = () => {
    setSheet(null);
    void sitting.submit();
  };
  const submitText = t(`runner.submit_${attempt.mode}`);
  const bar = { view, timeUp: sitting.timeUp, toggleTime, isTimeShown: settings.showTime !== false, onLimit: setLimit, open: setSheet };

  return html`
    <div class="runner-page">
      <div class="review">
        <${Bar} ...${bar} />
        <main id="main" class="review-body">
          <section class="review-list">
            <h1 tabindex="-1" ref=${heading}>${t('runner.review_title')}</h1>
            <p class="lead">
              ${t('runner.answered_of', { count: all.answered, of: all.total })}${all.incomplete > 0 &&
              `, ${t('runner.n_incomplete', { n: all.incomplete })}`}.
              ${' '}${slots.teaching ? '' : t('runner.can_change')}
            </p>
            <div class="filters" role="group" aria-label=${t('runner.filter')}>
              ${FILTERS.map(([name, has]) => {
                const count = slots.slots.filter(has).length;
                return html`
                  <button
                    key=${name}
                    type="button"
                    class="filter"
                    aria-pressed=${name === filter}
                    onClick=${() => {
                      setFilter(name);
                      announce(t('runner.n_questions', { n: count }));
                    }}
                  >
                    ${t(`runner.filter_${name}`)} ${count}
                  </button>
                `;
              })}
            </div>
            ${listed.length === 0 && html`<p>${t('runner.nothing_listed')}</p>`}
            <ul class="review-rows">
              ${listed.map((slot) => html`<${Row} key=${slot.position} slot=${slot} open=${open} />`)}
            </ul>
          </section>
          <section class="review-submit panel">
            <h2>${t(isExam ? 'runner.submit_the_exam' : 'runner.submit_the_practice')}</h2>
            <p>${t('runner.submit_then')}</p>
            ${isExam && html`<p>${t('runner.submit_guess')}</p>`}
            ${deadline !== null && html`<p>${t('runner.submit_at', { time: time(deadline) })}</p>`}
            <${Notices} sitting=${sitting} view=${view} limit=${limit} />
            ${view.problem && view.problem.status !== 401 && html`<${ProblemNotice} problem=${view.problem} retry=${submit} />`}
            <button
              type="button"
              class="button primary"
              aria-disabled=${view.submitting || isEnding}
              onClick=${() => {
                if (view.submitting || isEnding) return;
                if (all.open + all.incomplete > 0) setSheet('submit');
                else submit();
              }}
            >
              ${view.submitting ? t('runner.submitting') : submitText}
            </button>
            <a class="button" href=${`#/attempts/${sitting.id}`}>${t('runner.back_to', { n: slots.current })}</a>
            <a class="leave" href="#/exams">${t('runner.leave')}</a>
          </section>
        </main>
      </div>
      ${sheet === 'submit' &&
      html`
        <${Dialog} title=${openTitle(all)} onClose=${() => setSheet(null)}>
          <p>${t(openText(attempt.mode, all))}</p>
          <div class="dialog-actions">
            <button type="button" class="button" onClick=${() => setSheet(null)}>${t('runner.go_back')}</button>
            <button type="button" class="button primary" onClick=${submit}>${submitText}</button>
          </div>
        <//>
      `}
      ${sheet === 'keys' &&
      html`
        <${Dialog} title=${t('runner.keys')} onClose=${() => setSheet(null)}>
          <${KeySheet} single=${settings.singleKeys !== false} />
        <//>
      `}
      ${sheet === 'display' && html`<${DisplayDialog} onClose=${() => setSheet(null)} />`}
      ${sheet === 'menu' && html`<${Menu} view=${view} open=${setSheet} toggleTime=${toggleTime} isTimeShown=${bar.isTimeShown} />`}
    </div>
  `;
}

/** The consequence of open slots. @param {string} mode @param {ReturnType<typeof counts>} all */
function openText(mode, all) {
  if (all.open === 0) return 'runner.submit_incomplete_text';
  return mode === 'review' ? 'runner.submit_open_text_review' : 'runner.submit_open_text';
}

/** The open slots, as a question. @param {ReturnType<typeof counts>} all */
function openTitle(all) {
  if (all.open > 0 && all.incomplete > 0) return t('runner.submit_both', { n: all.open + all.incomplete });
  return all.open > 0 ? t('runner.submit_open', { n: all.open }) : t('runner.submit_incomplete', { n: all.incomplete });
}

/** @param {{ slot: OpenSlot, open: (position: number) => void }} props */
function Row({ slot, open }) {
  const state = progress(slot.question, slot.response);
  const words = {
    none: t('runner.not_answered'),
    incomplete: t(slot.question.kind === 'matching' ? 'runner.matched' : 'runner.chosen', {
      count: slot.response?.length ?? 0,
      of: parts(slot.question),
    }),
    answered: t('runner.answered'),
  };
  return html`
    <li class="review-row">
      <button
        type="button"
        class="link"
        aria-label=${t('runner.question', { n: slot.position })}
        onClick=${() => open(slot.position)}
      >
        ${slot.position}
      </button>
      <span class="review-stem" dir="auto">${plainText(slot.question.stem)}</span>
      <span class=${`review-state is-${state}`}>${words[state]}</span>
      <span class="review-marks"><${Marks} slot=${slot} /></span>
    </li>
  `;
}
