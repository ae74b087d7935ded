// The questions of a report: a filter, and each question with its key and rationales once it is opened.

import { announce } from '../../components/announcer.js';
import { Icon } from '../../components/icons.js';
import { Marks } from '../../components/question_list.js';
import { Result } from '../../components/result.js';
import { StartNow } from '../../components/start_now.js';
import { clockText } from '../../components/time_left.js';
import { Markdown, plainText } from '../../markdown/render.js';
import { number, t } from '../../messages/index.js';
import { html, useEffect, useState } from '../../view.js';
import { FILTERS, firstFilter } from './filters.js';

/** @param {{ report: any }} props */
export function Slots({ report }) {
  const [filter, setFilter] = useState(() => firstFilter(report.slots));
  const isPrinting = usePrinting();
  const shown = report.slots.filter(FILTERS[filter]);
  const unscored = report.slots.filter((/** @type {any} */ slot) => !slot.scored).length;
  /** @param {string} name */
  const choose = (name) => {
    setFilter(name);
    announce(t('progress.questions_shown', { n: report.slots.filter(FILTERS[name]).length }));
  };
  return html`
    <section class="part" aria-labelledby="slots-title">
      <div class="chart-head">
        <h2 id="slots-title">${t('progress.questions')}</h2>
        ${unscored > 0 && html`<span class="chart-aside">${t('progress.unscored', { n: unscored })}</span>`}
        <span class="chart-toggle no-print"><${PracticeThese} report=${report} filter=${filter} count=${shown.length} /></span>
      </div>
      <div class="filters no-print" role="group" aria-labelledby="slots-title">
        ${Object.keys(FILTERS).map(
          (name) => html`
            <button key=${name} type="button" class="filter" aria-pressed=${name === filter} onClick=${() => choose(name)}>
              ${t(`progress.filter_${name}`)} ${number(report.slots.filter(FILTERS[name]).length)}
            </button>
          `,
        )}
      </div>
      ${shown.length === 0 && html`<p>${t('progress.none_shown')}</p>`}
      ${shown.map((/** @type {any} */ slot) => html`<${Slot} key=${slot.position} slot=${slot} isPrinting=${isPrinting} />`)}
    </section>
  `;
}

/** @param {{ slot: any, isPrinting: boolean }} props */
function Slot({ slot, isPrinting }) {
  const [isOpen, setOpen] = useState(false);
  const shows = isOpen || isPrinting;
  const about = `${t('progress.domain_of', { n: number(slot.domain.number), name: slot.domain.name })} · ${t(slot.scored ? 'progress.counts' : 'progress.does_not_count')}`;
  const word = t(slot.mark >= 1 ? 'progress.is_right' : slot.response === null ? 'progress.is_open' : slot.mark > 0 ? 'progress.is_part' : 'progress.is_wrong');
  // A click counts at once: its toggle event comes later, when printing may already have opened the question. Find-in-page
  // opens it without a click.
  const click = (/** @type {Event} */ event) => {
    event.preventDefault();
    setOpen(!isOpen);
  };
  const toggle = (/** @type {any} */ event) => event.currentTarget.open !== shows && setOpen(event.currentTarget.open);
  return html`
    <details class="slot" open=${shows} onToggle=${toggle}>
      <summary onClick=${click}>
        <span class="slot-chevron"><${Icon} name="next" /></span>
        <span class="slot-number">${number(slot.position)}</span>
        <span class=${slot.mark >= 1 ? 'slot-sign correct' : 'slot-sign wrong'}><${Icon} name=${slot.mark >= 1 ? 'right' : 'wrong'} /></span>
        ${isOpen
          ? html`<span class="slot-about">${about}</span>`
          : html`<span class="slot-stem" dir="auto">${plainText(slot.stem)}</span>`}
        <span class="slot-state">
          <span class=${slot.mark >= 1 ? 'slot-word correct' : 'slot-word wrong'}>${word}</span>
          <span class="slot-marks"><${Marks} slot=${slot} /></span>
        </span>
        <span class="slot-time">${clockText(slot.seconds_spent)}</span>
      </summary>
      ${shows &&
      html`
        <div class="slot-body">
          ${!isOpen && html`<p class="hint">${about}</p>`}
          <div class="stem"><${Markdown} text=${slot.stem} /></div>
          <${Result} slot=${slot} />
        </div>
      `}
    </details>
  `;
}

/** A practice of wrong slots begins at once; one of marked slots draws from all attempts. @param {{ report: any, filter: string, count: number }} props */
function PracticeThese({ report, filter, count }) {
  if (count === 0) return null;
  if (filter === 'flagged' || filter === 'unsure') {
    return html`<a class="button" href=${`#/exams/${report.exam.code}/start?mode=practice&pool=${filter}`}>${t(`progress.practice_${filter}`)}</a>`;
  }
  if (filter !== 'wrong') return null;
  const body = { exam: report.exam.code, mode: 'practice', from_report: report.attempt_id };
  return html`<${StartNow} body=${body} primary>${t('progress.practice_these', { n: count })}<//>`;
}

/** Whether the page is being printed. If so, every question is open. */
function usePrinting() {
  const [isPrinting, setPrinting] = useState(false);
  useEffect(() => {
    const [before, after] = [() => setPrinting(true), () => setPrinting(false)];
    addEventListener('beforeprint', before);
    addEventListener('afterprint', after);
    return () => {
      removeEventListener('beforeprint', before);
      removeEventListener('afterprint', after);
    };
  }, []);
  return isPrinting;
}
