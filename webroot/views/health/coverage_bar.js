// One bar for a stretch of time: what was recorded, and why nothing was where nothing was.
import { html, useState } from '../../ui.js';
import { clockTimeWithSeconds, shortDay, span } from '../../time.js';
import { intendedPercent, planCoverage, stretchAt, sumsOf } from './coverage_plan.js';

function stretchText({ title, detail, from_ms, to_ms }) {
  return `${title}${detail ? ` (${detail})` : ''}: ${shortDay(from_ms)}, ${clockTimeWithSeconds(from_ms)} – ${
    clockTimeWithSeconds(to_ms)}, ${span(to_ms - from_ms)}`;
}

/// `coverage` is the daemon's answer; `is_small` leaves out the sums.
export function CoverageBar({ coverage, from_ms, to_ms, is_small = false, name }) {
  const [pointed, setPointed] = useState(null);
  const stretches = planCoverage(coverage.intervals || [], from_ms, to_ms);
  const percent = intendedPercent(coverage);
  const point = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    setPointed(stretchAt(stretches, (event.clientX - box.left) / box.width));
  };
  const label = `${percent === null ? 'Nothing known' : `${percent} as intended`}. ${sumsOf(coverage)
    .map(({ title, s }) => `${title}: ${span(s * 1000)}`).join(', ')}`;
  return html`<div class="coverage" data-test=${name ? `coverage-${name}` : undefined}>
    <svg class=${`strip ${is_small ? '' : 'is-tall'}`} viewBox="0 0 1000 20" preserveAspectRatio="none" role="img" aria-label=${label}
        onPointerMove=${point} onPointerDown=${point} onPointerLeave=${() => setPointed(null)}>
      <rect class="none" x="0" y="0" width="1000" height="20" />
      ${stretches.map((one) => html`<rect key=${one.from} class=${`gap-${one.tone}`} x=${one.from * 1000} y="0"
        width=${Math.max(one.tone === 'idle' || one.tone === 'recorded' ? 0 : 1.5, (one.to - one.from) * 1000)} height="20" />`)}
    </svg>
    <div class="strip-ends dim"><span>${endText(from_ms, to_ms)}</span><span class="small">${
      pointed ? stretchText(pointed) : ''}</span><span>now</span></div>
    ${!is_small && html`<${Sums} coverage=${coverage} percent=${percent} />`}</div>`;
}

const endText = (from_ms, to_ms) => `${to_ms - from_ms === 86400000 ? '24 h' : span(to_ms - from_ms)} ago`;

function Sums({ coverage, percent }) {
  return html`<p>${percent === null ? 'The ledger knows nothing of this time yet.' : html`<strong>${percent}</strong> of
      ${' '}${span(coverage.wall_s * 1000)} went as intended${coverage.fault_s >= 0.5 ? html`; <strong>${span(coverage.fault_s * 1000)}
      </strong> were lost` : ''}.`}</p>
    <ul class="plain sums">${sumsOf(coverage).map(({ tone, title, cause, s }) => html`<li key=${cause}>
      <span class=${`swatch gap-${tone}`}></span><span class="grow">${title}</span><span>${span(s * 1000)}</span></li>`)}</ul>`;
}
