// The order and length of incidents. Pure.
import { parseTime } from '../../time.js';

export const isOpen = (incident) => !incident.ended_at;

/// Open ones first, then the newest.
export function orderIncidents(incidents) {
  return [...incidents].sort((a, b) => Number(isOpen(b)) - Number(isOpen(a)) || parseTime(b.started_at) - parseTime(a.started_at));
}

export function incidentLengthMs(incident, now_ms) {
  const end_ms = isOpen(incident) ? now_ms : parseTime(incident.ended_at);
  return Math.max(0, end_ms - parseTime(incident.started_at));
}
