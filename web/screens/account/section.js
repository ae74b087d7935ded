// A part of the account, and what its form says after it was sent.

import { announce } from '../../components/announcer.js';
import { Button } from '../../components/button.js';
import { useCountdown } from '../../components/countdown.js';
import { ProblemNotice } from '../../components/problem.js';
import { t } from '../../messages/index.js';
import { useAction } from '../../state/request.js';
import { html, useId, useState } from '../../view.js';

/** @param {{ title: string, children: any }} props */
export function Section({ title, children }) {
  const id = useId();
  return html`
    <section class="setting" aria-labelledby=${id}>
      <h2 id=${id}>${title}</h2>
      <div class="setting-body">${children}</div>
    </section>
  `;
}

/**
 * A form that is sent as a whole. A problem that one of its fields shows is not told twice.
 * @param {{ save: () => Promise<void>, fields: (problem: any) => any, isTold?: (problem: any) => boolean, check?: () => boolean,
 *   label?: string, done?: string }} props `check`: whether it can be sent
 */
export function SettingForm({ save, fields, isTold = () => false, check = () => true, label, done }) {
  const [isDone, setDone] = useState(false);
  const { run, isBusy, problem } = useAction(async () => {
    await save();
    setDone(true);
    announce(done ?? t('shell.saved'));
  });
  const wait = useCountdown(problem);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    setDone(false);
    if (wait === 0 && check()) void run();
  };
  return html`
    <form class="form" onSubmit=${submit} onInput=${() => setDone(false)} novalidate>
      ${problem && !isTold(problem) && html`<${ProblemNotice} problem=${problem} />`}
      ${fields(problem)}
      <div class="form-foot">
        <${Button} type="submit" off=${isBusy || wait > 0}>${label ?? t('shell.save')}<//>
        ${isDone && html`<span class="form-done">${done ?? t('shell.saved')}</span>`}
      </div>
    </form>
  `;
}

/** What a problem says of a field. @param {any} problem @param {string} name @returns {string | undefined} */
export function detailOf(problem, name) {
  return problem?.errors.find((/** @type {any} */ error) => error.pointer === `/${name}`)?.detail;
}
