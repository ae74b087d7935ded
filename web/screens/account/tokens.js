// Sessions, and tokens for programs. The secret of a new token is shown once.

import { del, get, post } from '../../api/client.js';
import { announce } from '../../components/announcer.js';
import { Button } from '../../components/button.js';
import { Field } from '../../components/field.js';
import { Notice } from '../../components/notice.js';
import { ProblemNotice } from '../../components/problem.js';
import { SettingForm, detailOf } from '../../components/setting_form.js';
import { Skeleton } from '../../components/skeleton.js';
import { date, t } from '../../messages/index.js';
import { useAction, useLoad } from '../../state/request.js';
import { html, useEffect, useRef, useState } from '../../view.js';
import { deviceOf } from './device.js';
import { PasswordAgain, asksPassword } from './password_again.js';
import { Section } from './section.js';

const DAYS = [30, 90, 365];

/** @param {{ user: any }} props */
export function Tokens({ user }) {
  const { data, problem, reload } = useLoad(async () => (await get('/me/tokens')).body.items, [user.id]);
  const [secret, setSecret] = useState('');
  const made = (/** @type {string} */ token) => {
    setSecret(token);
    reload();
  };
  return html`
    <${Section} title=${t('shell.tokens')}>
      <p>${t('shell.tokens_text')}</p>
      ${problem && html`<${ProblemNotice} problem=${problem} retry=${reload} />`}
      ${data ? html`<${TokenList} tokens=${data} reload=${reload} />` : !problem && html`<${Skeleton} lines=${3} />`}
      ${secret && html`<${Secret} key=${secret} token=${secret} />`}
      <${NewToken} made=${made} />
    <//>
  `;
}

/** @param {{ tokens: any[], reload: () => void }} props */
function TokenList({ tokens, reload }) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const { run, isBusy, problem } = useAction(async (/** @type {any} */ token) => {
    await del(`/me/tokens/${token.id}`);
    announce(t('shell.revoked', { name: nameOf(token) }));
    // The focused button is removed together with its row.
    list.current?.focus();
    reload();
  });
  return html`
    ${problem && html`<${ProblemNotice} problem=${problem} />`}
    <div tabindex="-1" ref=${list}><ul class="tokens">
      ${tokens.map((token) => {
        const name = nameOf(token);
        return html`
          <li key=${token.id}>
            <div>
              <span class="token-name" dir="auto" title=${name === token.name ? undefined : token.name}>${name}</span>
              <span class="token-facts">${factsOf(token)}</span>
            </div>
            ${!token.current && html`<${Button} off=${isBusy} aria-label=${t('shell.revoke_name', { name })} onClick=${() => void run(token)}>${t('shell.revoke')}<//>`}
          </li>
        `;
      })}
    </ul></div>
  `;
}

/** A session is named after its User-Agent, which people do not read. @param {any} token */
function nameOf({ kind, name }) {
  const device = kind === 'session' ? deviceOf(name) : null;
  if (!device) return name;
  return device.browser ? t('shell.browser_on', device) : t('shell.a_browser_on', device);
}

/** @param {any} token */
function factsOf({ kind, current, last_used_at: used, expires_at: ends }) {
  return [
    t(current ? 'shell.token_current' : `shell.token_${kind}`),
    used ? t('shell.token_used', { date: date(used, 'medium') }) : t('shell.token_unused'),
    ends ? t('shell.token_ends', { date: date(ends, 'medium') }) : t('shell.token_endless'),
  ].join(' · ');
}

/** @param {{ token: string }} props */
function Secret({ token }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const [isCopied, setCopied] = useState(false);
  useEffect(() => box.current?.focus(), []);
  const copy = async () => {
    await navigator.clipboard.writeText(token);
    setCopied(true);
    announce(t('shell.copied'));
  };
  const button = html`<${Button} onClick=${() => void copy()}>${t(isCopied ? 'shell.copied' : 'shell.copy')}<//>`;
  return html`
    <div tabindex="-1" ref=${box}>
      <${Notice} kind="correct" title=${t('shell.token_made')} action=${button}><code class="secret">${token}</code><//>
    </div>
  `;
}

/** @param {{ made: (token: string) => void }} props */
function NewToken({ made }) {
  const [name, setName] = useState('');
  const [days, setDays] = useState(90);
  const [password, setPassword] = useState('');
  const [isAsked, setAsked] = useState(false);
  const [isChecked, setChecked] = useState(false);
  const check = () => {
    setChecked(true);
    return name.trim() !== '';
  };
  const save = async () => {
    try {
      const { body } = await post('/me/tokens', { name, expires_in_days: days, ...(password ? { current_password: password } : {}) });
      made(body.token);
    } catch (error) {
      if (asksPassword(error)) setAsked(true);
      throw error;
    }
    setName('');
    setPassword('');
    setAsked(false);
    setChecked(false);
  };
  return html`
    <${SettingForm} save=${save} check=${check} label=${t('shell.token_create')} done=${t('shell.token_created')}
      isTold=${(/** @type {any} */ problem) => asksPassword(problem) || detailOf(problem, 'name')}
      fields=${(/** @type {any} */ problem) => html`
        <${Field} label=${t('shell.token_new')} hint=${t('shell.token_new_hint')} maxlength="100" dir="auto" value=${name}
          error=${isChecked && name.trim() === '' ? t('shell.token_no_name') : detailOf(problem, 'name')}
          onInput=${(/** @type {any} */ event) => setName(event.currentTarget.value)} />
        <${Field} as="select" label=${t('shell.token_days')} value=${String(days)}
          onChange=${(/** @type {any} */ event) => setDays(Number(event.currentTarget.value))}>
          ${DAYS.map((count) => html`<option key=${count} value=${String(count)}>${t('shell.days', { n: count })}</option>`)}
        <//>
        ${isAsked && html`<${PasswordAgain} problem=${problem} value=${password} change=${setPassword} />`}
      `} />
  `;
}
