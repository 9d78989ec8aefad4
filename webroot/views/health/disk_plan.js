// What is written to the disk, for whom, and how long flash lasts under it. Pure.
import { bytesTitle } from '../../time.js';

const kDayMs = 86400000;
const kPurposes = { footage: 'Footage', database: 'Database', thumbnails: 'Thumbnails', log: 'Log' };
const kStates = { missing: 'The disk is missing', foreign: 'A wrong disk is mounted', read_only: 'The disk is read-only',
  full: 'The disk is full', failing: 'The disk fails', kept_only: 'Only kept events are left' };

export function purposeTitle(purpose) {
  return kPurposes[purpose] || (purpose ? purpose[0].toUpperCase() + purpose.slice(1).replaceAll('_', ' ') : 'Other');
}

/// Rows {day (since 1970), purpose, bytes, syncs} -> [{title, today_bytes, today_syncs, mean_bytes}], the most first. The mean is
/// of the whole days before today, null when there was none.
export function writtenByPurpose(rows, now_ms) {
  const today = Math.floor(now_ms / kDayMs);
  const days = new Set((rows || []).filter(({ day }) => day < today).map(({ day }) => day)).size;
  const sums = new Map();
  for (const { day, purpose, bytes, syncs } of rows || []) {
    const sum = sums.get(purpose) || { title: purposeTitle(purpose), today_bytes: 0, today_syncs: 0, before_bytes: 0 };
    if (day === today) {
      sum.today_bytes += bytes;
      sum.today_syncs += syncs || 0;
    } else if (day < today) sum.before_bytes += bytes;
    sums.set(purpose, sum);
  }
  return [...sums.values()].map(({ before_bytes, ...sum }) => ({ ...sum, mean_bytes: days ? before_bytes / days : null }))
    .sort((a, b) => b.today_bytes + (b.mean_bytes || 0) - a.today_bytes - (a.mean_bytes || 0));
}

/// "about 12 years", as exact as the estimate is; '' when there is none.
export function flashLifeText(years) {
  if (!(years > 0)) return '';
  if (years >= 50) return 'more than 50 years';
  if (years < 1) return `about ${Math.max(1, Math.round(years * 12))} months`;
  return `about ${years < 10 ? Math.round(years * 2) / 2 : Math.round(years)} years`;
}

/// How far recordings are compared with their rows; '' when that is done.
function housekeepingText(work) {
  if (!work) return '';
  if (work.step === 'listing') return 'the files are listed';
  return `${work.files_done} of ${work.files_total} files, ${work.adopted} of them were not known`;
}

/// [[name, value]] of what is worth saying about where footage goes, problems first.
export function storageFacts(storage) {
  const count = (number, one) => `${number} ${one}${number === 1 ? '' : 's'}`;
  return [
    ['State', storage.state && storage.state !== 'ok' ? [kStates[storage.state] || storage.state, storage.detail].filter(Boolean).join(': ') : ''],
    ['Making room', storage.retention_problem || ''],
    ['Looking through recordings', housekeepingText(storage.housekeeping)],
    ['Clock', storage.is_clock_trusted === false ? 'not trusted yet: nothing is deleted by age' : ''],
    ['In the spool', storage.spool_files > 0 ? `${count(storage.spool_files, 'file')}, ${bytesTitle(storage.spool_bytes)}` : ''],
    ['Lost from the spool', storage.spool_dropped_files > 0 ? count(storage.spool_dropped_files, 'file') : ''],
    ['Waiting in memory', storage.held_bytes > 0 ? bytesTitle(storage.held_bytes) : ''],
    ['Footage at most', storage.max_bytes > 0 ? bytesTitle(storage.max_bytes) : ''],
    ['Kept free', storage.min_free_bytes > 0 ? bytesTitle(storage.min_free_bytes) : ''],
    ['Flash lasts', flashLifeText(storage.flash_life_years)],
  ].filter(([, value]) => value !== '');
}
