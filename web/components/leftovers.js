// Sends responses that are left from an earlier visit, once, and shows those that were not accepted.

import { t } from '../messages/index.js';
import { attemptsWaiting } from '../state/outbox.js';
import { html, useEffect, useRef, useState } from '../view.js';
import { announce } from './announcer.js';
import { Notice } from './notice.js';

/** @typedef {import('../state/server_outbox.js').Leftover} Leftover */

/** The result for an attempt's responses. @param {Leftover} leftover */
function wordsOf({ refusals, late, isAsked }) {
  const title = isAsked
    ? t('runner.leftover_asked')
    : late > 0
      ? t('runner.leftover_late', { n: late })
      : t('runner.leftover_refused', { n: refusals.length });
  return { title, text: [...new Set(refusals)].filter(Boolean).join(' ') };
}

/**
 * Sends once per user, as soon as no attempt is open, and again after each attempt: an open attempt sends its own responses.
 * @param {string} userId
 * @param {boolean} isAttempt
 * @returns {[Leftover[], (one: Leftover) => void]} what was not accepted, and a function that forgets it
 */
export function useLeftovers(userId, isAttempt) {
  const [kept, setKept] = useState(/** @type {Leftover[]} */ ([]));
  const sentFor = useRef('');
  useEffect(() => {
    // What this attempt does not send is shown after it.
    if (isAttempt) sentFor.current = '';
    if (sentFor.current === userId) return;
    setKept([]);
    if (!userId || isAttempt) return;
    sentFor.current = userId;
    if (attemptsWaiting(userId, localStorage).length === 0) return;
    void import('../state/server_outbox.js')
      .then(({ sendLeftovers }) => sendLeftovers(userId))
      .then((found) => {
        setKept(found);
        for (const { title, text } of found.map(wordsOf)) announce(`${title} ${text}`);
      })
      // Nothing was loaded or sent: it is tried again after the next attempt or sign-in.
      .catch(() => (sentFor.current = ''));
  }, [userId, isAttempt]);
  return [kept, (one) => setKept((all) => all.filter((other) => other !== one))];
}

/** @param {{ kept: Leftover[], forget: (one: Leftover) => void }} props */
export function Leftovers({ kept, forget }) {
  return kept.map((one) => {
    const { title, text } = wordsOf(one);
    const action = html`
      <a class="button" href=${`#/attempts/${one.attempt}`} onClick=${() => forget(one)}>${t('runner.leftover_open')}</a>
      <button type="button" class="button" onClick=${() => forget(one)}>${t('runner.dismiss')}</button>
    `;
    return html`<${Notice} key=${one.attempt} kind="attention" title=${title} action=${action}>${text}<//>`;
  });
}
