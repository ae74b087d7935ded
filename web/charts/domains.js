// What is known of each domain, with how sure that is.

import { number, t } from '../messages/index.js';
import { html } from '../view.js';
import { Figure } from './figure.js';
import { anchor, linear, passShare, twoLines } from './geometry.js';

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
  const layout = (width) => (width < 640 ? { row: 80, left: 0, right: width, bar: 44 } : { row: 44, left: 264, right: width - 216, bar: 22 });
  const height = (/** @type {number} */ width) => 28 + domains.length * layout(width).row + 24;
  /** @param {number} width */
  const draw = (width) => {
    const { row, left, right, bar } = layout(width);
    const isNarrow = left === 0;
    const x = linear([0, 1], [left + 12, right - 12]);
    const foot = 28 + domains.length * row;
    return html`
      ${[0, 0.25, 0.5, 0.75, 1].map(
        (tick) => html`
          <path key=${tick} d=${`M${x(tick)} 24V${foot}`} class="line-grid" />
          <text x=${x(tick)} y=${foot + 16} text-anchor=${anchor(x(tick), width, 18)}>${tick === 0 || tick === 1 ? t('progress.percent', { n: whole(tick) }) : whole(tick)}</text>
        `,
      )}
      <text x=${x(pass)} y="14" text-anchor=${anchor(x(pass), width, 60)} class="strong">${t('progress.pass_mark_share', { n: whole(pass) })}</text>
      ${!isNarrow && html`<text x=${width - 200} y="14">${t(byPoints ? 'progress.points' : 'progress.right')}</text>
        <text x=${width} y="14" text-anchor="end">${t('progress.estimate_interval')}</text>`}
      ${domains.map((domain, index) => {
        const top = 28 + index * row;
        const middle = top + bar;
        const { mean, low, high } = domain.mastery;
        const name = `${domain.number} ${domain.name}`;
        const lines = twoLines(name, isNarrow ? Math.floor(width / 8) : 34);
        return html`
          <g key=${domain.number}>
            ${isNarrow
              ? html`<text x="0" y=${top + 24} class="name">${lines.length > 1 ? `${lines[0]}…` : lines[0]}</text>`
              : lines.length > 1
                ? html`<text x="0" y=${top + 18} class="name">${lines[0]}</text><text x="0" y=${top + 34} class="name">${lines[1]}</text>`
                : html`<text x="0" y=${top + 20} class="name">${lines[0]}</text>
                    <text x="0" y=${top + 36}>${t('progress.weight_of_exam', { n: number(domain.weight) })}</text>`}
            <rect x=${x(0)} y=${middle - 9} width=${x(mean) - x(0)} height="18" class="fill-chart" />
            <path d=${`M${x(low)} ${middle}H${x(high)}M${x(low)} ${middle - 6}v12M${x(high)} ${middle - 6}v12`} class="line-text" />
            ${isNarrow
              ? html`<text x="0" y=${middle + 26}>${count(domain)} · ${estimate(domain)}</text>`
              : html`<text x=${width - 200} y=${middle + 5} class="strong">${count(domain)}</text>
                  <text x=${width} y=${middle + 5} text-anchor="end" class="number">${estimate(domain)}</text>`}
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
        { mark: 'dash', text: t('progress.legend_pass') },
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
