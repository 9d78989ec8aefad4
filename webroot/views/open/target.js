// Where a link leads that was followed without a session. Pure.

/// 'api/v1/…' of this appliance as an address relative to the page; '' for anything else, so that no link leads elsewhere.
export function openTarget(to) {
  const path = String(to || '').replace(/^\/+/, '');
  if (!path.startsWith('api/v1/') || /[\s\\#]/.test(path) || path.split(/[?]/)[0].split('/').includes('..')) return '';
  return path;
}
