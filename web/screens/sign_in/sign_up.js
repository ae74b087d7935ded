// The form to sign up. It also signs in, and sets the time zone of the account to that of this device.

import { patch, post } from '../../api/client.js';
import { Button } from '../../components/button.js';
import { useCountdown } from '../../components/countdown.js';
import { ErrorSummary, Field } from '../../components/field.js';
import { t } from '../../messages/index.js';
import { useAction } from '../../state/request.js';
import { setUser, signIn } from '../../state/session.js';
import { html, useRef, useState } from '../../view.js';
import { emailFault, passwordFault } from './checks.js';
import { Refused } from './sign_in.js';

const FIELDS = /** @type {const} */ (['email', 'password', 'display_name']);

/**
 * @param {{ email: string, password: string, display_name: string }} values
 * @param {{ current: string }} made the existing account, if signing in to it had to wait
 */
async function signUp({ email, password, display_name }, made) {
  const account = JSON.stringify([email.trim(), password]);
  if (made.current !== account) {
    await post('/users', { email: email.trim(), password, ...(display_name.trim() ? { display_name } : {}) });
    made.current = account;
  }
  await signIn(email.trim(), password);
  try {
    setUser((await patch('/me', { time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone })).body);
  } catch (error) {
    // The account has a time zone in any case, which can be changed later.
    if (/** @type {any} */ (error)?.kind === undefined) throw error;
  }
}

export function SignUpForm() {
  const [values, setValues] = useState({ email: '', password: '', display_name: '' });
  const [checks, setChecks] = useState(0);
  const made = useRef('');
  const { run, isBusy, problem, clear } = useAction(() => signUp(values, made));
  const wait = useCountdown(problem);

  /** @param {typeof FIELDS[number]} name @returns {string | undefined} */
  const faultOf = (name) => {
    const told = problem?.errors.find((/** @type {any} */ error) => error.pointer === `/${name}`)?.detail;
    if (told) return told;
    if (name === 'email' && problem?.type === 'email-taken') return t('shell.email_taken');
    if (checks === 0 || name === 'display_name') return undefined;
    return name === 'email' ? emailFault(values.email) : passwordFault(values.password);
  };
  const labels = { email: t('shell.email'), password: t('shell.password'), display_name: t('shell.name_optional') };
  const wrong = FIELDS.filter(faultOf).map((name) => ({ id: name, label: labels[name] }));

  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    setChecks(checks + 1);
    if (wait === 0 && !emailFault(values.email) && !passwordFault(values.password)) void run();
  };
  const field = (/** @type {typeof FIELDS[number]} */ name, /** @type {object} */ input) => html`
    <${Field} id=${name} name=${name} label=${labels[name]} value=${values[name]} error=${faultOf(name)} ...${input}
      onInput=${(/** @type {any} */ event) => { if (wait === 0) clear(); setValues({ ...values, [name]: event.currentTarget.value }); }} />
  `;
  return html`
    <form class="form" onSubmit=${submit} novalidate>
      ${problem && wrong.length === 0 && html`<${Refused} problem=${problem} wait=${wait} />`}
      ${wrong.length > 0 && html`<${ErrorSummary} key=${checks} errors=${wrong} />`}
      ${field('email', { type: 'email', autocomplete: 'username' })}
      ${field('password', { type: 'password', autocomplete: 'new-password', hint: t('shell.password_hint') })}
      ${field('display_name', { autocomplete: 'name', maxlength: 100 })}
      <${Button} type="submit" primary wide off=${isBusy || wait > 0}>${t('shell.create_account')}<//>
    </form>
  `;
}
