import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clampView, dayStart, dayView, daysIn, lastMoment, panView, planTicks, presetOf, presetView, revealView, spanOf, startOfDay, timeAt, xOf,
  zoomView } from './view_plan.js';

process.env.TZ = 'Europe/Berlin'; // its clock changes: a day of 23 and one of 25 hours
const kHour = 3600000;
const berlin = (...parts) => new Date(...parts).getTime();

test('a day of summer time has 23 hours, one of winter time 25', () => {
  assert.equal(spanOf(dayView(berlin(2026, 2, 29, 12))), 23 * kHour);
  assert.equal(spanOf(dayView(berlin(2026, 9, 25, 12))), 25 * kHour);
  assert.equal(presetOf(dayView(berlin(2026, 9, 25, 12))), 'day');
  assert.equal(startOfDay(berlin(2026, 9, 25, 12), 1), berlin(2026, 9, 26));
});

test('the key of a day is its midnight', () => {
  assert.equal(dayStart('2026-03-29'), berlin(2026, 2, 29));
  assert.ok(Number.isNaN(dayStart('today')));
  assert.ok(Number.isNaN(dayStart(undefined)));
});

test('zooming keeps the moment under the pointer', () => {
  const view = dayView(berlin(2026, 4, 5));
  const at_ms = view.from_ms + 9 * kHour;
  const near = zoomView(view, 0.25, at_ms, view.to_ms + 9 * kHour);
  assert.equal(spanOf(near), 6 * kHour);
  assert.ok(Math.abs(xOf(near, at_ms, 1000) - xOf(view, at_ms, 1000)) < 1e-6);
  assert.ok(Math.abs(timeAt(near, 375, 1000) - at_ms) < 1);
});

test('a view is never shorter than two minutes or longer than a week', () => {
  const view = dayView(berlin(2026, 4, 5));
  assert.equal(spanOf(zoomView(view, 1e-9, view.from_ms, view.to_ms)), 120000);
  assert.equal(spanOf(zoomView(view, 1e9, view.from_ms, view.to_ms)), 7 * 24 * kHour);
});

test('today is shown to its end, an hour little beyond now, and nothing later', () => {
  const now_ms = berlin(2026, 4, 5, 12);
  const today = dayView(now_ms);
  assert.deepEqual(clampView(today, now_ms), today);
  assert.equal(panView(today, 50 * kHour, now_ms).to_ms, today.to_ms);
  const hour = presetView('hour', now_ms, now_ms);
  assert.equal(spanOf(hour), kHour);
  assert.ok(hour.to_ms > now_ms && hour.to_ms < now_ms + 300000);
  assert.equal(presetView('week', now_ms, now_ms).from_ms, berlin(2026, 3, 29));
  for (let span_h = 1, last = 0; span_h <= 24; span_h += 0.25) {
    const late_ms = lastMoment(span_h * kHour, now_ms);
    assert.ok(late_ms >= now_ms && late_ms <= today.to_ms && late_ms - last > -0.06 * kHour, 'zooming does not jump');
    last = late_ms;
  }
});

test('a moment outside is brought in, one inside moves nothing', () => {
  const view = { from_ms: 10 * kHour, to_ms: 12 * kHour };
  assert.equal(revealView(view, 11 * kHour, 100 * kHour), view);
  const moved = revealView(view, 13 * kHour, 100 * kHour);
  assert.ok(moved.to_ms > 13 * kHour && spanOf(moved) === 2 * kHour);
  assert.ok(revealView(view, 9 * kHour, 100 * kHour).from_ms < 9 * kHour);
});

test('ticks are round local times, far enough apart, also when the clock changes', () => {
  for (const day of [berlin(2026, 2, 29), berlin(2026, 9, 25), berlin(2026, 5, 1)]) {
    for (const width_px of [320, 1200]) {
      const view = dayView(day);
      const ticks = planTicks(view, width_px);
      assert.ok(ticks.length > 2 && ticks[0].is_day && ticks[0].at_ms === day);
      ticks.forEach((tick, at) => {
        assert.equal(new Date(tick.at_ms).getMinutes(), 0);
        if (at) assert.ok(xOf(view, tick.at_ms, width_px) - xOf(view, ticks[at - 1].at_ms, width_px) > 40);
      });
    }
  }
});

test('a week touches its days', () => {
  assert.equal(daysIn({ from_ms: berlin(2026, 2, 27, 23), to_ms: berlin(2026, 2, 30, 1) }).length, 4);
});
