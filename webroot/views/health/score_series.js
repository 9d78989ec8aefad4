// Health samples as what a plot draws. Pure.
import { parseTime } from '../../time.js';

const kSilentMs = 20 * 60000; // samples come every few minutes: a longer silence means that nobody was there to write one

/// Samples {at, score, state} in any order -> [[seconds...], [score or null...]] from `from_ms` to `to_ms`; null where the
/// camera was switched off or nobody wrote.
export function toSeries(samples, from_ms, to_ms) {
  const points = samples.map((sample) => ({ at_ms: parseTime(sample.at ?? sample.changed_at),
    score: sample.state === 'disabled' ? null : sample.score })).filter(({ at_ms }) => !Number.isNaN(at_ms))
    .sort((a, b) => a.at_ms - b.at_ms);
  const xs = [];
  const ys = [];
  const add = (at_ms, score) => {
    xs.push(at_ms / 1000);
    ys.push(score);
  };
  let last = null;
  for (const point of points) {
    if (point.at_ms > to_ms) break;
    if (point.at_ms < from_ms) {
      last = point;
      continue;
    }
    const is_silent = last && point.at_ms - last.at_ms > kSilentMs;
    if (last && last.at_ms < from_ms && !is_silent) add(from_ms, last.score);
    if (is_silent && last.at_ms >= from_ms) add(last.at_ms + kSilentMs, null);
    add(point.at_ms, point.score);
    last = point;
  }
  if (last && to_ms - last.at_ms <= kSilentMs) add(to_ms, last.score);
  return [xs, ys];
}

/// One sentence about a series, for those who do not see it.
export function seriesText([, ys]) {
  const known = ys.filter((score) => score !== null);
  if (!known.length) return 'No score was written in this time.';
  return `Score now ${known.at(-1)}, lowest ${Math.min(...known)}, highest ${Math.max(...known)}.`;
}
