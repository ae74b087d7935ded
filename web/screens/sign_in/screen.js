// Signing in, and signing up if the server allows it.

import { get } from '../../api/client.js';
import { Notice } from '../../components/notice.js';
import { t } from '../../messages/index.js';
import { useLoad } from '../../state/request.js';
import { useTitle } from '../../state/title.js';
import { html } from '../../view.js';
import { SignInForm } from './sign_in.js';
import { SignUpForm } from './sign_up.js';

/** @param {{ isNew: boolean, hasEnded: boolean, isDeleted: boolean }} props `isDeleted`: the account was deleted just now */
export default function Screen({ isNew, hasEnded, isDeleted }) {
  const title = t(isNew ? 'shell.create_account_title' : 'shell.sign_in');
  useTitle(title);
  const { data } = useLoad(async () => (await get('/server')).body, []);
  if (!isSecureContext) return html`<h1 tabindex="-1">${title}</h1><${NeedsHttps} />`;
  return html`
    <h1 tabindex="-1">${title}</h1>
    <p class="hint">${t('shell.tagline')}</p>
    ${isDeleted && html`<${Notice} kind="info" title=${t('shell.deleted')} />`}
    ${isNew ? html`<${SignUp} isOpen=${data?.sign_up} />` : html`<${SignInForm} hasEnded=${hasEnded} />`}
    ${isNew
      ? html`<p>${t('shell.have_account')} <a href="#/sign-in">${t('shell.sign_in')}</a></p>`
      : data?.sign_up && html`<p>${t('shell.new_here')} <a href="#/sign-up">${t('shell.create_account_title')}</a></p>`}
  `;
}

/** @param {{ isOpen: boolean | undefined }} props undefined until the server has responded */
function SignUp({ isOpen }) {
  if (isOpen === false) return html`<${Notice} kind="info" title=${t('shell.sign_up_closed')} />`;
  return html`<${SignUpForm} />`;
}

/** Without TLS, a browser neither stores the cookie nor provides the APIs that the outbox needs, except on this machine. */
function NeedsHttps() {
  const address = `https://${location.hostname}`;
  const open = html`<a class="button" href=${`${address}${location.pathname}`}>${t('shell.open', { address })}</a>`;
  return html`<${Notice} kind="attention" title=${t('shell.needs_https')} action=${open} />`;
}
