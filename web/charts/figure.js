// The frame of a chart: its heading, a table behind a toggle, a sentence for screen readers, a legend in words.

import { t } from '../messages/index.js';
import { setSetting, useSettings } from '../state/settings.js';
import { html, useLayoutEffect, useRef, useState } from '../view.js';

/**
 * @typedef {{ head: string[], rows: (string | number)[][] }} Table
 * @typedef {{ mark: 'bar' | 'hatch' | 'hatch-wrong' | 'interval' | 'dash' | 'dot' | 'range', text: string }} Entry
 * @param {{ id: string, title: string, aside?: any, lead?: any, level?: number, sentence: string, legend: Entry[], table: Table,
 *   height: (width: number) => number, draw: (width: number) => any }} props `lead`: replaces the title
 */
export function Figure({ id, title, aside, lead, level = 2, sentence, legend, table, height, draw }) {
  const settings = useSettings();
  const [isTable, setTable] = useState(settings.tables === true);
  const [frame, available] = useWidth();
  // A chart scales with the text size, like all lengths.
  const scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const width = Math.floor(available / scale);
  const Heading = `h${level}`;
  const toggle = () => {
    setTable(!isTable);
    setSetting('tables', !isTable);
  };
  return html`
    <figure class=${isTable ? 'chart shows-table' : 'chart'} aria-labelledby=${`${id}-title`}>
      <div class="chart-head">
        <${Heading} id=${`${id}-title`} class=${lead ? 'visually-hidden' : undefined}>${title}<//>
        ${lead}
        ${aside && html`<span class="chart-aside">${aside}</span>`}
        <button type="button" class="link chart-toggle" aria-expanded=${isTable} aria-controls=${`${id}-table`} onClick=${toggle}>
          ${t(isTable ? 'progress.show_chart' : 'progress.show_table')}
        </button>
      </div>
      <div class="chart-frame" ref=${frame}>
        <div class="chart-picture">
          ${width > 0 &&
          html`<svg role="img" aria-label=${sentence} width=${width * scale} height=${height(width) * scale} viewBox=${`0 0 ${width} ${height(width)}`}>
            ${draw(width)}
          </svg>`}
          <ul class="chart-legend">
            ${legend.map((entry) => html`<li key=${entry.text}><${Sample} mark=${entry.mark} id=${`${id}-${entry.mark}`} /><span>${entry.text}</span></li>`)}
          </ul>
        </div>
        <div class="chart-table scroll" id=${`${id}-table`} tabindex=${isTable ? 0 : undefined} role="region" aria-labelledby=${`${id}-title`}>
          <table>
            <thead><tr>${table.head.map((cell) => html`<th key=${cell} scope="col">${cell}</th>`)}</tr></thead>
            <tbody>
              ${table.rows.map(
                (row, index) => html`<tr key=${index}>
                  ${row.map((cell, column) => (column === 0 ? html`<th scope="row" dir="auto">${cell}</th>` : html`<td>${cell}</td>`))}
                </tr>`,
              )}
            </tbody>
          </table>
        </div>
      </div>
    </figure>
  `;
}

/** The available width, kept up to date. @returns {[{ current: any }, number]} */
function useWidth() {
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const measure = () => setWidth(Math.floor(element.clientWidth));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [frame, width];
}

/** The pattern of hatched bars, with a separate id in each chart. @param {{ id: string, kind: 'hatch' | 'hatch-wrong' }} props */
export function Hatch({ id, kind }) {
  return html`
    <defs>
      <pattern id=${id} width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="5" height="5" class="paper" />
        <rect width="2" height="5" class=${kind === 'hatch-wrong' ? 'fill-wrong' : 'fill-chart'} />
      </pattern>
    </defs>
  `;
}

/** @param {{ mark: Entry['mark'], id: string }} props */
function Sample({ mark, id }) {
  const shapes = {
    bar: () => html`<rect width="22" height="12" class="fill-chart" />`,
    hatch: () => html`<${Hatch} id=${id} kind="hatch" /><rect x=".5" y=".5" width="21" height="11" fill=${`url(#${id})`} class="edge-chart" />`,
    'hatch-wrong': () =>
      html`<${Hatch} id=${id} kind="hatch-wrong" /><rect x=".5" y=".5" width="21" height="11" fill=${`url(#${id})`} class="edge-wrong" />`,
    interval: () => html`<path d="M1 0v12M21 0v12M1 6h20" class="line-text" />`,
    dash: () => html`<path d="M11 0v12" class="line-dash" />`,
    dot: () => html`<circle cx="11" cy="6" r="4" class="dot" />`,
    range: () => html`<rect x="8" width="6" height="12" class="fill-accent" />`,
  };
  return html`<svg class="sample" width="22" height="12" viewBox="0 0 22 12" aria-hidden="true" focusable="false">${shapes[mark]()}</svg>`;
}
