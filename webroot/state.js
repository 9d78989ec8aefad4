// The one state of the page and the only functions that change it. Views read it through useAppState().

export const state = {
  session: { status: 'unknown', name: '', role: '' },       // unknown | anonymous | known
  link: { is_up: true, down_since_ms: 0, next_try_ms: 0 },  // is the daemon reachable
  cameras: { list: [], is_loaded: false, error: null },     // each with received_ms: when its ages were true
  events: { query: null, items: [], next_cursor: '', is_loading: false, is_loaded: false, error: null },
  storage: null,
  health_changes: {},                                       // camera -> how often its health changed since the page opened
  toasts: [],                                               // {id, text, action: {title, run} | null, kind}
  deleting: new Set(),                                      // ids of events that wait for their undo time to pass
};

const listeners = new Set();
let is_scheduled = false;

export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/// Tells the views, once for all changes of the same task.
export function changed() {
  if (is_scheduled) return;
  is_scheduled = true;
  queueMicrotask(() => {
    is_scheduled = false;
    for (const listener of [...listeners]) listener();
  });
}

export function setSession(session) {
  state.session = session;
  changed();
}

/// Forgets everything the account could see.
export function clearPrivate() {
  state.cameras = { list: [], is_loaded: false, error: null };
  state.events = { query: null, items: [], next_cursor: '', is_loading: false, is_loaded: false, error: null };
  state.storage = null;
  state.deleting = new Set();
  state.toasts = [];
  changed();
}

export function setLink(is_up, now_ms = Date.now()) {
  if (is_up === state.link.is_up) return;
  state.link = is_up ? { is_up, down_since_ms: 0, next_try_ms: 0 } : { is_up, down_since_ms: now_ms, next_try_ms: 0 };
  changed();
}

export function setNextTry(next_try_ms) {
  state.link = { ...state.link, next_try_ms };
  changed();
}

export function setCameras(list, now_ms = Date.now()) {
  state.cameras = { list: list.map((camera) => ({ ...camera, received_ms: now_ms })), is_loaded: true, error: null };
  changed();
}

export function setCamerasError(error) {
  state.cameras = { ...state.cameras, error };
  changed();
}

/// A change from the stream: replaces what it names, keeps the rest. Unknown cameras are added.
export function mergeCamera(change, now_ms = Date.now()) {
  if (!change || typeof change.name !== 'string') return;
  const list = state.cameras.list;
  const index = list.findIndex((camera) => camera.name === change.name);
  const has_ages = 'packet_age_us' in change;
  const merged = { ...(list[index] || {}), ...change };
  if (has_ages || index < 0) merged.received_ms = now_ms;
  state.cameras = {
    ...state.cameras,
    list: index < 0 ? [...list, merged] : list.map((camera, at) => (at === index ? merged : camera)),
  };
  changed();
}

/// The stream told that samples, incidents or recoveries of a camera changed: views that show them ask again.
export function noteHealthChange(camera) {
  if (!camera) return;
  state.health_changes = { ...state.health_changes, [camera]: (state.health_changes[camera] || 0) + 1 };
  changed();
}

export function findCamera(name) {
  return state.cameras.list.find((camera) => camera.name === name);
}

export function cameraTitle(name) {
  const camera = findCamera(name);
  return (camera && camera.title) || name;
}

/// Whether an event belongs into the list that is shown for `query`. Pure.
export function matchesQuery(event, query) {
  if (!query) return false;
  for (const key of ['camera', 'zone', 'label']) if (query[key] && event[key] !== query[key]) return false;
  if (query.kept && !event.kept) return false;
  if (query.reviewed === 'false' && event.reviewed) return false;
  if (query.from && event.started_at < query.from) return false;
  if (query.to && event.started_at >= query.to) return false;
  return true;
}

const event_listeners = new Set();

/// `listener(change)` runs for each event that changed; a deleted one has state "deleted".
export function onEventChange(listener) {
  event_listeners.add(listener);
  return () => event_listeners.delete(listener);
}

/// A change from the stream or from an answer: updates the event where it is shown; a new one goes to its place by time.
export function mergeEvent(change) {
  if (!change || typeof change.id !== 'string') return;
  for (const listener of event_listeners) listener(change);
  if (change.state === 'deleted') {
    dropEvent(change.id);
    return;
  }
  const { items, query } = state.events;
  const known = items.some((item) => item.id === change.id);
  if (known) {
    state.events = { ...state.events,
      items: items.map((item) => (item.id === change.id ? { ...item, ...change } : item)) };
  } else if (change.started_at && matchesQuery(change, query)) {
    const at = items.findIndex((item) => item.started_at < change.started_at);
    const place = at < 0 ? items.length : at;
    if (at < 0 && state.events.next_cursor) return; // older than what was loaded: a later page brings it
    state.events = { ...state.events, items: [...items.slice(0, place), change, ...items.slice(place)] };
  } else {
    return;
  }
  changed();
}

export function dropEvent(id) {
  state.events = { ...state.events, items: state.events.items.filter((item) => item.id !== id) };
  changed();
}

export function startEvents(query) {
  state.events = { query, items: [], next_cursor: '', is_loading: true, is_loaded: false, error: null };
  changed();
}

/// A page arrived (or did not) for `query`; an answer to an older question is dropped.
export function addEventsPage(query, result) {
  if (state.events.query !== query) return;
  if (!result.ok) {
    state.events = { ...state.events, is_loading: false, error: result.error };
  } else {
    const known = new Set(state.events.items.map((item) => item.id));
    const fresh = result.value.events.filter((item) => !known.has(item.id));
    state.events = { ...state.events, items: [...state.events.items, ...fresh],
      next_cursor: result.value.next_cursor || '', is_loading: false, is_loaded: true, error: null };
  }
  changed();
}

export function setEventsLoading() {
  state.events = { ...state.events, is_loading: true, error: null };
  changed();
}

export function setStorage(storage) {
  state.storage = storage;
  changed();
}

let last_toast_id = 0;
export function addToast(text, { action = null, kind = 'info', lasts_ms = 6000 } = {}) {
  last_toast_id += 1;
  const id = last_toast_id;
  state.toasts = [...state.toasts.slice(-2), { id, text, action, kind }];
  changed();
  setTimeout(() => dropToast(id), lasts_ms);
  return id;
}

export function dropToast(id) {
  state.toasts = state.toasts.filter((toast) => toast.id !== id);
  changed();
}

export function setDeleting(id, is_deleting) {
  state.deleting = new Set(state.deleting);
  if (is_deleting) state.deleting.add(id);
  else state.deleting.delete(id);
  changed();
}
