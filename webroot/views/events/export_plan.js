// The range of an export between the owner's clock and the daemon's. Pure.

export const kMaxMs = 25 * 3600 * 1000; // what the daemon exports at a time: a day, also when the clock goes back
const kHourMs = 3600000;
const two = (value) => String(value).padStart(2, '0');

/// The value of a datetime-local field, to the second.
export function toLocalInput(at_ms) {
  const at = new Date(at_ms);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}:${
    two(at.getSeconds())}`;
}

/// NaN when the field is empty or no time. The hour that the clock repeats has two moments for one text: the first that is
/// not before `least_ms`.
export function fromLocalInput(text, least_ms = -Infinity) {
  const at_ms = text ? new Date(text).getTime() : NaN;
  const moments = [at_ms - kHourMs, at_ms, at_ms + kHourMs].filter((one) => toLocalInput(one) === toLocalInput(at_ms));
  return moments.find((one) => one >= least_ms) ?? at_ms;
}

/// A field with the moment it stands for. The moment is the truth: the text says less, and is read only when somebody edits it.
export const fieldOf = (at_ms) => ({ at_ms, text: toLocalInput(at_ms) });
export const editedField = (text, least_ms) => ({ at_ms: fromLocalInput(text, least_ms), text });

/// The fields of a dialog that opens for `range`: nothing of the future, no more than can be exported.
export function fieldsOf(range, now_ms) {
  const to_ms = Math.min(range.to_ms, now_ms);
  return { from: fieldOf(Math.max(range.from_ms, to_ms - kMaxMs)), to: fieldOf(to_ms) };
}

/// What is wrong with a wish {from_ms, to_ms, cameras, kind}, '' when nothing is.
export function exportFault({ from_ms, to_ms, cameras, kind }, now_ms) {
  if (Number.isNaN(from_ms) || Number.isNaN(to_ms)) return 'Say from when to when.';
  if (to_ms <= from_ms) return 'It ends before it begins.';
  if (from_ms > now_ms) return 'That is still to come.';
  if (to_ms - from_ms > kMaxMs) return 'At most a day at a time.';
  if (cameras.length === 0) return 'Choose a camera.';
  return kind === 'video' && cameras.length > 1 ? 'A video is of one camera: choose one.' : '';
}
