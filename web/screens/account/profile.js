// Name, password and time zone.

import { patch, put } from '../../api/client.js';
import { Field } from '../../components/field.js';
import { SettingForm, detailOf } from '../../components/setting_form.js';
import { t } from '../../messages/index.js';
import { setUser } from '../../state/session.js';
import { html, useState } from '../../view.js';
import { passwordFault } from '../sign_in/checks.js';
import { Section } from './section.js';

/** @param {{ user: any }} props */
export function Name({ user }) {
  const [name, setName] = useState(user.display_name);
  const save = async () => setUser((await patch('/me', { display_name: name })).body);
  return html`
    <${Section} title=${t('shell.name')}>
      <${SettingForm} save=${save} isTold=${(/** @type {any} */ problem) => detailOf(problem, 'display_name')}
        fields=${(/** @type {any} */ problem) => html`
          <${Field} label=${t('shell.name')} autocomplete="name" maxlength="100" dir="auto" value=${name} error=${detailOf(problem, 'display_name')}
            onInput=${(/** @type {any} */ event) => setName(event.currentTarget.value)} />
        `} />
    <//>
  `;
}

/** @param {{ user: any }} props */
export function Password({ user }) {
  const [before, setBefore] = useState('');
  const [next, setNext] = useState('');
  const [isChecked, setChecked] = useState(false);
  if (!user.has_password) return html`<${Section} title=${t('shell.password')}><p>${t('shell.password_none')}</p><//>`;
  const check = () => {
    setChecked(true);
    return passwordFault(next) === undefined;
  };
  const save = async () => {
    await put('/me/password', { current_password: before, new_password: next });
    setBefore('');
    setNext('');
    setChecked(false);
  };
  const isWrong = (/** @type {any} */ problem) => problem?.type === 'wrong-password';
  return html`
    <${Section} title=${t('shell.password')}>
      <${SettingForm} save=${save} check=${check}
        isTold=${(/** @type {any} */ problem) => isWrong(problem) || detailOf(problem, 'new_password')}
        fields=${(/** @type {any} */ problem) => html`
          <input class="visually-hidden" type="text" autocomplete="username" value=${user.email} tabindex="-1" aria-hidden="true" readonly />
          <${Field} label=${t('shell.password_now')} type="password" autocomplete="current-password" value=${before}
            error=${isWrong(problem) && t('shell.password_wrong')}
            onInput=${(/** @type {any} */ event) => setBefore(event.currentTarget.value)} />
          <${Field} label=${t('shell.password_new')} type="password" autocomplete="new-password" value=${next}
            hint=${`${t('shell.password_hint')} ${t('shell.password_ends')}`}
            error=${detailOf(problem, 'new_password') ?? (isChecked && passwordFault(next))}
            onInput=${(/** @type {any} */ event) => setNext(event.currentTarget.value)} />
        `} />
    <//>
  `;
}

/** @param {{ user: any }} props */
export function TimeZone({ user }) {
  const [zone, setZone] = useState(user.time_zone);
  const device = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zones = [...new Set([...Intl.supportedValuesOf('timeZone'), device, user.time_zone, 'UTC'])].sort();
  const save = async () => setUser((await patch('/me', { time_zone: zone })).body);
  const hint = html`
    ${t('shell.time_zone_hint')}${' '}
    ${zone !== device &&
    html`
      ${t('shell.time_zone_device', { zone: device.replaceAll('_', ' ') })}${' '}
      <button type="button" class="link" onClick=${() => setZone(device)}>${t('shell.time_zone_use')}</button>
    `}
  `;
  return html`
    <${Section} title=${t('shell.time_zone')}>
      <${SettingForm} save=${save} isTold=${(/** @type {any} */ problem) => detailOf(problem, 'time_zone')}
        fields=${(/** @type {any} */ problem) => html`
          <${Field} as="select" label=${t('shell.time_zone')} hint=${hint} value=${zone} error=${detailOf(problem, 'time_zone')}
            onChange=${(/** @type {any} */ event) => setZone(event.currentTarget.value)}>
            ${zones.map((name) => html`<option key=${name} value=${name}>${name.replaceAll('_', ' ')}</option>`)}
          <//>
        `} />
    <//>
  `;
}
