// The daemon's report as titled groups of lines, units taken from the names. Pure: knows units, not keys, so that
// whatever the daemon adds is shown.
import { bytesTitle, momentTitle, parseTime, span } from '../../time.js';

function words(key) {
  const bare = key.replace(/_(bytes|us|ms|s|at|percent|px|hz)$/, '').replace(/^(is|has|did)_/, '').replaceAll('_', ' ');
  return bare ? bare[0].toUpperCase() + bare.slice(1) : key;
}

function valueText(key, value, now_ms) {
  if (value === null || value === undefined || value === '') return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (key.endsWith('_bytes')) return bytesTitle(value);
  if (key.endsWith('_us')) return value < 0 ? 'never' : span(value / 1000);
  if (key.endsWith('_ms')) return `${value} ms`;
  if (key.endsWith('_s') && typeof value === 'number') return span(value * 1000);
  if (key.endsWith('_percent')) return `${Math.round(value * 10) / 10} %`;
  if (key.endsWith('_at')) return momentTitle(parseTime(value), now_ms);
  if (Array.isArray(value)) return value.map((item) => (typeof item === 'object' ? itemText(item, now_ms) : item)).join('\n');
  if (typeof value === 'object') return itemText(value, now_ms);
  return String(value);
}

function itemText(item, now_ms) {
  return Object.entries(item || {}).map(([key, value]) => [key, valueText(key, value, now_ms)])
    .filter(([, text]) => text !== '')
    .map(([key, text]) => (key === 'name' || key === 'plugin' ? text : `${words(key).toLowerCase()} ${text}`)).join(', ');
}

/// {version: "1", storage: {used_bytes: 5}} -> [{title: 'System', facts: [[...]]}, {title: 'Storage', facts: [[...]]}].
/// `storage` from the stream replaces the reported one.
export function flattenFacts(report, storage = null, now_ms = Date.now()) {
  const merged = storage ? { ...report, storage: { ...report.storage, ...storage } } : report;
  const top = [];
  const groups = [];
  for (const [key, value] of Object.entries(merged || {})) {
    if (value && typeof value === 'object' && !Array.isArray(value)) {
      const facts = factsOf(value, now_ms);
      if (facts.length) groups.push({ title: words(key), facts });
    } else {
      const text = valueText(key, value, now_ms);
      if (text !== '') top.push([words(key), text]);
    }
  }
  return top.length ? [{ title: 'Daemon', facts: top }, ...groups] : groups;
}

/// [[key in words, value in words]] of one object, what is empty left out.
export function factsOf(object, now_ms) {
  return Object.entries(object).map(([key, value]) => [words(key), valueText(key, value, now_ms)])
    .filter(([, text]) => text !== '');
}
