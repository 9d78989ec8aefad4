// The event at or next to a moment: from what the timeline lists, else asked of the daemon.
import * as api from '../../api.js';
import { parseTime } from '../../time.js';
import { bucketNear, passes } from './timeline_model.js';

/// {event} or {bucket} of a camera within reach of the moment; {} when nothing happened there. Pure.
export function findEvent(pieces, camera, at_ms, reach_ms, query) {
  let best = null;
  let bucket = null;
  for (const { from_ms, to_ms, piece } of pieces) {
    const lane = piece.lanes.get(camera);
    if (!lane || to_ms < at_ms - reach_ms || from_ms > at_ms + reach_ms) continue;
    const event = lane.index.nearest(at_ms, reach_ms, (item) => passes(item, query));
    if (event && (!best || distance(event, at_ms) < distance(best, at_ms))) best = event;
    bucket ||= bucketNear(lane, at_ms, reach_ms);
  }
  if (best) return { event: best };
  return bucket ? { bucket } : {};
}

const distance = ({ from_ms, to_ms }, at_ms) => Math.max(0, from_ms - at_ms, at_ms - to_ms);

/// An event of the history in the shape of the timeline's.
export function fromHistory(event) {
  const from_ms = parseTime(event.started_at);
  const to_ms = parseTime(event.ended_at);
  return { ...event, from_ms, to_ms: Number.isNaN(to_ms) ? Date.now() : to_ms, is_running: !event.ended_at,
    has_thumbnail: Boolean(event.thumbnail_url), has_footage: Boolean(event.clip_url) };
}

async function lastBefore(filters, at_ms) {
  const result = await api.events({ ...filters, to: new Date(at_ms).toISOString(), limit: 1 });
  return result.ok ? result.value.events[0] || null : null;
}

/// The last event that began before the moment (-1), or the first after it (1); null when there is none. `filters` are
/// those of the list; `known_id` is an event that begins at the moment.
export async function stepEvent({ camera, zone, label, kept, reviewed }, at_ms, direction, known_id = '') {
  const filters = { camera, zone, label, kept, reviewed };
  if (direction < 0) {
    const event = await lastBefore(filters, at_ms + (known_id ? 0 : 1));
    return event && fromHistory(event);
  }
  const base = known_id || (await lastBefore(filters, at_ms + 1))?.id;
  if (!base) return firstOfAll(filters, at_ms);
  const answer = await api.event(base, filters);
  if (!answer.ok || !answer.value.next_id) return null;
  const next = await api.event(answer.value.next_id);
  return next.ok ? fromHistory(next.value) : null;
}

/// Nothing happened before: the oldest of what came after, within a day.
async function firstOfAll(filters, at_ms) {
  const result = await api.events({ ...filters, from: new Date(at_ms).toISOString(), to: new Date(at_ms + 86400000).toISOString(),
    limit: 500 });
  const event = result.ok ? result.value.events.at(-1) : null;
  return event ? fromHistory(event) : null;
}
