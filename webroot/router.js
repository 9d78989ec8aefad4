// The address after '#' as a route. The part before it never changes, so the server needs no rewriting rules.

/// '#/events?camera=x' -> { view: 'events', id: '', query: {camera: 'x'} }. Pure.
export function parseRoute(hash) {
  const [path, search = ''] = hash.replace(/^#?\/?/, '').split('?');
  const [view = '', ...rest] = path.split('/');
  return {
    view: view || 'cameras',
    id: safeDecode(rest.join('/')),
    query: Object.fromEntries(new URLSearchParams(search)),
  };
}

function safeDecode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function routeHash(view, id = '', query = {}) {
  const entries = Object.entries(query).filter(([, value]) => value !== '' && value != null);
  const search = new URLSearchParams(entries).toString();
  return `#/${view}${id ? `/${encodeURIComponent(id)}` : ''}${search ? `?${search}` : ''}`;
}

export function currentRoute() {
  return parseRoute(location.hash);
}

export function go(hash, { is_replacing = false } = {}) {
  if (is_replacing) {
    history.replaceState(null, '', hash);
    window.dispatchEvent(new HashChangeEvent('hashchange'));
  } else {
    location.hash = hash;
  }
}

export function onRoute(listener) {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}
