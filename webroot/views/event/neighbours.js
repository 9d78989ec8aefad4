// The events before and after one: from the list that is loaded, else asked of the daemon.
import * as api from '../../api.js';
import { state } from '../../state.js';

/// Of a list newest first: {newer, older} ids, null where there is none in it. Pure.
export function neighboursIn(items, id) {
  const at = items.findIndex((item) => item.id === id);
  if (at < 0) return { newer: null, older: null };
  return { newer: at > 0 ? items[at - 1].id : null, older: at + 1 < items.length ? items[at + 1].id : null };
}

/// Resolves to {newer, older}.
export async function findNeighbours(event) {
  const listed = state.events.items.filter((item) => !state.deleting.has(item.id) || item.id === event.id);
  if (listed.some((item) => item.id === event.id)) {
    const found = neighboursIn(listed, event.id);
    if (found.older || !state.events.next_cursor) return found;
  }
  const [after, before] = await Promise.all([
    api.events({ from: event.started_at, limit: 100 }),
    api.events({ to: event.started_at, limit: 2 }),
  ]);
  const newer = after.ok ? after.value.events.filter((item) => item.started_at > event.started_at).at(-1) : null;
  const older = before.ok ? before.value.events.find((item) => item.started_at < event.started_at) : null;
  return { newer: newer ? newer.id : null, older: older ? older.id : null };
}
