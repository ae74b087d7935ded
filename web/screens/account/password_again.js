// The password, asked for once more where the session is too old for what is to be done.

import { Field } from '../../components/field.js';
import { t } from '../../messages/index.js';
import { html } from '../../view.js';

/** Whether the password would help. @param {any} problem */
export function asksPassword(problem) {
  return problem?.type === 'reauthentication-required' || problem?.type === 'wrong-password';
}

/** @param {{ problem: any, value: string, change: (value: string) => void }} props */
export function PasswordAgain({ problem, value, change }) {
  return html`
    <${Field} label=${t('shell.password_now')} type="password" autocomplete="current-password" value=${value}
      hint=${t('shell.password_again')} error=${problem?.type === 'wrong-password' && t('shell.password_wrong')}
      onInput=${(/** @type {any} */ event) => change(event.currentTarget.value)} />
  `;
}
