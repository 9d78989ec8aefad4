// Where each line of the event list stands, so that only what is seen has to exist. Pure.
import { dayKey, dayTitle, parseTime } from '../../time.js';

const times = new WeakMap(); // event -> ms: lists of ten thousand are planned again and again

export function startMs(event) {
  if (!times.has(event)) times.set(event, parseTime(event.started_at));
  return times.get(event);
}

const keys = new WeakMap();

function keyOf(item, place) {
  if (place) return dayKey(startMs(item), place);
  if (!keys.has(item)) keys.set(item, dayKey(startMs(item)));
  return keys.get(item);
}

/// Newest first in; [{key, title, at, items}] out, by local day. `at` is the position of the first item in the whole list.
export function groupByDay(items, now_ms, place) {
  const days = [];
  items.forEach((item, at) => {
    const at_ms = startMs(item);
    const key = Number.isNaN(at_ms) ? 'unknown' : keyOf(item, place);
    if (!days.length || days.at(-1).key !== key) {
      days.push({ key, title: key === 'unknown' ? 'Unknown day' : dayTitle(at_ms, now_ms, place), at, items: [] });
    }
    days.at(-1).items.push(item);
  });
  return days;
}

/// Adds top_px and height_px to each day; `sizes` = {columns, row_px, head_px}.
export function placeDays(days, { columns, row_px, head_px }) {
  let top_px = 0;
  const placed = days.map((day) => {
    const height_px = head_px + Math.ceil(day.items.length / columns) * row_px;
    const one = { ...day, top_px, height_px };
    top_px += height_px;
    return one;
  });
  return { days: placed, height_px: top_px };
}

/// Positions [begin, end) of the items of a placed day that touch top..bottom, whole lines.
export function visibleItems(day, top_px, bottom_px, { columns, row_px, head_px }) {
  const first = Math.floor((top_px - day.top_px - head_px) / row_px);
  const last = Math.ceil((bottom_px - day.top_px - head_px) / row_px);
  const clamp = (line) => Math.max(0, Math.min(day.items.length, line * columns));
  return [clamp(first), clamp(last)];
}

/// The top of an item of the whole list, for scrolling to it.
export function topOf(days, at, { columns, row_px, head_px }) {
  const day = days.find((one) => at >= one.at && at < one.at + one.items.length);
  return day ? day.top_px + head_px + Math.floor((at - day.at) / columns) * row_px : 0;
}
