// The account: a section for each setting, each with its own button.

import { t } from '../../messages/index.js';
import { useSession } from '../../state/session.js';
import { useTitle } from '../../state/title.js';
import { html } from '../../view.js';
import { LanguageField } from '../../components/display.js';
import { DeleteAccount, Export } from './leave.js';
import { Name, Password, TimeZone } from './profile.js';
import { Section } from './section.js';
import { Tokens } from './tokens.js';

export default function Screen() {
  useTitle(t('shell.account'));
  const { user } = useSession();
  if (!user) return null;
  return html`
    <h1 tabindex="-1">${t('shell.account')}</h1>
    <p class="hint">${t('shell.signed_in_as', { email: user.email })}</p>
    <${Name} user=${user} />
    <${Password} user=${user} />
    <${TimeZone} user=${user} />
    <${Section} title=${t('shell.language')}><div class="form"><${LanguageField} /></div><//>
    <${Tokens} user=${user} />
    <${Export} />
    <${DeleteAccount} user=${user} />
  `;
}
