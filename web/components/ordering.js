// Ordering answers: with arrow buttons in each row, with Alt and the arrow keys, or by dragging a handle. There is no modal
// state, and the initial order is not a response until the learner makes it one.

import { given, moved, shownOrder } from '../state/attempt.js';
import { t } from '../messages/index.js';
import { html, useLayoutEffect, useRef, useState } from '../view.js';
import { Markdown, plainText } from '../markdown/render.js';
import { announce } from './announcer.js';
import { Clear } from './answers.js';
import { Grip, Icon } from './icons.js';
import { word } from './words.js';

/**
 * @param {{ slot: import('../state/attempt.js').OpenSlot, act: (action: import('../state/attempt.js').Action) => void,
 *   disabled: boolean }} props
 */
export function Ordering({ slot, act, disabled }) {
  const list = useRef(/** @type {HTMLOListElement | null} */ (null));
  /** The row that is dragged, from where to where. */
  const [drag, setDrag] = useState(/** @type {{ from: number, to: number } | null} */ (null));
  /** The element that had the focus before rows changed places: moving an element takes the focus away. */
  const focused = useRef(/** @type {Element | null} */ (null));
  useLayoutEffect(() => {
    if (focused.current && focused.current !== document.activeElement) {
      /** @type {HTMLElement} */ (focused.current).focus({ preventScroll: false });
    }
    focused.current = null;
  });

  const order = shownOrder(slot);
  const shown = drag ? moved(order, drag.from, drag.to) : order;
  const bodies = new Map(slot.question.answers.map((answer) => [answer.id, answer.body]));
  const hasResponse = given(slot).length > 0;

  /**
   * @param {number} from
   * @param {number} to
   */
  const move = (from, to) => {
    if (disabled || to < 0 || to >= order.length) return;
    focused.current = document.activeElement;
    act({ type: 'move', from, to });
    const text = plainText(bodies.get(order[from]) ?? '');
    announce(t('runner.moved', { text, place: to + 1, of: order.length }));
  };

  /** @param {PointerEvent} event */
  const placeOf = (event) => {
    const rows = [...(list.current?.children ?? [])];
    const under = rows.findIndex((row) => event.clientY < row.getBoundingClientRect().bottom);
    return under < 0 ? rows.length - 1 : under;
  };

  return html`
    <fieldset class="ordering" aria-describedby="stem" disabled=${disabled}>
      <legend>
        <strong>${t('runner.order', { count: word(order.length) })}</strong>
        ${!hasResponse && html` <span class="progress">${t('runner.no_response')}</span>`}
      </legend>
      <ol ref=${list}>
        ${shown.map((id, index) => {
          const from = order.indexOf(id);
          const name = plainText(bodies.get(id) ?? '');
          return html`
            <li
              key=${id}
              class=${drag && drag.from === from ? 'row is-lifted' : 'row'}
              tabindex="0"
              aria-label=${t('runner.row', { place: index + 1, of: order.length, text: name })}
              onKeyDown=${(/** @type {KeyboardEvent} */ event) => {
                if (!event.altKey || !['ArrowUp', 'ArrowDown'].includes(event.key)) return;
                event.preventDefault();
                move(index, index + (event.key === 'ArrowUp' ? -1 : 1));
              }}
            >
              <span
                class="handle"
                aria-hidden="true"
                onPointerDown=${(/** @type {PointerEvent} */ event) => {
                  if (disabled || event.button !== 0) return;
                  event.preventDefault();
                  /** @type {HTMLElement} */ (event.currentTarget).setPointerCapture(event.pointerId);
                  setDrag({ from: index, to: index });
                }}
                onPointerMove=${(/** @type {PointerEvent} */ event) => drag && setDrag({ ...drag, to: placeOf(event) })}
                onPointerUp=${() => {
                  if (drag && drag.from !== drag.to) move(drag.from, drag.to);
                  setDrag(null);
                }}
                onPointerCancel=${() => setDrag(null)}
              >
                <${Grip} />
              </span>
              <span class="place">${index + 1}</span>
              <${Markdown} text=${bodies.get(id)} inline />
              <button
                type="button"
                aria-label=${t('runner.move_up', { text: name })}
                aria-disabled=${index === 0}
                onClick=${() => move(index, index - 1)}
              >
                <${Icon} name="up_arrow" />
              </button>
              <button
                type="button"
                aria-label=${t('runner.move_down', { text: name })}
                aria-disabled=${index === order.length - 1}
                onClick=${() => move(index, index + 1)}
              >
                <${Icon} name="down_arrow" />
              </button>
            </li>
          `;
        })}
      </ol>
      <p class="hint">
        ${t('runner.order_hint')} <kbd>Alt</kbd> <kbd>↑</kbd> · <kbd>Alt</kbd> <kbd>↓</kbd>
      </p>
      ${hasResponse
        ? html`<${Clear} act=${act} />`
        : html`
            <button type="button" class="button" onClick=${() => act({ type: 'take_order' })}>
              ${t('runner.take_order')}
            </button>
          `}
    </fieldset>
  `;
}
