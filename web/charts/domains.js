// The mastery of each domain, with its uncertainty.

import { number, t } from '../messages/index.js';
import { html } from '../view.js';
import { Figure } from './figure.js';
import { linear, passShare, twoLines } from './geometry.js';

/** In a narrower chart, names stand above their bars. */
const NARROW = 700;

/**
 * @typedef {{ number: number, name: string, weight: number, right: number, total: number, points?: number,
 *   mastery: { mean: number, low: number, high: number, credible: number } }} Domain
 */

/** A share as a whole percentage, without its sign. @param {number} share */
function whole(share) {
  return number(Math.round(share * 100));
}

/**
 * @param {{ id?: string, domains: Domain[], scale: { pass_mark: number, scale_min: number, scale_max: number }, byPoints?: boolean }} props
 */
export function DomainsChart({ id = 'domains', domains, scale, byPoints = false }) {
  const pass = passShare(scale);
  const got = (/** @type {Domain} */ domain) => (byPoints ? (domain.points ?? domain.right) : domain.right);
  const count = (/** @type {Domain} */ domain) =>
    domain.total > 0 ? t('progress.of', { n: number(got(domain)), of: number(domain.total) }) : t('progress.no_scored');
  const estimate = (/** @type {Domain} */ { mastery }) => t('progress.estimate', { mean: whole(mastery.mean), low: whole(mastery.low), high: whole(mastery.high) });
  const sorted = [...domains].sort((a, b) => a.mastery.mean - b.mastery.mean);
  const sentence =
    sorted.length > 1
      ? t('progress.domains_sentence', {
          low: sorted[0].name, low_estimate: estimate(sorted[0]),
          high: sorted[sorted.length - 1].name, high_estimate: estimate(sorted[sorted.length - 1]), pass: whole(pass),
        })
      : sorted.map((domain) => t('progress.domain_sentence', { name: domain.name, estimate: estimate(domain), pass: whole(pass) })).join('');

  /** @param {number} width */
  const height = (width) => (width < NARROW ? narrowRows(width).foot : 28 + domains.length * 44 + 24);
  const draw = (/** @type {number} */ width) => (width < NARROW ? drawNarrow(width) : drawWide(width));
  /** Bar, interval and pass mark of a domain. @param {(share: number) => number} x @param {number} middle @param {Domain} domain */
  const bar = (x, middle, { mastery: { mean, low, high } }) => html`
    <rect x=${x(0)} y=${middle - 9} width=${x(mean) - x(0)} height="18" class="fill-chart" />
    <path d=${`M${x(low)} ${middle}H${x(high)}M${x(low)} ${middle - 6}v12M${x(high)} ${middle - 6}v12`} class="line-text" />
  `;
  /** Names above their bars; in a second line if there is no room next to the count. @param {number} width */
  const narrowRows = (width) => {
    let foot = 0;
    const rows = domains.map((domain) => {
      const row = { domain, top: foot, lines: twoLines(`${domain.number} ${domain.name}`, Math.floor((width - count(domain).length * 8) / 8)) };
      foot += 64 + 20 * row.lines.length;
      return row;
    });
    return { rows, foot };
  };
  /** @param {number} width */
  const drawNarrow = (width) => {
    const x = linear([0, 1], [0, width]);
    return narrowRows(width).rows.map(({ domain, top, lines }) => {
      const middle = top + 17 + 20 * lines.length;
      return html`
        <g key=${domain.number}>
          ${lines.map((line, index) => html`<text x="0" y=${top + 18 + 20 * index} class="name">${line}</text>`)}
          <text x=${width} y=${top + 18} text-anchor="end" class="strong">${count(domain)}</text>
          <rect x="0" y=${middle - 9} width=${width} height="18" class="fill-sunken" />
          ${bar(x, middle, domain)}
          <path d=${`M${x(pass)} ${middle - 11}v22`} class="line-dash" />
          <text x="0" y=${middle + 28}>${t('progress.weight_of_exam', { n: number(domain.weight) })} · ${estimate(domain)}</text>
        </g>
      `;
    });
  };
  /** @param {number} width */
  const drawWide = (width) => {
    const x = linear([0, 1], [300, width - 216]);
    const foot = 28 + domains.length * 44;
    return html`
      ${[0, 0.25, 0.5, 0.75, 1].map(
        (tick) => html`
          <path key=${tick} d=${`M${x(tick)} 24V${foot}`} class="line-grid" />
          <text x=${x(tick)} y=${foot + 16} text-anchor="middle">${tick === 0 || tick === 1 ? t('progress.percent', { n: whole(tick) }) : whole(tick)}</text>
        `,
      )}
      <text x=${x(pass)} y="14" text-anchor="middle" class="strong">${t('progress.pass_mark_share', { n: whole(pass) })}</text>
      <text x=${width - 190} y="14">${t(byPoints ? 'progress.column_points' : 'progress.column_right')}</text>
      <text x=${width} y="14" text-anchor="end">${t('progress.estimate_interval')}</text>
      ${domains.map((domain, index) => {
        const top = 28 + index * 44;
        const lines = twoLines(`${domain.number} ${domain.name}`, 32);
        return html`
          <g key=${domain.number}>
            ${lines.length > 1
              ? html`<text x="0" y=${top + 18} class="name">${lines[0]}</text><text x="0" y=${top + 36} class="name">${lines[1]}</text>`
              : html`<text x="0" y=${top + 20} class="name">${lines[0]}</text>
                  <text x="0" y=${top + 36}>${t('progress.weight_of_exam', { n: number(domain.weight) })}</text>`}
            ${bar(x, top + 22, domain)}
            <text x=${width - 190} y=${top + 27} class="strong">${count(domain)}</text>
            <text x=${width} y=${top + 27} text-anchor="end" class="number">${estimate(domain)}</text>
          </g>
        `;
      })}
      <path d=${`M${x(pass)} 20V${foot}`} class="line-dash" />
    `;
  };
  const credible = whole(domains[0]?.mastery.credible ?? 0.9);
  return html`
    <${Figure} id=${id} title=${t('progress.domains')} sentence=${sentence} height=${height} draw=${draw}
      legend=${[
        { mark: 'bar', text: t('progress.legend_mean') },
        { mark: 'interval', text: t('progress.legend_interval', { n: credible }) },
        { mark: 'dash', text: t('progress.legend_pass', { n: whole(pass) }) },
      ]}
      table=${{
        head: ['domain', 'weight', byPoints ? 'points' : 'right', 'total', 'mean', 'low', 'high'].map((key) => t(`progress.${key}`)),
        rows: domains.map((domain) => [
          `${domain.number} ${domain.name}`,
          t('progress.percent', { n: number(domain.weight) }), number(got(domain)), number(domain.total),
          ...[domain.mastery.mean, domain.mastery.low, domain.mastery.high].map((share) => t('progress.percent', { n: whole(share) })),
        ]),
      }} />
  `;
}
