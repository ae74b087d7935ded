// Exporting one's data, and deleting the account.

import { del, download } from '../../api/client.js';
import { Button } from '../../components/button.js';
import { Dialog } from '../../components/dialog.js';
import { Field } from '../../components/field.js';
import { ProblemNotice } from '../../components/problem.js';
import { SettingForm } from '../../components/setting_form.js';
import { t } from '../../messages/index.js';
import { useAction } from '../../state/request.js';
import { navigate } from '../../state/route.js';
import { forget } from '../../state/session.js';
import { html, useState } from '../../view.js';
import { PasswordAgain, asksPassword } from './password_again.js';
import { Section } from './section.js';

export function Export() {
  const { run, isBusy, problem } = useAction(async () => {
    const address = URL.createObjectURL(await download('/me/export'));
    const link = Object.assign(document.createElement('a'), { href: address, download: 'tripos-export.json' });
    link.click();
    // The browser reads it after the click.
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  });
  return html`
    <${Section} title=${t('shell.data')}>
      <p>${t('shell.data_text')}</p>
      ${problem && html`<${ProblemNotice} problem=${problem} />`}
      <${Button} off=${isBusy} onClick=${() => void run()}>${t('shell.export')}<//>
    <//>
  `;
}

/** @param {{ user: any }} props */
export function DeleteAccount({ user }) {
  const [isOpen, setOpen] = useState(false);
  return html`
    <${Section} title=${t('shell.delete')}>
      <p>${t('shell.delete_text')}</p>
      <button type="button" class="button danger" onClick=${() => setOpen(true)}>${t('shell.delete_open')}</button>
      ${isOpen && html`<${Dialog} title=${t('shell.delete')} onClose=${() => setOpen(false)}><${Confirm} user=${user} /><//>`}
    <//>
  `;
}

/** @param {{ user: any }} props */
function Confirm({ user }) {
  const [typed, setTyped] = useState('');
  const [isChecked, setChecked] = useState(false);
  const [password, setPassword] = useState('');
  const [isAsked, setAsked] = useState(false);
  const isSame = typed.trim().toLowerCase() === user.email.toLowerCase();
  const check = () => {
    setChecked(true);
    return isSame;
  };
  const save = async () => {
    try {
      await del('/me', password ? { current_password: password } : undefined);
    } catch (error) {
      if (asksPassword(error)) setAsked(true);
      throw error;
    }
    forget();
    navigate('#/sign-in?deleted=yes');
  };
  return html`
    <p>${t('shell.delete_text')}</p>
    <${SettingForm} save=${save} check=${check} isTold=${asksPassword} label=${t('shell.delete_open')}
      fields=${(/** @type {any} */ problem) => html`
        <${Field} label=${t('shell.delete_confirm')} type="email" autocomplete="off" value=${typed}
          error=${isChecked && !isSame && t('shell.delete_mismatch', { email: user.email })}
          onInput=${(/** @type {any} */ event) => setTyped(event.currentTarget.value)} />
        ${isAsked && html`<${PasswordAgain} problem=${problem} value=${password} change=${setPassword} />`}
      `} />
  `;
}
