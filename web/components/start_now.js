// A button that begins an attempt at once, without any choices.

import { post } from '../api/client.js';
import { navigate } from '../state/route.js';
import { html, useRef, useState } from '../view.js';
import { ProblemNotice } from './problem.js';

/** @param {{ body: object, primary?: boolean, children?: any }} props */
export function StartNow({ body, primary = false, children }) {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  // All tries of this button use the same key: if a reply is lost, a second try does not begin a second attempt.
  const key = useRef('');
  const start = async () => {
    if (isBusy) return;
    setBusy(true);
    setProblem(null);
    key.current ||= [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    try {
      const reply = await post('/attempts', body, { idempotencyKey: key.current });
      navigate(`#/attempts/${reply.body.id}`);
    } catch (error) {
      if (/** @type {any} */ (error)?.kind === undefined) throw error;
      setProblem(error);
      setBusy(false);
    }
  };
  return html`
    <button type="button" class=${primary ? 'button primary' : 'button'} aria-disabled=${isBusy} onClick=${start}>${children}</button>
    ${problem && html`<${ProblemNotice} problem=${problem} retry=${start} />`}
  `;
}
