// How old the picture on the screen is. Pure.

export const kLiveMs = 5000;
const kUnchangedMs = 3000; // pictures are compared once a second

/// False for null and for what is missing: never.
export const isAge = (age_us) => typeof age_us === 'number' && age_us >= 0;

/// Age of the camera's newest distinct picture as the daemon knows it, carried on to now; null when there was none.
export function cameraAgeMs(camera, now_ms) {
  if (!camera || camera.received_ms === undefined) return null;
  const age_us = isAge(camera.distinct_age_us) ? camera.distinct_age_us : camera.packet_age_us;
  if (!isAge(age_us)) return null;
  return age_us / 1000 + Math.max(0, now_ms - camera.received_ms);
}

const isHeard = (camera, now_ms) => now_ms - camera.received_ms < kLiveMs;

/// Age of what is on the screen: never younger than what the camera delivered, and once the page no longer receives,
/// never younger than the last picture it got. `player` = {status, last_frame_ms}.
export function shownAgeMs(camera, player, now_ms) {
  if (!player.last_frame_ms) return null;
  const camera_ms = cameraAgeMs(camera, now_ms);
  const unchanged_ms = now_ms - player.last_frame_ms;
  // A stream that tells its times needs nobody's word for them; whether the camera shows the same picture again and again
  // only the daemon knows.
  if (player.is_timed) return Math.max(unchanged_ms, camera_ms >= kLiveMs && isHeard(camera, now_ms) ? camera_ms : 0);
  if (player.status === 'playing' && camera_ms !== null && unchanged_ms < kUnchangedMs) return camera_ms;
  return Math.max(camera_ms || 0, unchanged_ms);
}

/// True when the stream stands still although the camera delivers: the connection is dead, not the camera.
export function isStalled(camera, player, now_ms, limit_ms = 8000) {
  if (now_ms - Math.max(player.connected_ms, player.last_change_ms) < limit_ms) return false;
  if (!player.last_frame_ms) return true;
  const camera_ms = cameraAgeMs(camera, now_ms);
  return camera_ms !== null && camera_ms < kLiveMs;
}
