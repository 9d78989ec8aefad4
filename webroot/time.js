// UTC in, local words out. Pure: the moment "now" and, for tests, the locale and zone are parameters.

/// Milliseconds of an ISO 8601 time with up to microseconds; NaN when it is none.
export function parseTime(iso) {
  if (typeof iso !== 'string') return NaN;
  return Date.parse(iso.replace(/(\.\d{3})\d+/, '$1'));
}

const formatters = new Map(); // making one costs more than using it a hundred times

function formatter(options, { locale, zone } = {}) {
  const key = `${locale}/${zone}/${JSON.stringify(options)}`;
  if (!formatters.has(key)) formatters.set(key, new Intl.DateTimeFormat(locale, { ...options, timeZone: zone }));
  return formatters.get(key);
}

export function clockTime(at_ms, place) {
  return formatter({ hour: 'numeric', minute: '2-digit' }, place).format(at_ms);
}

export function clockTimeWithSeconds(at_ms, place) {
  return formatter({ hour: 'numeric', minute: '2-digit', second: '2-digit' }, place).format(at_ms);
}

/// "2026-11-21" of the local day: the key by which events are grouped.
export function dayKey(at_ms, place) {
  // By its parts: which locale writes them in this order changes with releases of the browser.
  const parts = formatter({ year: 'numeric', month: '2-digit', day: '2-digit' }, { ...place, locale: 'en' }).formatToParts(at_ms);
  const value = (type) => parts.find((part) => part.type === type).value;
  return `${value('year')}-${value('month')}-${value('day')}`;
}

/// The key of the day before: not 24 hours ago, a day may have 23 or 25.
function dayBefore(now_ms, place) {
  const today = dayKey(now_ms, place);
  let at_ms = now_ms;
  while (dayKey(at_ms, place) === today) at_ms -= 3600000;
  return dayKey(at_ms, place);
}

export function dayTitle(at_ms, now_ms, place) {
  const key = dayKey(at_ms, place);
  if (key === dayKey(now_ms, place)) return 'Today';
  if (key === dayBefore(now_ms, place)) return 'Yesterday';
  const is_this_year = key.slice(0, 4) === dayKey(now_ms, place).slice(0, 4);
  return formatter({ weekday: 'long', day: 'numeric', month: 'long', year: is_this_year ? undefined : 'numeric' },
    place).format(at_ms);
}

/// "Fri 20 Nov"
export function shortDay(at_ms, place) {
  return formatter({ weekday: 'short', day: 'numeric', month: 'short' }, place).format(at_ms);
}

/// "Fri"
export function weekday(at_ms, place) {
  return formatter({ weekday: 'short' }, place).format(at_ms);
}

/// "14:02", or with the day when it is not today.
export function momentTitle(at_ms, now_ms, place) {
  if (Number.isNaN(at_ms)) return 'unknown';
  const clock = clockTime(at_ms, place);
  if (dayKey(at_ms, place) === dayKey(now_ms, place)) return clock;
  return `${shortDay(at_ms, place)}, ${clock}`;
}

/// "4 s", "3 min", "2 h 5 min", "6 days".
export function span(ms) {
  if (!(ms >= 0)) return '0 s';
  const s = Math.floor(ms / 1000);
  if (s < 60) return `${s} s`;
  const min = Math.floor(s / 60);
  if (min < 60) return `${min} min`;
  const h = Math.floor(min / 60);
  if (h < 24) return min % 60 && h < 6 ? `${h} h ${min % 60} min` : `${h} h`;
  const days = Math.floor(h / 24);
  return days === 1 ? '1 day' : `${days} days`;
}

/// "0:07", "12:30", "1:02:03": the length of a clip.
export function clipLength(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  const two = (value) => String(value).padStart(2, '0');
  const h = Math.floor(s / 3600);
  const rest = `${Math.floor(s / 60) % 60}:${two(s % 60)}`;
  return h ? `${h}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : rest;
}

export function bytesTitle(bytes) {
  if (!(bytes >= 0)) return 'unknown';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
