// The remaining time on the server's clock. It is drawn every full second and announced four times.

import { serverNow } from '../api/clock.js';
import { t } from '../messages/index.js';
import { html, useEffect, useRef, useState } from '../view.js';
import { announce } from './announcer.js';
import { clockText, crossed, untilNext } from './time_left.js';

/** How long a limit is shown, in ms. */
const SHOWN = 10_000;

/** A limit in words. @param {number} limit */
function limitText(limit) {
  return limit < 60 ? t('runner.seconds_left', { n: limit }) : t('runner.minutes_left', { n: limit / 60 });
}

/** @param {number} seconds */
function label(seconds) {
  if (seconds <= 60) return { text: t('runner.under_minutes', { n: 1 }), state: ' is-last' };
  if (seconds <= 300) return { text: t('runner.under_minutes', { n: 5 }), state: ' is-short' };
  return { text: t('runner.time_left'), state: '' };
}

/**
 * Counts down to a time on the server's clock. `onLimit` gets the text to show in addition, and null when it should disappear.
 * @param {{ deadline: number, isShown: boolean, toggle: () => void, timeUp: () => void,
 *   onLimit: (text: string | null) => void }} props
 */
export function Timer({ deadline, isShown, toggle, timeUp, onLimit }) {
  const [, draw] = useState(0);
  const before = useRef(/** @type {number | null} */ (null));
  useEffect(() => {
    /** @type {any} */
    let timer;
    /** @type {any} */
    let shown;
    const tick = () => {
      clearTimeout(timer);
      const left = Math.max(0, deadline - serverNow());
      const seconds = Math.ceil(left / 1000);
      const limit = before.current === null ? null : crossed(before.current, seconds);
      before.current = seconds;
      if (limit !== null) {
        announce(limitText(limit), { first: true });
        onLimit(limitText(limit));
        clearTimeout(shown);
        shown = setTimeout(() => onLimit(null), SHOWN);
      }
      draw((count) => count + 1);
      if (left === 0) timeUp();
      else timer = setTimeout(tick, untilNext(left));
    };
    tick();
    document.addEventListener('visibilitychange', tick);
    return () => {
      clearTimeout(timer);
      clearTimeout(shown);
      document.removeEventListener('visibilitychange', tick);
    };
  }, [deadline]);

  const seconds = Math.ceil(Math.max(0, deadline - serverNow()) / 1000);
  const { text, state } = label(seconds);
  if (!isShown) {
    return html`
      <div class="timer">
        <button type="button" class="link timer-show" onClick=${toggle}>${t('runner.show_time')}</button>
      </div>
    `;
  }
  return html`
    <div class=${`timer${state}`}>
      <span role="timer" aria-live="off">
        <span class="timer-label">${text}</span> <span class="timer-left">${clockText(seconds)}</span>
      </span>
      <button type="button" class="link timer-hide" aria-label=${t('runner.hide_time')} onClick=${toggle}>
        ${t('runner.hide')}
      </button>
    </div>
  `;
}
