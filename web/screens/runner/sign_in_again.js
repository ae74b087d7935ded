// Signing in again without leaving the attempt when the session has ended. Nothing is lost.

import { Dialog } from '../../components/dialog.js';
import { Field } from '../../components/field.js';
import { Notice } from '../../components/notice.js';
import { t } from '../../messages/index.js';
import { signInAgain } from '../../state/session.js';
import { html, useState } from '../../view.js';

/** @param {{ sitting: any, n: number }} props */
export function SignInAgain({ sitting, n }) {
  const [isOpen, setOpen] = useState(false);
  const [email, setEmail] = useState(sitting.email);
  const [password, setPassword] = useState('');
  const [error, setError] = useState(/** @type {string | null} */ (null));
  const [isBusy, setBusy] = useState(false);

  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    setError(null);
    try {
      if (await signInAgain(sitting.user, email, password)) {
        setOpen(false);
        await sitting.resume();
      } else {
        setError(t('runner.other_account', { email: sitting.email }));
      }
    } catch (failure) {
      const problem = /** @type {any} */ (failure);
      if (problem?.kind === undefined) throw failure;
      setError(textOf(problem));
    } finally {
      setBusy(false);
    }
  };

  const open = html`
    <button type="button" class="button" onClick=${() => setOpen(true)}>${t('runner.sign_in')}</button>
  `;
  return html`
    <${Notice} kind="attention" title=${t('runner.ended_title')} action=${open}>
      ${n > 0 ? t('runner.ended_kept', { n }) : t('runner.ended_text')}
    <//>
    ${isOpen &&
    html`
      <${Dialog} title=${t('runner.ended_title')} onClose=${() => setOpen(false)}>
        <form onSubmit=${submit} novalidate>
          <${Field}
            label=${t('runner.email')}
            type="email"
            autocomplete="username"
            value=${email}
            onInput=${(/** @type {any} */ event) => setEmail(event.currentTarget.value)}
          />
          <${Field}
            label=${t('runner.password')}
            type="password"
            autocomplete="current-password"
            value=${password}
            error=${error}
            onInput=${(/** @type {any} */ event) => setPassword(event.currentTarget.value)}
          />
          <button type="submit" class="button primary" aria-disabled=${isBusy}>${t('runner.sign_in')}</button>
        </form>
      <//>
    `}
  `;
}

/** Why signing in failed. @param {any} problem */
function textOf(problem) {
  if (problem.kind === 'offline') return t('runner.offline_title');
  if (problem.status === 429) return t('runner.sign_in_later', { n: problem.retryAfter ?? 60 });
  if (problem.type === 'wrong-credentials') return t('runner.wrong_credentials');
  return problem.detail ?? problem.title;
}
