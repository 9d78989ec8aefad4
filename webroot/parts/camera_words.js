// A camera's state in the owner's words. Pure.
import { momentTitle, parseTime, span } from '../time.js';

const kStates = {
  starting: { title: 'Starting', tone: 'warn' },
  running: { title: 'Running', tone: 'good' },
  degraded: { title: 'Degraded', tone: 'warn' },
  offline: { title: 'Offline', tone: 'bad' },
  wedged: { title: 'Stuck in the driver', tone: 'bad' },
  disabled: { title: 'Switched off', tone: 'off' },
};

export function stateWords(state) {
  return kStates[state] || { title: state || 'Unknown', tone: 'off' };
}

/// "since 14:02 (3 min)"
export function sinceText(iso, now_ms) {
  const at_ms = parseTime(iso);
  if (Number.isNaN(at_ms)) return '';
  return `since ${momentTitle(at_ms, now_ms)} (${span(Math.max(0, now_ms - at_ms))})`;
}

/// Null while the camera delivers; else the title and text of the placeholder.
export function cameraProblem(camera, now_ms) {
  if (camera.state === 'running' || camera.state === 'degraded') return null;
  const words = stateWords(camera.state);
  const since = sinceText(camera.state_since_at, now_ms);
  return { title: words.title, text: [since, camera.reason].filter(Boolean).join(' · ') };
}

/// 90 excellent, 70 good, 30 warning, below critical.
export function scoreWords(score) {
  if (score >= 90) return { title: 'excellent', tone: 'good' };
  if (score >= 70) return { title: 'good', tone: 'good' };
  if (score >= 30) return { title: 'warning', tone: 'warn' };
  return { title: 'critical', tone: 'bad' };
}
