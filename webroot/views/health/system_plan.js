// The daemon's report about the machine as shares and lists. Pure.

/// Footage, other files and free space: [{title, bytes, share, tone}]; empty when the size of the disk is not known.
export function storageShares({ total_bytes, free_bytes, recorded_bytes }) {
  if (!(total_bytes > 0) || !(free_bytes >= 0)) return [];
  const recorded = Math.min(recorded_bytes || 0, total_bytes - free_bytes);
  const parts = [['Footage', recorded, 'gap-recorded'], ['Other files', total_bytes - free_bytes - recorded, 'meter-other'],
    ['Free', free_bytes, 'gap-idle']];
  return parts.map(([title, bytes, tone]) => ({ title, bytes, tone, share: bytes / total_bytes }));
}

/// Porchlight's core, its camera processes, everything else, and what is available.
export function memoryShares({ total_bytes, available_bytes, core_rss_bytes }, cameras) {
  if (!(total_bytes > 0) || !(available_bytes >= 0)) return [];
  const workers = cameras.reduce((sum, camera) => sum + ((camera.worker && camera.worker.rss_bytes) || 0), 0);
  const used = total_bytes - available_bytes;
  const core = Math.min(used, core_rss_bytes || 0);
  const cameras_bytes = Math.min(used - core, workers);
  const parts = [['Core', core, 'gap-recorded'], ['Camera processes', cameras_bytes, 'gap-system'],
    ['Everything else', used - core - cameras_bytes, 'meter-other'], ['Available', available_bytes, 'gap-idle']];
  return parts.map(([title, bytes, tone]) => ({ title, bytes, tone, share: bytes / total_bytes }));
}

const isDrop = (key) => /^(dropped|lost|bad)_/.test(key);
const words = (key) => key.replaceAll('_', ' ');

/// [{who, what, count}] of everything that was dropped, lost or bad, without zeros.
export function dropsOf(report, cameras) {
  const drops = [];
  const add = (who, what, count) => count > 0 && drops.push({ who, what, count });
  for (const camera of cameras) {
    for (const [key, count] of Object.entries(camera.counters || {})) if (isDrop(key)) add(camera.title || camera.name, words(key), count);
  }
  for (const alert of report.alerts || []) add(alert.name, 'dropped alerts', alert.dropped);
  for (const [name, queue] of Object.entries(report.queues || {})) add(words(name), 'dropped', queue && queue.dropped);
  return drops.sort((a, b) => b.count - a.count);
}

const kMarks = { error: 'bad', warning: 'warn', info: '', debug: '' };
const kCodes = { CAMERA_ISSUE: 'Issue', CAMERA_RECOVERY: 'Recovery', CAMERA_CRITICAL: 'Critical', HOST_STALL: 'Host stall', STORAGE_ISSUE: 'Storage' };

/// A line of the log as it is shown: {tone, mark}.
export function logLook({ level, code }) {
  const tone = code === 'CAMERA_RECOVERY' ? 'good' : code === 'CAMERA_CRITICAL' ? 'bad' : code === 'CAMERA_ISSUE' || code === 'HOST_STALL' || code === 'STORAGE_ISSUE'
    ? 'warn' : kMarks[level] || '';
  return { tone, mark: kCodes[code] || (level === 'info' ? '' : level) };
}

/// Whether a line holds all words.
export function hasWords({ text, component, camera, kind, code }, typed) {
  const line = [text, component, camera, kind, code].join(' ').toLowerCase();
  return typed.toLowerCase().split(/\s+/).every((word) => line.includes(word));
}
