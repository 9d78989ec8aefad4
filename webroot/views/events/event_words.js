// An event in words. Pure.
import { clipLength, clockTime, clockTimeWithSeconds, parseTime } from '../../time.js';

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
