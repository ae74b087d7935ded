// The form to sign in.

import { announce } from '../../components/announcer.js';
import { Button } from '../../components/button.js';
import { useCountdown } from '../../components/countdown.js';
import { Field } from '../../components/field.js';
import { Notice } from '../../components/notice.js';
import { ProblemNotice } from '../../components/problem.js';
import { t } from '../../messages/index.js';
import { useAction } from '../../state/request.js';
import { signIn, useSession } from '../../state/session.js';
import { html, useEffect, useState } from '../../view.js';

/** @param {{ hasEnded: boolean }} props */
export function SignInForm({ hasEnded }) {
  const { user } = useSession();
  const [email, setEmail] = useState(user?.email ?? '');
  const [password, setPassword] = useState('');
  const { run, isBusy, problem } = useAction(async () => {
    await signIn(email.trim(), password);
  });
  const wait = useCountdown(problem);
  const isLimited = problem?.type === 'rate-limited';
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (wait === 0) void run();
  };
  return html`
    <form class="form" onSubmit=${submit}>
      ${hasEnded && !problem && html`<${Notice} kind="attention" title=${t('shell.ended')}>${t('shell.ended_text')}<//>`}
      ${problem && (!isLimited || wait > 0) && html`<${Refused} problem=${problem} wait=${wait} />`}
      <${Field} label=${t('shell.email')} type="email" name="email" autocomplete="username" required value=${email}
        onInput=${(/** @type {any} */ event) => setEmail(event.currentTarget.value)} />
      <${Field} label=${t('shell.password')} type="password" name="password" autocomplete="current-password" required value=${password}
        onInput=${(/** @type {any} */ event) => setPassword(event.currentTarget.value)} />
      <${Button} type="submit" primary wide off=${isBusy || wait > 0}>${t('shell.sign_in')}<//>
    </form>
  `;
}

/** Why signing in failed. @param {{ problem: any, wait: number }} props */
export function Refused({ problem, wait }) {
  const told = { 'wrong-credentials': 'wrong_credentials', 'account-disabled': 'account_disabled' }[/** @type {string} */ (problem.type)];
  const isLimited = problem.type === 'rate-limited';
  const title = isLimited ? t('shell.many_sign_ins') : told && t(`shell.${told}`);
  const text = isLimited ? t('shell.shared_limit') : told === 'account_disabled' ? t('shell.account_disabled_text') : '';
  useEffect(() => announce([title, text, isLimited && t('shell.wait', { n: wait })].filter(Boolean).join(' ')), [problem]);
  if (!title) return html`<${ProblemNotice} problem=${problem} />`;
  return html`
    <${Notice} kind=${isLimited ? 'attention' : 'wrong'} title=${title}>
      ${text} ${isLimited && html`<span>${t('shell.wait', { n: wait })}</span>`}
    <//>
  `;
}
