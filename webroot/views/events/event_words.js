// An event in words, and the list cut into days. Pure.
import { clipLength, clockTime, clockTimeWithSeconds, dayKey, dayTitle, parseTime } from '../../time.js';

export const isRunning = (event) => event.state === 'active' || event.state === 'closing';

/// Length of the event; of a running one, so far.
export function eventLength(event, now_ms) {
  if (isRunning(event)) return clipLength(now_ms - parseTime(event.started_at));
  if (typeof event.duration_us === 'number') return clipLength(event.duration_us / 1000);
  return clipLength(parseTime(event.ended_at) - parseTime(event.started_at));
}

/// "Motion in path", "person"
export function eventTitle(event) {
  const what = event.label ? event.label[0].toUpperCase() + event.label.slice(1) : 'Motion';
  return event.zone ? `${what} in ${event.zone}` : what;
}

export function eventClock(event, { has_seconds = false } = {}) {
  const at_ms = parseTime(event.started_at);
  if (Number.isNaN(at_ms)) return '';
  return has_seconds ? clockTimeWithSeconds(at_ms) : clockTime(at_ms);
}

/// Newest first in, [{key, title, items}] out, by local day.
export function groupByDay(items, now_ms, place) {
  const days = [];
  for (const item of items) {
    const at_ms = parseTime(item.started_at);
    const key = Number.isNaN(at_ms) ? 'unknown' : dayKey(at_ms, place);
    if (!days.length || days.at(-1).key !== key) {
      days.push({ key, title: key === 'unknown' ? 'Unknown day' : dayTitle(at_ms, now_ms, place), items: [] });
    }
    days.at(-1).items.push(item);
  }
  return days;
}
