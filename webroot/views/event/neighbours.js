// The events before and after one: from the list that is loaded, else asked of the daemon.
import * as api from '../../api.js';
import { state } from '../../state.js';

/// Of a list newest first: {newer, older} ids, null where there is none in it. Pure.
export function neighboursIn(items, id) {
  const at = items.findIndex((item) => item.id === id);
  if (at < 0) return { newer: null, older: null };
  return { newer: at > 0 ? items[at - 1].id : null, older: at + 1 < items.length ? items[at + 1].id : null };
}

/// Resolves to {newer, older} among the events that the list shows.
export async function findNeighbours(event) {
  const { items, query, next_cursor } = state.events;
  const listed = items.filter((item) => !state.deleting.has(item.id) || item.id === event.id);
  const found = neighboursIn(listed, event.id);
  const is_inside = found.newer && found.older;
  if (is_inside || (found.newer && !next_cursor && !query.from)) return found;
  const { camera, zone, label, kept, reviewed, text } = query || {};
  let answer = await api.event(event.id, { camera, zone, label, kept, reviewed, text });
  // Reached by a link although the list's filter hides it: among all events, then.
  if (answer.ok && !answer.value.next_id && !answer.value.previous_id && !found.newer && !found.older) answer = await api.event(event.id, {});
  if (!answer.ok) return found;
  return { newer: found.newer || answer.value.next_id || null, older: found.older || answer.value.previous_id || null };
}
