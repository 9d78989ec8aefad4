// Loads pages of the history, and deletes with time to change one's mind.
import * as api from '../../api.js';
import * as store from '../../state.js';

const kPageSize = 40;
const kUndoMs = 6000;

const sameQuery = (a, b) => a && b && a.camera === b.camera && a.kept === b.kept;

/// Shows the history for `query` {camera, kept}; what is loaded already stays while it is asked again.
export async function showEvents(query) {
  const { events } = store.state;
  if (sameQuery(events.query, query) && events.is_loaded) {
    await refreshEvents();
    return;
  }
  store.startEvents(query);
  store.addEventsPage(query, await api.events({ ...query, limit: kPageSize }));
}

/// What happened while nobody told us: the newest page once more, merged into what is shown.
export async function refreshEvents() {
  const { query, is_loaded } = store.state.events;
  if (!is_loaded) return;
  const result = await api.events({ ...query, limit: kPageSize });
  if (result.ok && store.state.events.query === query) [...result.value.events].reverse().forEach(store.mergeEvent);
}

export async function loadMore() {
  const { query, next_cursor, is_loading } = store.state.events;
  if (!next_cursor || is_loading) return;
  store.setEventsLoading();
  store.addEventsPage(query, await api.events({ ...query, limit: kPageSize, cursor: next_cursor }));
}

const waiting = new Map(); // id -> timer of the deletion

/// Hides the event at once and deletes it when the time to undo has passed, or when the page is left.
export function deleteWithUndo(id) {
  if (waiting.has(id)) return;
  store.setDeleting(id, true);
  waiting.set(id, setTimeout(() => deleteNow(id), kUndoMs));
  store.addToast('Event deleted.', { lasts_ms: kUndoMs, action: { title: 'Undo', run: () => undo(id) } });
}

function undo(id) {
  clearTimeout(waiting.get(id));
  waiting.delete(id);
  store.setDeleting(id, false);
}

async function deleteNow(id, is_leaving = false) {
  clearTimeout(waiting.get(id));
  waiting.delete(id);
  const result = await api.deleteEvent(id, is_leaving);
  if (result.ok || result.error.status === 404) store.dropEvent(id);
  else store.addToast(`Not deleted: ${result.error.message}`, { kind: 'bad' });
  store.setDeleting(id, false);
}

window.addEventListener('pagehide', () => {
  for (const id of [...waiting.keys()]) deleteNow(id, true);
});

/// Applies a change at once and takes it back if the daemon refuses.
export async function patchEvent(event, change) {
  const before = Object.fromEntries(Object.keys(change).map((key) => [key, event[key]]));
  store.mergeEvent({ id: event.id, ...change });
  const result = await api.patchEvent(event.id, change);
  if (!result.ok) {
    store.mergeEvent({ id: event.id, ...before });
    store.addToast(`Not saved: ${result.error.message}`, { kind: 'bad' });
  }
  return result;
}
