// The readiness of the learner, in words and as a trend.

import { chance } from '../../charts/chance.js';
import { ExpectedChart } from '../../charts/expected.js';
import { word } from '../../components/words.js';
import { date, number, t } from '../../messages/index.js';
import { html } from '../../view.js';
import { whyUnknown } from '../exams/exam.js';

/** @param {{ exam: any, readiness: any }} props */
export function Readiness({ exam, readiness }) {
  const isKnown = readiness.pass_probability !== null;
  return html`
    <section class=${isKnown ? 'readiness' : ''} aria-labelledby="readiness-title">
      <div class="readiness-words">
        <h2 id="readiness-title">${t('progress.readiness')}</h2>
        ${isKnown ? html`<${Known} readiness=${readiness} />` : html`<p><strong>${t('progress.not_known')}.</strong> ${whyUnknown(readiness)}.</p>`}
        ${remarks(readiness.domains).map((remark) => html`<p key=${remark} class="hint">${remark}</p>`)}
      </div>
      ${isKnown && html`<${ExpectedChart} readiness=${readiness} scale=${exam.scale} />`}
    </section>
  `;
}

/** @param {{ readiness: any }} props */
function Known({ readiness: { pass_probability: share, expected_score: expected, evidence, domains } }) {
  const unseen = domains.reduce((/** @type {number} */ sum, /** @type {any} */ domain) => sum + domain.unseen, 0);
  return html`
    <p class="figure">${chance(share)}</p>
    <p>
      <strong>${t('progress.chance_today')}</strong>${' '}
      ${share >= 0.05 && share < 0.95 && t('progress.of_ten', { n: word(Math.round(share * 10)) })}
    </p>
    <p class="hint">${t('progress.expected_sentence', { mean: number(expected.mean), low: number(expected.low), high: number(expected.high), pass: number(expected.pass_mark) })}</p>
    <p class="hint">
      ${t('progress.based_on', { n: evidence.first_exposures })}${' '}
      ${t('progress.newest', { date: date(evidence.newest_at, 'sentence') })}${' '}
      ${unseen > 0 && t('progress.unseen', { n: unseen })}
    </p>
  `;
}

/** Remarks on domains without responses or without new questions. @param {any[]} domains */
function remarks(domains) {
  const names = (/** @type {any[]} */ some) => some.map(({ name }) => name).join(', ');
  const answered = domains.filter((domain) => domain.answered > 0);
  const blank = domains.filter((domain) => domain.answered === 0);
  const worn = answered.filter((domain) => domain.unseen === 0);
  if (answered.length === 0) return [];
  return [
    ...(blank.length > 0 ? [t('progress.domains_blank', { names: names(blank) })] : []),
    ...(worn.length === domains.length ? [t('progress.all_seen')] : worn.length > 0 ? [t('progress.domains_seen', { names: names(worn) })] : []),
  ];
}
