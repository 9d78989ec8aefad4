// What the address says about the list, and what that means for the daemon. Pure.
import { dayStart, startOfDay } from '../timeline/view_plan.js';

const kFilters = ['camera', 'zone', 'label', 'kept', 'reviewed', 'text'];

/// {camera: 'a,b', kept: '1', day: '2026-03-01'} of the address as the daemon's query; `route` is what it was made from.
export function toQuery(route_query) {
  const day_ms = dayStart(route_query.day);
  return {
    camera: route_query.camera || '', zone: route_query.zone || '', label: route_query.label || '',
    kept: route_query.kept ? 'true' : '', reviewed: route_query.reviewed === '0' ? 'false' : '',
    text: route_query.text || '',
    from: Number.isNaN(day_ms) ? '' : new Date(day_ms).toISOString(),
    to: Number.isNaN(day_ms) ? '' : new Date(startOfDay(day_ms, 1)).toISOString(),
    route: route_query,
  };
}

export const isFiltered = (route_query) => [...kFilters, 'day'].some((key) => route_query[key]);

/// The list 'a,b' with 'b' taken out or put in.
export function toggled(list, name) {
  const names = list ? list.split(',') : [];
  return (names.includes(name) ? names.filter((one) => one !== name) : [...names, name]).join(',');
}

/// Names of the events that occur, the most frequent first, with the chosen one even when it does not occur.
export function namesOf(counts, items, key, chosen) {
  const names = new Map((counts || []).filter(({ name }) => name).map(({ name, count }) => [name, count]));
  for (const item of items.slice(0, 500)) if (item[key] && !names.has(item[key])) names.set(item[key], 1);
  if (chosen && !names.has(chosen)) names.set(chosen, 0);
  return [...names].sort((a, b) => b[1] - a[1]).map(([name]) => name);
}
