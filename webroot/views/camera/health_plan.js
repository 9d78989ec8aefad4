// The last day of a camera's health as coloured stretches. Pure.
import { parseTime } from '../../time.js';

export const sampleMs = (sample) => parseTime(sample.at ?? sample.changed_at);

/// Samples {at, state, score} -> [{from, to, tone}] with from/to in 0..1 of the window; time before the first is left out.
/// A sample is a change: it holds until the next one, at most `hold_ms`.
export function planStrip(samples, from_ms, to_ms, hold_ms = Infinity) {
  const width = to_ms - from_ms;
  const points = samples.map((sample) => ({ at_ms: sampleMs(sample), tone: toneOf(sample) }))
    .filter((point) => point.at_ms >= from_ms - hold_ms && point.at_ms <= to_ms)
    .sort((a, b) => a.at_ms - b.at_ms);
  const stretches = [];
  points.forEach((point, index) => {
    const next_ms = index + 1 < points.length ? points[index + 1].at_ms : to_ms;
    const from = Math.max(0, (point.at_ms - from_ms) / width);
    const to = (Math.min(next_ms, point.at_ms + hold_ms, to_ms) - from_ms) / width;
    if (to <= from) return;
    const last = stretches.at(-1);
    if (last && last.tone === point.tone && from - last.to < 1e-9) last.to = to;
    else stretches.push({ from, to, tone: point.tone });
  });
  return stretches;
}

function toneOf({ state, score }) {
  if (state === 'disabled') return 'off';
  if (state === 'offline' || state === 'wedged' || score < 30) return 'bad';
  if (state === 'degraded' || state === 'starting' || score < 70) return 'warn';
  return 'good';
}
