// The bar above the screens. In a narrow window, everything except the name is in a menu.

import { t } from '../messages/index.js';
import { unsentOf } from '../state/outbox.js';
import { signOut } from '../state/session.js';
import { useAction } from '../state/request.js';
import { navigate } from '../state/route.js';
import { html, useEffect, useId, useRef, useState } from '../view.js';
import { Dialog } from './dialog.js';
import { DisplayDialog } from './display.js';
import { Icon } from './icons.js';
import { ProblemNotice } from './problem.js';

const PLACES = ['exams', 'history'];
/** Screens that belong to an entry of the bar. @type {Record<string, string>} */
const BELONGS = { exams: 'exams', exam: 'exams', start: 'exams', report: 'history', history: 'history' };

/** @param {{ user?: any, screen?: string }} props */
export function Header({ user, screen = '' }) {
  const [sheet, open] = useState(/** @type {'display' | 'menu' | 'leave' | null} */ (null));
  const close = () => open(null);
  const leave = useAction(async () => {
    await signOut();
    navigate('#/sign-in');
  });
  const askToLeave = () => (unsentOf(user.id) > 0 ? open('leave') : void leave.run());
  const places = PLACES.map(
    (name) => html`<a key=${name} href=${`#/${name}`} aria-current=${BELONGS[screen] === name ? 'page' : undefined} onClick=${close}>${t(`shell.${name}`)}</a>`,
  );
  return html`
    <header class="page-header no-print">
      <a class="brand" href="#/exams">Tripos</a>
      ${user && html`<nav class="places" aria-label=${t('shell.places')}>${places}</nav>`}
      <div class="header-end">
        <button type="button" class=${user ? 'bar-item wide-only' : 'bar-item'} onClick=${() => open('display')}>${t('shell.display')}</button>
        ${user &&
        html`
          <${AccountMenu} name=${user.display_name} leave=${askToLeave} />
          <button type="button" class="bar-item narrow-only" aria-haspopup="dialog" aria-label=${t('shell.menu')} onClick=${() => open('menu')}>
            <${Icon} name="menu" />
          </button>
        `}
      </div>
    </header>
    ${leave.problem && html`<div class="page-main"><${ProblemNotice} problem=${leave.problem} retry=${askToLeave} /></div>`}
    ${sheet === 'display' && html`<${DisplayDialog} onClose=${close} />`}
    ${sheet === 'menu' &&
    html`
      <${Dialog} title=${user.display_name} onClose=${close}>
        <nav class="menu-list" aria-label=${t('shell.places')}>
          ${places}
          <a href="#/account" aria-current=${screen === 'account' ? 'page' : undefined} onClick=${close}>${t('shell.account')}</a>
        </nav>
        <div class="menu-list">
          <button type="button" onClick=${() => open('display')}>${t('shell.display')}</button>
          <button type="button" onClick=${() => { close(); askToLeave(); }}>${t('shell.sign_out')}</button>
        </div>
      <//>
    `}
    ${sheet === 'leave' &&
    html`
      <${Dialog} title=${t('shell.leave_title')} onClose=${close}>
        <p>${t('shell.leave_text', { n: unsentOf(user.id) })}</p>
        <div class="dialog-actions">
          <button type="button" class="button" onClick=${close}>${t('shell.stay')}</button>
          <button type="button" class="button" onClick=${() => { close(); void leave.run(); }}>${t('shell.sign_out')}</button>
        </div>
      <//>
    `}
  `;
}

/** @param {{ name: string, leave: () => void }} props */
function AccountMenu({ name, leave }) {
  const [isOpen, setOpen] = useState(false);
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const button = useRef(/** @type {HTMLElement | null} */ (null));
  const id = useId();
  useEffect(() => {
    if (!isOpen) return undefined;
    const away = (/** @type {Event} */ event) => {
      if (!box.current?.contains(/** @type {Node} */ (event.target))) setOpen(false);
    };
    document.addEventListener('pointerdown', away);
    document.addEventListener('focusin', away);
    return () => {
      document.removeEventListener('pointerdown', away);
      document.removeEventListener('focusin', away);
    };
  }, [isOpen]);
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== 'Escape' || !isOpen) return;
    setOpen(false);
    button.current?.focus();
  };
  return html`
    <div class="account-menu wide-only" ref=${box} onKeyDown=${onKey}>
      <button type="button" class="bar-item" ref=${button} aria-expanded=${isOpen} aria-controls=${id} onClick=${() => setOpen(!isOpen)}>
        <span class="account-name" dir="auto">${name}</span> <${Icon} name="down" />
      </button>
      <div class="menu-panel menu-list" id=${id} hidden=${!isOpen}>
        <a href="#/account" onClick=${() => setOpen(false)}>${t('shell.account')}</a>
        <button type="button" onClick=${() => { setOpen(false); leave(); }}>${t('shell.sign_out')}</button>
      </div>
    </div>
  `;
}
