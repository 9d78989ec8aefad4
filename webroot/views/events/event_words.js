// An event in words. Pure.
import { clipLength, clockTime, clockTimeWithSeconds, parseTime } from '../../time.js';

export const isRunning = (event) => event.state === 'active' || event.state === 'closing';

/// Length of the event; of a running one, so far.
export function eventLength(event, now_ms) {
  if (isRunning(event)) return clipLength(now_ms - parseTime(event.started_at));
  if (typeof event.duration_us === 'number') return clipLength(event.duration_us / 1000);
  return clipLength(parseTime(event.ended_at) - parseTime(event.started_at));
}

const kLabels = { line: 'Line crossed', input: 'Input switched' };
const kIcons = { person: 'person', face: 'person', vehicle: 'vehicle', animal: 'animal', package: 'archive', sound: 'sound', input: 'power' };

/// What was seen or heard: "Person". An event without a label is motion.
export function labelWords(label) {
  const known = kLabels[label];
  return known || (label ? label[0].toUpperCase() + label.slice(1) : 'Motion');
}

/// Name of its icon.
export const labelIcon = (label) => kIcons[label] || 'motion';

/// "Motion in path", "Person"
export function eventTitle(event) {
  const what = labelWords(event.label);
  return event.zone ? `${what} in ${event.zone}` : what;
}

export function eventClock(event, { has_seconds = false } = {}) {
  const at_ms = parseTime(event.started_at);
  if (Number.isNaN(at_ms)) return '';
  return has_seconds ? clockTimeWithSeconds(at_ms) : clockTime(at_ms);
}
