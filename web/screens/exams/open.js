// An attempt in progress: resume it, or abandon it.

import { del } from '../../api/client.js';
import { serverNow } from '../../api/clock.js';
import { Button } from '../../components/button.js';
import { Dialog } from '../../components/dialog.js';
import { ProblemNotice } from '../../components/problem.js';
import { date, duration, number, t, time } from '../../messages/index.js';
import { useAction } from '../../state/request.js';
import { html, useEffect, useState } from '../../view.js';

/** @param {{ attempt: any, exams: any[], reload: () => void }} props */
export function Open({ attempt, exams, reload }) {
  const left = useSecondsLeft(attempt.deadline_at);
  const [isAsked, setAsked] = useState(false);
  const name = exams.find(({ code }) => code === attempt.exam)?.name ?? attempt.exam.toUpperCase();
  const facts = [
    t('progress.begun', { date: date(attempt.started_at, 'short'), time: time(attempt.started_at) }),
    t('progress.answered_of', { n: number(attempt.answered), of: number(attempt.slot_count) }),
  ];
  if (attempt.deadline_at) facts.push(t('progress.ends_at', { time: time(attempt.deadline_at) }));
  return html`
    <section class="open-attempt" aria-labelledby=${`open-${attempt.id}`}>
      <div>
        <p class="open-kind">${t('progress.in_progress')}</p>
        <h2 id=${`open-${attempt.id}`}>${t(`progress.open_${attempt.mode}`, { name })}</h2>
        <p class="hint">${facts.join(' · ')}</p>
      </div>
      <div class="open-end">
        ${left !== null && html`<p>${left > 0 ? t('progress.time_left', { time: duration(left) }) : t('progress.time_up')}</p>`}
        <button type="button" class="link" aria-describedby=${`open-${attempt.id}`} onClick=${() => setAsked(true)}>${t('progress.abandon')}</button>
        <a class="button primary" href=${`#/attempts/${attempt.id}`}>${t(`progress.resume_${attempt.mode}`)}</a>
      </div>
      ${isAsked && html`<${Abandon} attempt=${attempt} reload=${reload} onClose=${() => setAsked(false)} />`}
    </section>
  `;
}

/** @param {{ attempt: any, reload: () => void, onClose: () => void }} props */
function Abandon({ attempt, reload, onClose }) {
  const { run, isBusy, problem } = useAction(async () => {
    await del(`/attempts/${attempt.id}`);
    close();
  });
  // What the dialog was about may be gone from the list, or have changed meanwhile.
  const close = () => {
    onClose();
    reload();
    setTimeout(() => /** @type {HTMLElement | null} */ (document.querySelector('h1'))?.focus());
  };
  const leave = () => (problem ? close() : onClose());
  return html`
    <${Dialog} title=${t(`progress.abandon_${attempt.mode}`)} onClose=${leave}>
      <p>${t(attempt.mode === 'exam' ? 'progress.abandon_text' : 'progress.abandon_text_practice')}</p>
      ${problem && html`<${ProblemNotice} problem=${problem} />`}
      <div class="dialog-actions">
        <button type="button" class="button" onClick=${leave}>${t('runner.go_back')}</button>
        <${Button} primary off=${isBusy} onClick=${() => void run()}>${t('progress.abandon')}<//>
      </div>
    <//>
  `;
}

/** The time until a deadline, updated twice a minute; null without one. @param {string | null} deadline */
function useSecondsLeft(deadline) {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    if (!deadline) return undefined;
    const timer = setInterval(() => setNow(serverNow()), 30_000);
    return () => clearInterval(timer);
  }, [deadline]);
  return deadline ? Math.max(0, (Date.parse(deadline) - now) / 1000) : null;
}
