// Keeps the state true: the stream of changes, and a poll that notices when the stream says nothing.
import * as api from './api.js';
import { backoffMs } from './backoff.js';
import * as store from './state.js';
import { refreshEvents } from './views/events/events_data.js';

const kPollMs = 3000;
const kHiddenGraceMs = 20000;
const kStorageRetryMs = 10000;

let is_running = false;
let close_stream = null;
let stream_failures = 0;
let stream_timer = 0;
let poll_timer = 0;
let poll_failures = 0;
let hidden_timer = 0;
let storage_timer = 0;
let was_suspended = false;

export function startSync() {
  if (is_running) return;
  is_running = true;
  document.addEventListener('visibilitychange', onVisibility);
  window.addEventListener('online', pollNow);
  pollNow();
  connectStream();
  askStorage();
}

export function stopSync() {
  is_running = false;
  document.removeEventListener('visibilitychange', onVisibility);
  window.removeEventListener('online', pollNow);
  suspend();
}

function suspend() {
  clearTimeout(poll_timer);
  clearTimeout(stream_timer);
  clearTimeout(hidden_timer);
  clearTimeout(storage_timer);
  if (close_stream) close_stream();
  close_stream = null;
  was_suspended = true;
}

/// A page in a pocket asks for nothing; it catches up when it is looked at again.
function onVisibility() {
  clearTimeout(hidden_timer);
  if (document.hidden) {
    hidden_timer = setTimeout(suspend, kHiddenGraceMs);
    return;
  }
  pollNow();
  if (!close_stream) connectStream();
}

export function pollNow() {
  clearTimeout(poll_timer);
  if (is_running) poll();
}

async function poll() {
  const result = await api.cameras();
  if (!is_running) return;
  clearTimeout(poll_timer);
  if (result.ok) {
    poll_failures = 0;
    store.setCameras(result.value.cameras || []);
    poll_timer = setTimeout(poll, kPollMs);
    return;
  }
  store.setCamerasError(result.error);
  poll_failures += 1;
  const wait_ms = backoffMs(poll_failures);
  if (!store.state.link.is_up) store.setNextTry(Date.now() + wait_ms);
  poll_timer = setTimeout(poll, wait_ms);
}

/// The stream tells changes only: what is wrong already is asked for until there is an answer. After a
/// suspension the stream asks when it is open.
async function askStorage() {
  clearTimeout(storage_timer);
  const result = await api.system();
  if (!is_running) return;
  clearTimeout(storage_timer);
  if (result.ok) store.setStorage(result.value.storage || null);
  else if (!was_suspended) storage_timer = setTimeout(askStorage, kStorageRetryMs);
}

/// Changes were missed: ask for everything that is shown.
function refresh() {
  pollNow();
  askStorage();
  refreshEvents();
}

function connectStream() {
  clearTimeout(stream_timer);
  if (!is_running) return;
  close_stream = api.openStream({
    camera: (change) => store.mergeCamera(change),
    event: (change) => store.mergeEvent(change),
    health: (change) => store.noteHealthChange(change && change.camera),
    storage: (change) => store.setStorage(change),
    resync: refresh,
    open: () => {
      if (stream_failures > 0 || was_suspended) refresh();
      stream_failures = 0;
      was_suspended = false;
    },
    error: () => {
      close_stream = null;
      stream_failures += 1;
      stream_timer = setTimeout(connectStream, backoffMs(stream_failures));
    },
  });
}
