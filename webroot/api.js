// The only module that talks to the daemon. Every call returns {ok: true, value} or {ok: false, error},
// error = {code, message, field, status, retry_after_s}; it never throws.

const kBase = 'api/v1';
const kTimeoutMs = 15000;

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
  });
}

async function request(method, path, { body, is_keepalive = false, is_login = false, timeout_ms = kTimeoutMs } = {}) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeout_ms);
  try {
    const response = await fetch(`${kBase}${path}`, {
      method,
      credentials: 'same-origin',
      keepalive: is_keepalive,
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
export const cameraHealth = (camera, from, to) =>
  request('GET', withQuery(`/cameras/${name(camera)}/health`, { from, to }));
export const recoverCamera = (camera, rung) => request('POST', `/cameras/${name(camera)}/recover`, { body: { rung } });
export const setDetect = (camera, enabled) => request('PUT', `/cameras/${name(camera)}/detect`, { body: { enabled } });
export const liveUrl = (camera, nonce) => withQuery(`${kBase}/cameras/${name(camera)}/live.mjpeg`, { n: nonce });
export const snapshotUrl = (camera, nonce) => withQuery(`${kBase}/cameras/${name(camera)}/snapshot.jpg`, { n: nonce });

export const events = (query) => request('GET', withQuery('/events', query));
export const event = (id) => request('GET', `/events/${name(id)}`);
export const patchEvent = (id, change) => request('PATCH', `/events/${name(id)}`, { body: change });
export const deleteEvent = (id, is_keepalive = false) => request('DELETE', `/events/${name(id)}`, { is_keepalive });

export const system = () => request('GET', '/system');
export const plugins = () => request('GET', '/plugins');
export const audit = () => request('GET', '/audit');
export const users = () => request('GET', '/users');

/// Why a clip cannot be had: null when it can (the fault is then the browser's), else the daemon's error.
export async function clipProblem(url) {
  try {
    const response = await fetch(url, { credentials: 'same-origin', headers: { Range: 'bytes=0-1' } });
    if (response.ok) {
      await response.body?.cancel();
      return null;
    }
    return (await readError(response)).error;
  } catch {
    return failure('unreachable', 'Porchlight cannot be reached.').error;
  }
}

/// Server-sent events: `handlers` = {camera, event, storage, resync, open, error}. Returns a function that closes the stream.
export function openStream(handlers) {
  const source = new EventSource(`${kBase}/stream`);
  for (const kind of ['camera', 'event', 'storage', 'resync']) {
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
