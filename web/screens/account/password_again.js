// Asks for the password again if the session is too old for an operation.

import { Field } from '../../components/field.js';
import { t } from '../../messages/index.js';
import { html } from '../../view.js';

/** Whether a password would solve the problem. @param {any} problem */
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
