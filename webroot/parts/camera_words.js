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

/// What stands in place of a missing picture: null while there is nothing wrong with the camera; else the title and text of the placeholder, and what is being done.
export function cameraProblem(camera, now_ms) {
  if (camera.state === 'running' || (camera.state === 'degraded' && !camera.reason)) return null;
  const words = camera.state === 'degraded' ? { title: 'No picture' } : stateWords(camera.state);
  const since = sinceText(camera.state_since_at, now_ms);
  return { title: words.title, text: [since, camera.reason].filter(Boolean).join(' · '), doing: camera.action || '' };
}

/// The placeholder of a camera that is connected but whose picture does not change any more.
export function stillProblem(camera, age_ms) {
  return { title: 'No new picture', text: [`for ${span(age_ms)}`, camera.reason].filter(Boolean).join(' · '), doing: camera.action || '' };
}

/// 90 excellent, 70 good, 30 warning, below critical.
export function scoreWords(score) {
  if (score >= 90) return { title: 'excellent', tone: 'good' };
  if (score >= 70) return { title: 'good', tone: 'good' };
  if (score >= 30) return { title: 'warning', tone: 'warn' };
  return { title: 'critical', tone: 'bad' };
}
