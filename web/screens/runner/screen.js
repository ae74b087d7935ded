// Taking an attempt: one question at a time, in all modes.

import { isFocusLost, useHeadingFocus } from '../../components/focus.js';
import { KeySheet } from '../../components/key_sheet.js';
import { commandOf } from '../../components/keys.js';
import { Dialog } from '../../components/dialog.js';
import { DisplayDialog } from '../../components/display.js';
import { ProblemNotice } from '../../components/problem.js';
import { QuestionList } from '../../components/question_list.js';
import { Skeleton } from '../../components/skeleton.js';
import { letter } from '../../components/words.js';
import { announce } from '../../components/announcer.js';
import { t } from '../../messages/index.js';
import { counts, given, isFinal, slotAt } from '../../state/attempt.js';
import { navigate } from '../../state/route.js';
import { setSetting, useSettings } from '../../state/settings.js';
import { useSitting } from '../../state/use_sitting.js';
import { useTitle } from '../../state/title.js';
import { html, useCallback, useEffect, useLayoutEffect, useRef, useState } from '../../view.js';
import { Actions } from './actions.js';
import { Bar, Menu } from './bar.js';
import { Notices } from './notices.js';
import { Over } from './over.js';
import { Question } from './question.js';
import { SignInAgain } from './sign_in_again.js';

/** @param {{ params: { id: string } }} props */
export default function Screen({ params }) {
  const sitting = useSitting(params.id);
  const view = sitting.snapshot();
  const title =
    view.slots && view.exam
      ? `${t('runner.question_of', { n: view.slots.current, of: view.slots.slots.length })} · ${view.exam.code.toUpperCase()}`
      : t('runner.attempt');
  useTitle(title);
  if (view.phase === 'over') return html`<${Over} view=${view} leave=${sitting.leave} />`;
  if (view.phase === 'failed') {
    return html`
      <main id="main" class="column">
        <h1 tabindex="-1">${t('runner.attempt')}</h1>
        ${view.problem.status === 401
          ? html`<${SignInAgain} sitting=${sitting} n=${view.status.unsent.length} />`
          : html`<${ProblemNotice} problem=${view.problem} retry=${sitting.load} />`}
      </main>
    `;
  }
  if (!view.slots) {
    return html`
      <main id="main" class="column">
        <h1 tabindex="-1">${t('runner.attempt')}</h1>
        <${Skeleton} lines=${6} />
      </main>
    `;
  }
  return html`<${Runner} sitting=${sitting} view=${view} />`;
}
Screen.bare = true;

/** @param {{ sitting: ReturnType<typeof useSitting>, view: any }} props */
function Runner({ sitting, view }) {
  const settings = useSettings();
  const { slots } = view;
  const slot = slotAt(slots);
  const total = slots.slots.length;
  const isLast = slots.current === total;
  const isEnding = view.phase === 'ending';
  const [sheet, setSheet] = useState(/** @type {'list' | 'keys' | 'display' | 'menu' | null} */ (null));
  const [limit, setLimit] = useState(/** @type {string | null} */ (null));
  const heading = useHeadingFocus();
  const scroller = useRef(/** @type {HTMLElement | null} */ (null));
  const panel = useRef(/** @type {HTMLElement | null} */ (null));
  const primary = useRef(/** @type {HTMLElement | null} */ (null));

  const { act } = sitting;
  const toReview = useCallback(() => navigate(`#/attempts/${sitting.id}/review`), [sitting]);
  const toggleTime = () => setSetting('showTime', settings.showTime === false);
  const go = (/** @type {number} */ to) => {
    setSheet(null);
    act({ type: 'go', to });
  };
  const next = () => (isLast ? toReview() : go(slots.current + 1));
  const strike = (/** @type {string} */ answer) => {
    const index = slot.question.answers.findIndex((/** @type {any} */ one) => one.id === answer);
    const isStruck = slot.struck_out.includes(answer);
    const isCleared = !isStruck && given(slot).includes(answer);
    const word = isStruck ? 'restored' : isCleared ? 'struck_cleared' : 'struck';
    announce(t(`runner.${word}`, { letter: letter(index) }));
  };
  /** Applies an action, and announces effects outside of the focus. @param {import('../../state/attempt.js').Action} action */
  const give = (action) => {
    if (action.type === 'strike' && !isFinal(slots, slot)) strike(action.answer);
    act(action);
  };

  // The time on a question runs only here.
  useEffect(() => {
    sitting.look(true);
    return () => sitting.look(false);
  }, [sitting]);

  // The focus moves to the heading of another question, once no dialog is open.
  const shown = useRef(slots.current);
  useEffect(() => {
    if (shown.current === slots.current || sheet) return;
    shown.current = slots.current;
    scroller.current?.scrollTo(0, 0);
    setTimeout(() => heading.current?.focus());
  });

  // The button that was pressed to check is gone: the focus moves to the next action.
  const hasFeedback = Boolean(slot.feedback);
  const told = useRef({ position: slots.current, hasFeedback });
  useEffect(() => {
    const isNew = told.current.position === slots.current && !told.current.hasFeedback && hasFeedback;
    told.current = { position: slots.current, hasFeedback };
    if (isNew && isFocusLost()) primary.current?.focus();
  });

  const openList = () => {
    const cell = /** @type {HTMLElement | null} */ (panel.current?.querySelector('[aria-current]'));
    if (cell?.offsetParent) cell.focus();
    else setSheet('list');
  };

  // In a layout effect: before a normal effect runs, keys would still act on the previous question.
  useLayoutEffect(() => {
    /** @param {KeyboardEvent} event */
    const onKey = (event) => {
      if (event.defaultPrevented || event.repeat || document.querySelector('dialog[open]')) return;
      if (event.key === 'Escape' && panel.current?.contains(document.activeElement)) heading.current?.focus();
      const command = commandOf(event, settings.singleKeys !== false);
      if (!command || isEnding) return;
      const isChoice = ['single_choice', 'multiple_response'].includes(slot.question.kind);
      const run = /** @type {Record<string, (index: number) => void>} */ ({
        choose: (index) => isChoice && slot.question.answers[index] && give({ type: 'choose', answer: slot.question.answers[index].id }),
        strike: (index) => isChoice && slot.question.answers[index] && give({ type: 'strike', answer: slot.question.answers[index].id }),
        next,
        previous: () => go(slots.current - 1),
        flag: () => act({ type: 'flag' }),
        unsure: () => act({ type: 'unsure' }),
        list: openList,
        review: toReview,
        time: toggleTime,
        keys: () => setSheet('keys'),
        enter: () => slots.teaching && (slot.draft ? act({ type: 'check' }) : hasFeedback && next()),
      })[command.name];
      event.preventDefault();
      run('index' in command ? command.index : 0);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  });

  const all = counts(slots.slots);
  const answered = t('runner.answered_of', { count: all.answered, of: total });
  const summary = [
    answered,
    all.incomplete > 0 && t('runner.n_incomplete', { n: all.incomplete }),
    all.flagged > 0 && t('runner.n_flagged', { n: all.flagged }),
    all.unsure > 0 && t('runner.n_unsure', { n: all.unsure }),
  ].filter(Boolean);
  const bar = { view, timeUp: sitting.timeUp, toggleTime, onLimit: setLimit, open: setSheet, isTimeShown: settings.showTime !== false };

  return html`
    <div class="runner-page">
      <div class="runner">
        <${Bar} ...${bar} place=${t('runner.place_of', { n: slots.current, of: total })} />
        <main id="main" class="runner-question" ref=${scroller}>
          <${Question} slots=${slots} slot=${slot} total=${total} act=${give} heading=${heading} disabled=${isEnding} />
        </main>
        <footer class="runner-foot">
          <${Notices} sitting=${sitting} view=${view} limit=${limit} />
          <${Actions}
            slots=${slots}
            slot=${slot}
            act=${act}
            go=${go}
            next=${next}
            isLast=${isLast}
            isWaiting=${Boolean(view.status.problem)}
            disabled=${isEnding}
            primary=${primary}
          />
        </footer>
        <aside class="runner-list" ref=${panel} aria-label=${t('runner.questions')}>
          <div class="runner-list-head">
            <h2>${t('runner.questions')}</h2>
            <span>${answered}</span>
          </div>
          <div class="runner-list-body"><${QuestionList} slots=${slots.slots} current=${slots.current} go=${go} /></div>
          <button type="button" class="button" onClick=${toReview}>${t('runner.review_and_submit')}</button>
        </aside>
      </div>
      ${sheet === 'list' &&
      html`
        <${Dialog} title=${t('runner.questions')} onClose=${() => setSheet(null)}>
          <p class="hint">${summary.join(' · ')}</p>
          <${QuestionList} slots=${slots.slots} current=${slots.current} go=${go} />
          <button type="button" class="button primary wide" onClick=${toReview}>${t('runner.review_and_submit')}</button>
        <//>
      `}
      ${sheet === 'keys' &&
      html`
        <${Dialog} title=${t('runner.keys')} onClose=${() => setSheet(null)}>
          <${KeySheet} single=${settings.singleKeys !== false} />
        <//>
      `}
      ${sheet === 'display' && html`<${DisplayDialog} onClose=${() => setSheet(null)} />`}
      ${sheet === 'menu' &&
      html`
        <${Menu}
          view=${view}
          open=${setSheet}
          toReview=${toReview}
          toggleTime=${toggleTime}
          isTimeShown=${settings.showTime !== false}
        />
      `}
    </div>
  `;
}
