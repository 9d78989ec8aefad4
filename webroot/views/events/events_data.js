// Loads pages of the history; marks and deletes events, with time to change one's mind.
import * as api from '../../api.js';
import * as store from '../../state.js';

const kPageSize = 100;
const kUndoMs = 10000;
const kBulkSize = 500; // what the daemon takes at a time

const kKeys = ['camera', 'zone', 'label', 'kept', 'reviewed', 'text', 'from', 'to'];
const asked = (query, more) => ({ ...Object.fromEntries(kKeys.map((key) => [key, query[key]])), limit: kPageSize, ...more });
const sameQuery = (a, b) => a && b && kKeys.every((key) => (a[key] || '') === (b[key] || ''));

/// Shows the history for `query`; what is loaded already stays while it is asked again.
export async function showEvents(query) {
  const { events } = store.state;
  if (sameQuery(events.query, query) && events.is_loaded) {
    await refreshEvents();
    return;
  }
  store.startEvents(query);
  store.addEventsPage(query, await api.events(asked(query)));
}

/// What happened while nobody told us: the newest page once more, merged into what is shown.
export async function refreshEvents() {
  const { query, is_loaded } = store.state.events;
  if (!is_loaded) return;
  const result = await api.events(asked(query));
  if (result.ok && store.state.events.query === query) [...result.value.events].reverse().forEach(store.mergeEvent);
}

export async function loadMore() {
  const { query, next_cursor, is_loading } = store.state.events;
  if (!next_cursor || is_loading) return;
  store.setEventsLoading();
  store.addEventsPage(query, await api.events(asked(query, { cursor: next_cursor })));
}

const count = (ids) => (ids.length === 1 ? 'Event' : `${ids.length} events`);

/// Sends a change of many in pieces the daemon takes; the answers added up. {ok, value: {changed, missing, running} | error}
async function changeMany(ids, change) {
  const sum = { changed: [], missing: [], running: [] };
  for (let at = 0; at < ids.length; at += kBulkSize) {
    const result = await api.changeEvents(ids.slice(at, at + kBulkSize), change);
    if (!result.ok) return { ...result, value: sum };
    for (const key of Object.keys(sum)) sum[key].push(...(result.value[key] || []));
  }
  return { ok: true, value: sum };
}

/// Deletes at once; the daemon keeps them restorable for some minutes, the page offers that for kUndoMs.
export async function deleteWithUndo(ids) {
  const known = store.state.events.items.filter((item) => ids.includes(item.id));
  ids.forEach((id) => store.setDeleting(id, true));
  const result = ids.length === 1 ? await deleteOne(ids[0]) : await changeMany(ids, { delete: true });
  const gone = [...result.value.changed, ...result.value.missing];
  gone.forEach((id) => store.mergeEvent({ id, state: 'deleted' }));
  ids.forEach((id) => store.setDeleting(id, false));
  if (!result.ok) store.addToast(`Not deleted: ${result.error.message}`, { kind: 'bad' });
  else if (result.value.running.length) store.addToast('What is still running was not deleted.', { kind: 'bad' });
  const { changed } = result.value;
  if (!changed.length) return;
  store.addToast(`${count(changed)} deleted.`, { lasts_ms: kUndoMs,
    action: { title: 'Undo', run: () => restore(changed, known) } });
}

async function deleteOne(id) {
  const result = await api.deleteEvent(id);
  const is_gone = !result.ok && [404, 410].includes(result.error.status);
  const value = { changed: result.ok ? [id] : [], missing: is_gone ? [id] : [], running: [] };
  return { ...result, ok: result.ok || is_gone, value };
}

async function restore(ids, known) {
  const result = ids.length === 1 ? await api.restoreEvent(ids[0]) : await changeMany(ids, { restore: true });
  if (!result.ok) {
    store.addToast(`Not restored: ${result.error.message}`, { kind: 'bad' });
    return;
  }
  if (ids.length === 1 && result.value && result.value.id) store.mergeEvent(result.value);
  else known.filter((event) => result.value.changed.includes(event.id)).forEach(store.mergeEvent);
  store.addToast(`${count(ids)} restored.`);
}

/// Marks many: {kept} or {reviewed}; shown at once, taken back where the daemon refuses.
export async function markMany(ids, change) {
  const before = store.state.events.items.filter((item) => ids.includes(item.id));
  ids.forEach((id) => store.mergeEvent({ id, ...change }));
  const result = await changeMany(ids, change);
  if (result.ok) return true;
  before.forEach(store.mergeEvent);
  store.addToast(`Not saved: ${result.error.message}`, { kind: 'bad' });
  return false;
}

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
