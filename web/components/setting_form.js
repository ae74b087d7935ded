// A form of a few settings that is sent as a whole, with a message about the result.

import { t } from '../messages/index.js';
import { useAction } from '../state/request.js';
import { html, useState } from '../view.js';
import { announce } from './announcer.js';
import { Button } from './button.js';
import { useCountdown } from './countdown.js';
import { ProblemNotice } from './problem.js';

/**
 * A problem that a field shows is not shown twice.
 * @param {{ save: () => Promise<void>, fields: (problem: any) => any, isShown?: (problem: any) => boolean, check?: () => boolean,
 *   label?: string, done?: string, beside?: any }} props `check`: whether it can be sent; `beside`: shown next to its button
 */
export function SettingForm({ save, fields, isShown = () => false, check = () => true, label, done, beside }) {
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
      ${problem && !isShown(problem) && html`<${ProblemNotice} problem=${problem} />`}
      ${fields(problem)}
      <div class="form-foot">
        <${Button} type="submit" off=${isBusy || wait > 0}>${label ?? t('shell.save')}<//>
        ${beside}
        ${isDone && html`<span class="form-done">${done ?? t('shell.saved')}</span>`}
      </div>
    </form>
  `;
}

/** The detail of a problem for a field. @param {any} problem @param {string} name @returns {string | undefined} */
export function detailOf(problem, name) {
  return problem?.errors.find((/** @type {any} */ error) => error.pointer === `/${name}`)?.detail;
}
