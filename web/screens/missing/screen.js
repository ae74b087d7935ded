// The screen for unknown URLs.

import { t } from '../../messages/index.js';
import { useTitle } from '../../state/title.js';
import { html } from '../../view.js';

export default function Screen() {
  useTitle(t('shell.missing'));
  return html`
    <h1 tabindex="-1">${t('shell.missing')}</h1>
    <p>${t('shell.missing_text')}</p>
    <p><a class="button" href="#/exams">${t('shell.go_to_exams')}</a></p>
  `;
}
