// Settings of display and behavior on this device.

import { LANGUAGES, number, t } from '../messages/index.js';
import { setSetting, useSettings } from '../state/settings.js';
import { html } from '../view.js';
import { Dialog } from './dialog.js';
import { Field } from './field.js';

const SIZES = /** @type {const} */ ([100, 112.5, 125, 150]);

/** @param {{ onClose: () => void }} props */
export function DisplayDialog({ onClose }) {
  return html`
    <${Dialog} title=${t('shell.display')} onClose=${onClose}>
      <div class="display">
        <${Choice} name="theme" values=${['system', 'light', 'dark']} text=${(/** @type {string} */ theme) => t(`shell.theme_${theme}`)} />
        <${Choice} name="textSize" values=${SIZES} text=${(/** @type {number} */ size) => t('shell.percent', { n: number(size) })} />
        <${Choice} name="motion" values=${['system', 'less']} text=${(/** @type {string} */ motion) => t(`shell.motion_${motion}`)} />
        <${Switch} name="showTime" />
        <${Switch} name="singleKeys" hint=${t('shell.singleKeys_hint')} />
        <${LanguageField} />
      </div>
    <//>
  `;
}

/** @param {{ name: any, values: readonly any[], text: (value: any) => string }} props */
function Choice({ name, values, text }) {
  const settings = /** @type {any} */ (useSettings());
  return html`
    <fieldset class="choices">
      <legend>${t(`shell.${name}`)}</legend>
      <div class="choices-row">
        ${values.map(
          (value) => html`
            <label key=${value} class="choice">
              <input type="radio" name=${name} checked=${settings[name] === value} onChange=${() => setSetting(name, value)} />
              <span>${text(value)}</span>
            </label>
          `,
        )}
      </div>
    </fieldset>
  `;
}

/** @param {{ name: 'showTime' | 'singleKeys', hint?: string }} props */
function Switch({ name, hint }) {
  const settings = useSettings();
  const change = (/** @type {any} */ event) => setSetting(name, event.currentTarget.checked);
  return html`
    <label class="choice">
      <input type="checkbox" checked=${settings[name]} aria-describedby=${hint && `${name}-hint`} onChange=${change} />
      <span>${t(`shell.${name}`)}</span>
    </label>
    ${hint && html`<p class="choice-hint" id=${`${name}-hint`}>${hint}</p>`}
  `;
}

/** The language of the page; exams keep their own. */
export function LanguageField() {
  const { language } = useSettings();
  const change = (/** @type {any} */ event) => setSetting('language', event.currentTarget.value);
  return html`
    <${Field} as="select" label=${t('shell.language')} hint=${t('shell.language_hint')} value=${language} onChange=${change}>
      <option value="">${t('shell.language_system')}</option>
      ${Object.entries(LANGUAGES).map(([code, name]) => html`<option key=${code} value=${code} lang=${code}>${name}</option>`)}
    <//>
  `;
}
