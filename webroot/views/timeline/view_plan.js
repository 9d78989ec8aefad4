// The stretch of time a timeline shows, {from_ms, to_ms}, and how it moves. Pure.

const kMinute = 60 * 1000;
const kHour = 60 * kMinute;
export const kDayMs = 24 * kHour;
export const kSpans = { hour: kHour, day: kDayMs, week: 7 * kDayMs };
const kMinSpanMs = 2 * kMinute;
const kMaxSpanMs = 7 * kDayMs;

/// Midnight of the local day `days` away from the one of `at_ms`; days of 23 and 25 hours included.
export function startOfDay(at_ms, days = 0) {
  const day = new Date(at_ms);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days).getTime();
}

/// '2026-03-01' -> its local midnight; NaN when it is no day.
export function dayStart(key) {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(key || '');
  return parts ? new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3])).getTime() : NaN;
}

/// The local midnights of all days a view touches, oldest first.
export function daysIn(view) {
  const days = [];
  for (let at_ms = startOfDay(view.from_ms); at_ms < view.to_ms; at_ms = startOfDay(at_ms, 1)) days.push(at_ms);
  return days;
}

export const spanOf = (view) => view.to_ms - view.from_ms;
export const xOf = (view, at_ms, width_px) => ((at_ms - view.from_ms) / spanOf(view)) * width_px;
export const timeAt = (view, x_px, width_px) => view.from_ms + (x_px / Math.max(1, width_px)) * spanOf(view);

export function dayView(at_ms) {
  return { from_ms: startOfDay(at_ms), to_ms: startOfDay(at_ms, 1) };
}

/// How late a view of that length may end: a whole day to the end of today, a short one little after now - there is
/// nothing to see in the future.
export function lastMoment(span_ms, now_ms) {
  const share = Math.min(1, Math.max(0, (span_ms - 6 * kHour) / (17 * kHour)));
  return Math.max(now_ms + span_ms * 0.06 * (1 - share), now_ms + (startOfDay(now_ms, 1) - now_ms) * share);
}

/// Neither shorter than two minutes nor longer than a week, nor ending too late; the length is kept where it may be.
export function clampView(view, now_ms) {
  const span_ms = Math.min(kMaxSpanMs, Math.max(kMinSpanMs, spanOf(view)));
  const to_ms = Math.min(view.from_ms + span_ms, lastMoment(span_ms, now_ms));
  return { from_ms: to_ms - span_ms, to_ms };
}

export function panView(view, by_ms, now_ms) {
  return clampView({ from_ms: view.from_ms + by_ms, to_ms: view.to_ms + by_ms }, now_ms);
}

/// `factor` < 1 shows less time; the moment `at_ms` stays where it is on the screen.
export function zoomView(view, factor, at_ms, now_ms) {
  const span_ms = Math.min(kMaxSpanMs, Math.max(kMinSpanMs, spanOf(view) * factor));
  const share = (at_ms - view.from_ms) / spanOf(view);
  const from_ms = at_ms - share * span_ms;
  return clampView({ from_ms, to_ms: from_ms + span_ms }, now_ms);
}

/// An hour around the moment (the last one when it is now), its day, or the week that ends with its day.
export function presetView(name, at_ms, now_ms) {
  if (name === 'day') return dayView(at_ms);
  if (name === 'week') return clampView({ from_ms: startOfDay(at_ms, -6), to_ms: startOfDay(at_ms, 1) }, now_ms);
  return clampView({ from_ms: at_ms - kHour / 2, to_ms: at_ms + kHour / 2 }, now_ms);
}

/// The least movement that brings the moment into the view, with a margin of a tenth.
export function revealView(view, at_ms, now_ms) {
  const margin_ms = spanOf(view) / 10;
  if (at_ms < view.from_ms) return panView(view, at_ms - margin_ms - view.from_ms, now_ms);
  if (at_ms > view.to_ms) return panView(view, at_ms + margin_ms - view.to_ms, now_ms);
  return view;
}

/// Which preset a view is, '' when none.
export function presetOf(view) {
  const span_ms = spanOf(view);
  if (span_ms === kHour) return 'hour';
  if (startOfDay(view.from_ms) === view.from_ms && startOfDay(view.from_ms, 1) === view.to_ms) return 'day';
  return span_ms > 6.9 * kDayMs ? 'week' : '';
}

const kSteps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440].map((min) => min * kMinute);

/// Marks at round local times, at least `min_px` apart: [{at_ms, is_day}].
export function planTicks(view, width_px, min_px = 64) {
  const wanted_ms = (spanOf(view) * min_px) / Math.max(1, width_px);
  const step_ms = kSteps.find((step) => step >= wanted_ms) || kDayMs;
  const ticks = [];
  for (const day_ms of daysIn(view)) {
    const next_ms = startOfDay(day_ms, 1);
    for (let count = 0; count * step_ms < kDayMs; count += 1) {
      const at_ms = localMoment(day_ms, count * step_ms);
      if (at_ms >= next_ms) break;
      if (at_ms < view.from_ms || at_ms > view.to_ms || ticks.at(-1)?.at_ms === at_ms) continue;
      ticks.push({ at_ms, is_day: count === 0 });
    }
  }
  return ticks;
}

/// The moment whose clock reads `clock_ms` after midnight, also on days on which the clock was changed.
function localMoment(day_ms, clock_ms) {
  const day = new Date(day_ms);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate(), 0, clock_ms / kMinute).getTime();
}
