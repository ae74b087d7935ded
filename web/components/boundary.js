// An error in a screen replaces that screen with a message, but not the page around it.

import { t } from '../messages/index.js';
import { Component, html } from '../view.js';
import { Notice } from './notice.js';

/** @param {{ title: string }} props */
export function Broken({ title }) {
  const reload = html`<button type="button" class="button" onClick=${() => location.reload()}>${t('shell.reload')}</button>`;
  return html`<${Notice} kind="wrong" title=${title} action=${reload}>${t('shell.broken_text')}<//>`;
}

export class Boundary extends Component {
  /** @param {{ children: any }} props */
  constructor(props) {
    super(props);
    this.state = { isBroken: false };
  }

  /** @param {unknown} error */
  componentDidCatch(error) {
    console.error(error);
    this.setState({ isBroken: true });
  }

  render() {
    return this.state.isBroken ? html`<${Broken} title=${t('shell.broken')} />` : this.props.children;
  }
}
