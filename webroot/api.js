// The only module that talks to the daemon. Every call returns {ok: true, value} or {ok: false, error},
// error = {code, message, field, status, retry_after_s}; it never throws.

const kBase = 'api/v1';
const kTimeoutMs = 15000;
const kActionMs = 130000; // a test or a recovery takes its time: the owner's last resort up to 100 s

let on_unauthorized = () => {};
let on_link = () => {};

/// `unauthorized()` runs when a session ended; `link(is_reachable)` after each request.
export function watchRequests({ unauthorized, link }) {
  on_unauthorized = unauthorized;
  on_link = link;
}

function failure(code, message, extra = {}) {
  return { ok: false, error: { code, message, field: '', status: 0, retry_after_s: 0, ...extra } };
}

async function readError(response) {
  let body = null;
  try {
    body = await response.json();
  } catch {
    body = null; // not JSON: a proxy's page, or nothing; the status says enough
  }
  const error = (body && body.error) || {};
  return failure(error.code || `http_${response.status}`, error.message || `The daemon answered ${response.status}.`, {
    field: error.field || '',
    status: response.status,
    retry_after_s: Number(response.headers.get('Retry-After')) || 0,
    parts: (body && body.parts) || [],
  });
}

async function request(method, path, { body, is_login = false, timeout_ms = kTimeoutMs } = {}) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeout_ms);
  try {
    const response = await fetch(`${kBase}${path}`, {
      method,
      credentials: 'same-origin',
      signal: controller.signal,
      headers: body === undefined ? { Accept: 'application/json' }
        : { Accept: 'application/json', 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    on_link(true);
    if (!response.ok) {
      if (response.status === 401 && !is_login) on_unauthorized();
      return await readError(response);
    }
    const text = await response.text();
    return { ok: true, value: text ? JSON.parse(text) : null };
  } catch (error) {
    if (error instanceof SyntaxError) return failure('bad_answer', 'The daemon sent something unreadable.');
    on_link(false);
    return failure('unreachable', 'Porchlight cannot be reached.');
  } finally {
    clearTimeout(timer);
  }
}

function withQuery(path, query) {
  const entries = Object.entries(query).filter(([, value]) => value !== '' && value !== undefined && value !== null);
  const search = new URLSearchParams(entries).toString();
  return search ? `${path}?${search}` : path;
}

const name = encodeURIComponent;

export const login = (username, password) =>
  request('POST', '/login', { body: { username, password }, is_login: true });
export const logout = () => request('POST', '/logout');
export const me = () => request('GET', '/me', { is_login: true });

export const cameras = () => request('GET', '/cameras');
const ofCamera = (camera, rest) => `/cameras/${name(camera)}/${rest}`;
export const cameraHealth = (camera, from, to) => request('GET', withQuery(ofCamera(camera, 'health'), { from, to }));
export const coverage = (camera, from, to) => request('GET', withQuery(ofCamera(camera, 'coverage'), { from, to }));
export const recoverCamera = (camera, rung) =>
  request('POST', ofCamera(camera, 'recover'), { body: { rung }, timeout_ms: kActionMs });
export const testCamera = (camera, count) =>
  request('POST', ofCamera(camera, 'test'), { body: { n: count }, timeout_ms: kActionMs });
/// `command`: {action, ...} as POST /cameras/{name}/control takes it.
export const controlCamera = (camera, command) => request('POST', ofCamera(camera, 'control'), { body: command });
export const setEnabled = (camera, enabled) => request('PUT', ofCamera(camera, 'enabled'), { body: { enabled } });
export const setDetect = (camera, enabled) => request('PUT', ofCamera(camera, 'detect'), { body: { enabled } });
export const setRecordMode = (camera, mode) => request('PUT', ofCamera(camera, 'record'), { body: { mode } });
// The page says itself what is wrong with a camera, in its own words: it wants no placeholder drawn by the daemon.
export const liveUrl = (camera, nonce) => withQuery(`${kBase}${ofCamera(camera, 'live.mjpeg')}`, { placeholder: false, n: nonce });
/// One WebSocket for the recorded streams of all cameras on the page.
export const watchUrl = () => new URL(`${kBase}/live`, document.baseURI).href.replace(/^http/, 'ws');
export const snapshotUrl = (camera, nonce) => withQuery(`${kBase}${ofCamera(camera, 'snapshot.jpg')}`, { placeholder: false, n: nonce });

export const alerts = (query) => request('GET', withQuery('/alerts', query));
export const retryAlerts = (choice) => request('POST', '/alerts/retry', { body: choice });
export const dropAlerts = (choice) => request('POST', '/alerts/drop', { body: choice });
export const testAlert = (target) => request('POST', `/alerts/${name(target)}/test`);
export const events = (query) => request('GET', withQuery('/events', query));
/// `filters`: those of the list; previous_id and next_id are looked for among what passes them.
export const event = (id, filters = {}) => request('GET', withQuery(`/events/${name(id)}`, filters));
export const eventSummary = (query) => request('GET', withQuery('/events/summary', query));
export const restoreEvent = (id) => request('POST', `/events/${name(id)}/restore`);
export const changeEvents = (ids, change) => request('POST', '/events/bulk', { body: { ids, ...change } });
export const patchEvent = (id, change) => request('PATCH', `/events/${name(id)}`, { body: change });
export const deleteEvent = (id) => request('DELETE', `/events/${name(id)}`);
// Relative to the page, unlike the addresses in the answers: behind a proxy the dashboard may live below a path.
export const thumbnailUrl = (id) => `${kBase}/events/${name(id)}/thumbnail.jpg`;
export const clipUrl = (id) => `${kBase}/events/${name(id)}/clip.mp4`;
export const timeline = (query) => request('GET', withQuery('/timeline', query));
export const recordings = (query) => request('GET', withQuery('/recordings', query));

/// A range of one camera as one file; `is_download` names it for saving.
export const exportUrl = (camera, from, to, is_download = false) =>
  withQuery(`${kBase}/recordings/export.mp4`, { camera, from, to, download: is_download ? 1 : 0 });

/// Clips of several cameras with hashes and statements, as a zip.
export const evidenceUrl = (cameras, from, to, note) =>
  withQuery(`${kBase}/recordings/evidence.zip`, { cameras: cameras.join(','), from, to, note });

/// Whether a file that is about to be saved can be had: {ok} or the daemon's error, with `parts` when it needs several.
export async function fileProblem(url) {
  try {
    const response = await fetch(url, { credentials: 'same-origin', headers: { Range: 'bytes=0-1' } });
    if (!response.ok) return await readError(response);
    await response.body?.cancel();
    return { ok: true, value: null };
  } catch {
    return failure('unreachable', 'Porchlight cannot be reached.');
  }
}

export const system = () => request('GET', '/system');
export const logs = (query) => request('GET', withQuery('/logs', query));
export const plugins = () => request('GET', '/plugins');
export const audit = () => request('GET', '/audit');
export const users = () => request('GET', '/users');
export const tokens = () => request('GET', '/tokens');

/// Why a clip cannot be had: null when it can (the fault is then the browser's), else the daemon's error.
export async function clipProblem(url) {
  const result = await fileProblem(url);
  return result.ok ? null : result.error;
}

/// Server-sent events: `handlers` = {camera, event, health, storage, resync, open, error}. Returns a function that closes the stream.
export function openStream(handlers) {
  const source = new EventSource(`${kBase}/stream`);
  for (const kind of ['camera', 'event', 'health', 'storage', 'resync']) {
    source.addEventListener(kind, (message) => {
      let data = null;
      try {
        data = JSON.parse(message.data);
      } catch {
        console.warn(`stream: unreadable ${kind} message`);
        return;
      }
      handlers[kind](data);
    });
  }
  source.onopen = handlers.open;
  source.onerror = () => {
    source.close();
    handlers.error();
  };
  return () => source.close();
}
