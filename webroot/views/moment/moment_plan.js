// Which footage is shown for a moment. Pure.
import { parseTime } from '../../time.js';

const kBeforeMs = 10000;
const kAfterMs = 110000;
const kUnsettledMs = 2000; // what is being written now is not on disk yet

/// Ten seconds before it to two minutes in all, nothing of the future.
export function momentRange(at_ms, now_ms) {
  const to_ms = Math.min(at_ms + kAfterMs, now_ms - kUnsettledMs);
  return { from_ms: Math.min(at_ms - kBeforeMs, to_ms - kBeforeMs), to_ms };
}

/// Of the parts {from_at, to_at} that a range needs, the one that holds the moment, else the nearest; null when there are none.
export function partAt(parts, at_ms) {
  const away = ({ from_ms, to_ms }) => Math.max(0, from_ms - at_ms, at_ms - to_ms);
  return (parts || []).map((part) => ({ from_ms: parseTime(part.from_at), to_ms: parseTime(part.to_at) }))
    .sort((a, b) => away(a) - away(b))[0] || null;
}
