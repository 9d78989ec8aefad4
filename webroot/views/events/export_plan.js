// The range of an export between the owner's clock and the daemon's. Pure.

export const kMaxMs = 24 * 3600 * 1000; // what the daemon exports at a time
const two = (value) => String(value).padStart(2, '0');

/// The value of a datetime-local field, to the second.
export function toLocalInput(at_ms) {
  const at = new Date(at_ms);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}:${
    two(at.getSeconds())}`;
}

/// NaN when the field is empty or no time.
export const fromLocalInput = (text) => (text ? new Date(text).getTime() : NaN);

/// What is wrong with a wish {from_ms, to_ms, cameras, kind}, '' when nothing is.
export function exportFault({ from_ms, to_ms, cameras, kind }, now_ms) {
  if (Number.isNaN(from_ms) || Number.isNaN(to_ms)) return 'Say from when to when.';
  if (to_ms <= from_ms) return 'It ends before it begins.';
  if (from_ms > now_ms) return 'That is still to come.';
  if (to_ms - from_ms > kMaxMs + 1000) return 'At most 24 hours at a time.';
  if (cameras.length === 0) return 'Choose a camera.';
  return kind === 'video' && cameras.length > 1 ? 'A video is of one camera: choose one.' : '';
}
