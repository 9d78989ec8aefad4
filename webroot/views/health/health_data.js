// Health and coverage of a camera, asked again while they change.
import { useAppState, useAnswer } from '../../ui.js';
import * as api from '../../api.js';

const kRefreshMs = 20000;
export const kWindows = { hour: 3600000, day: 86400000, week: 7 * 86400000 };

async function ask(call, window) {
  const to_ms = Date.now();
  const from_ms = to_ms - kWindows[window];
  const result = await call(new Date(from_ms).toISOString(), new Date(to_ms).toISOString());
  return result.ok ? { ok: true, value: { ...result.value, from_ms, to_ms } } : result;
}

/// {ok, value: {samples, incidents, recoveries, from_ms, to_ms} | error}, null at first; new whenever the camera's health changed.
export function useHealth(camera, window) {
  const { health_changes } = useAppState();
  return useAnswer(() => ask((from, to) => api.cameraHealth(camera.name, from, to), window),
    [camera.name, window, camera.state, camera.consecutive_failures, health_changes[camera.name] || 0], kRefreshMs);
}

/// The same of the ledger.
export function useCoverage(camera, window) {
  return useAnswer(() => ask((from, to) => api.coverage(camera.name, from, to), window),
    [camera.name, window, camera.state, camera.is_recording], kRefreshMs);
}

/// The newest good value of an answer, and what is wrong with the newest, in words.
export function read(answer) {
  if (!answer) return { value: null, problem: '' };
  if (answer.ok) return { value: answer.value, problem: '' };
  return { value: answer.stale ? answer.stale.value : null,
    problem: answer.error.status === 404 ? 'This daemon does not tell it yet.' : answer.error.message };
}
