// The ledger as coloured stretches of a bar. Pure.
import { parseTime } from '../../time.js';
import { gapCause } from '../../parts/gap_causes.js';

/// Intervals of the ledger -> [{from, to, tone, title, from_ms, to_ms}], from and to in 0..1 of the window; neighbours of one
/// cause that the eye cannot tell apart are joined. What the ledger does not know stays out.
export function planCoverage(intervals, from_ms, to_ms) {
  const width = to_ms - from_ms;
  const stretches = [];
  for (const { started_at, ended_at, kind, cause, detail } of intervals) {
    const begin_ms = Math.max(from_ms, parseTime(started_at));
    const ended_ms = parseTime(ended_at);
    const end_ms = Math.min(to_ms, Number.isNaN(ended_ms) ? to_ms : ended_ms);
    if (!(end_ms > begin_ms)) continue;
    const words = kind === 'recorded' ? { title: 'Recorded', tone: 'recorded' } : gapCause(cause);
    const from = (begin_ms - from_ms) / width;
    const to = (end_ms - from_ms) / width;
    const last = stretches.at(-1);
    if (last && last.cause === (cause || '') && from - last.to < 1e-6) Object.assign(last, { to, to_ms: end_ms });
    else stretches.push({ from, to, ...words, cause: cause || '', detail: detail || '', from_ms: begin_ms, to_ms: end_ms });
  }
  return stretches;
}

/// The stretch of time worth a small bar: from where the ledger begins, ten minutes at least. {from_ms, to_ms}
export function knownWindow({ from_at, from_ms, to_ms }) {
  const begin_ms = parseTime(from_at);
  return { from_ms: Number.isNaN(begin_ms) ? from_ms : Math.max(from_ms, Math.min(begin_ms, to_ms - 600000)), to_ms };
}

/// The stretch at 0..1 of the bar, else null.
export const stretchAt = (stretches, share) => stretches.find(({ from, to }) => share >= from && share < to) || null;

/// [{tone, title, cause, s}]: the sums, recorded first, then the longest.
export function sumsOf({ recorded_s, gap_by_cause_s }) {
  const gaps = Object.entries(gap_by_cause_s || {}).map(([cause, s]) => ({ ...gapCause(cause), cause, s }))
    .filter(({ s }) => s >= 0.5).sort((a, b) => b.s - a.s);
  return [{ tone: 'recorded', title: 'Recorded', cause: '', s: recorded_s || 0 }, ...gaps];
}

/// "99.98 %" of the time went as intended: recorded, or not recorded on purpose.
export function intendedPercent({ wall_s, fault_s }) {
  if (!(wall_s > 0)) return null;
  const percent = 100 * (1 - (fault_s || 0) / wall_s);
  return `${percent >= 99.995 ? '100' : percent.toFixed(2)} %`;
}
