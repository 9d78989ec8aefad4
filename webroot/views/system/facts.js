// The daemon's report as titled groups of lines, units taken from the names. Pure: whatever the daemon adds is shown, under its
// own name unless there is a better one here.
import { bytesTitle, momentTitle, parseTime, span } from '../../time.js';
import { flashLifeText } from '../health/disk_plan.js';

const kTitles = { started_at: 'Running since', now_at: 'Clock', is_ok: 'Healthy', core_rss_bytes: 'Core now', core_peak_bytes: 'Core at most',
  recorded_bytes: 'Footage', max_bytes: 'Footage at most', min_free_bytes: 'Kept free', volume_total_bytes: 'Disk of the footage',
  volume_free_bytes: 'Free there', spool_bytes: 'In the spool', spool_files: 'Files in the spool', spool_max_bytes: 'Spool at most',
  spool_dropped_files: 'Lost from the spool', held_bytes: 'Waiting in memory', flash_life_years: 'Flash lasts',
  is_clock_trusted: 'Clock is trusted', since_at: 'State since', streams: 'Live streams' };

function words(key) {
  if (kTitles[key]) return kTitles[key];
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
  if (key.endsWith('_years')) return flashLifeText(value);
  if (key.endsWith('_at')) return momentTitle(parseTime(value), now_ms);
  if (Array.isArray(value)) return value.map((item) => (typeof item === 'object' ? itemText(item, now_ms) : item)).join('\n');
  if (typeof value === 'object') return itemText(value, now_ms);
  return String(value);
}

function itemText({ name, version, ...others } = {}, now_ms) {
  const texts = Object.entries(others).map(([key, value]) => [key, valueText(key, value, now_ms)])
    .filter(([, text]) => text !== '').map(([key, text]) => `${words(key).toLowerCase()} ${text}`);
  return [[name, version].filter(Boolean).join(' '), ...texts].filter(Boolean).join(', ');
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
  return top.length ? [{ title: 'Porchlight', facts: top }, ...groups] : groups;
}

/// [[key in words, value in words]] of one object, what is empty left out.
export function factsOf(object, now_ms) {
  return Object.entries(object).map(([key, value]) => [words(key), valueText(key, value, now_ms)])
    .filter(([, text]) => text !== '');
}
