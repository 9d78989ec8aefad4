import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findEvent } from './event_finder.js';
import { planKey } from './keys.js';
import { parentsOf, planTiles } from './tiles.js';
import { bucketNear, countOf, momentIn, passes, toPiece } from './timeline_model.js';

const kHour = 3600000;
const answer = {
  from_us: 0, to_us: 3600e6, bucket_us: 0, resolution_us: 0,
  cameras: [{ camera: 'door', event_count: 1, spans: [[0, 60e6]], gaps: [[60e6, 90e6, 'connection_lost']],
    events: [{ id: 'e', started_at_us: 10e6, ended_at_us: null, zone: 'path', label: '', kept: false, reviewed: true,
      has_thumbnail: true, has_footage: true }], buckets: [] }],
};

test('an answer becomes lanes; what still runs reaches to now', () => {
  const piece = toPiece(answer, 25000);
  const door = piece.lanes.get('door');
  assert.deepEqual([piece.to_ms, piece.is_exact], [kHour, true]);
  assert.deepEqual([door.index.events[0].to_ms, door.index.events[0].is_running], [25000, true]);
  assert.deepEqual(momentIn(door, 30000), { is_recorded: true, gap: null });
  const lost = momentIn(door, 70000);
  assert.deepEqual([lost.is_recorded, lost.gap.tone], [false, 'camera']);
  assert.deepEqual(momentIn(undefined, 0), { is_recorded: false, gap: null });
});

test('too many events are counted in spans', () => {
  const piece = toPiece({ ...answer, bucket_us: 300e6, cameras: [{ camera: 'door', buckets: [[300e6, 7, 2, 1]] }] }, 0);
  const door = piece.lanes.get('door');
  assert.equal(piece.is_exact, false);
  assert.deepEqual([bucketNear(door, 400000, 0).count, bucketNear(door, 0, 1000)], [7, null]);
  const bucket = door.buckets[0];
  assert.deepEqual([countOf(bucket, {}), countOf(bucket, { kept: 'true' }), countOf(bucket, { reviewed: 'false' })], [7, 1, 2]);
});

test('the event under a pointer, else the span of counts', () => {
  const pieces = [{ from_ms: 0, to_ms: kHour, piece: toPiece(answer, 25000) }];
  assert.equal(findEvent(pieces, 'door', 9000, 2000, {}).event.id, 'e');
  assert.deepEqual(findEvent(pieces, 'door', 9000, 2000, { zone: 'drive' }), {});
  assert.deepEqual(findEvent(pieces, 'nobody', 9000, 2000, {}), {});
});

test('filters of the list hold on the timeline', () => {
  const event = { zone: 'path', label: 'person', kept: false, reviewed: true };
  assert.ok(passes(event, {}) && passes(event, { zone: 'path', label: 'person' }));
  assert.ok(!passes(event, { kept: 'true' }) && !passes(event, { reviewed: 'false' }) && !passes(event, { label: 'car' }));
});

test('a day is one tile, an hour is finer ones that know their parents', () => {
  const day_ms = new Date(2026, 4, 5).getTime();
  const day = planTiles({ from_ms: day_ms, to_ms: day_ms + 24 * kHour }, day_ms + 30 * kHour);
  assert.deepEqual(day.map(({ level, from_ms }) => [level, from_ms]), [[0, day_ms]]);
  const hours = planTiles({ from_ms: day_ms + kHour, to_ms: day_ms + 5 * kHour }, day_ms + 30 * kHour);
  assert.ok(hours.length >= 2 && hours.every(({ level }) => level === 1));
  assert.ok(hours[0].from_ms <= day_ms + kHour && hours.at(-1).to_ms >= day_ms + 5 * kHour);
  const quarter = planTiles({ from_ms: day_ms, to_ms: day_ms + kHour / 2 }, day_ms + 30 * kHour)[0];
  assert.deepEqual(parentsOf(quarter).map(({ level }) => level), [1, 0]);
  assert.deepEqual(parentsOf(day[0]), []);
  assert.deepEqual(planTiles({ from_ms: day_ms, to_ms: day_ms + 24 * kHour }, day_ms), [], 'nothing is asked of the future');
});

test('keys', () => {
  const key = (name, more = {}) => planKey({ key: name, altKey: false, ctrlKey: false, metaKey: false, shiftKey: false, ...more });
  assert.deepEqual([key('ArrowLeft'), key('ArrowRight', { shiftKey: true })], [{ move: -1 }, { move: 10 }]);
  assert.deepEqual([key('n'), key('P'), key('+'), key('Home')], [{ event: 1 }, { event: -1 }, { zoom: 0.5 }, { edge: 'begin' }]);
  assert.deepEqual([key('q'), key('n', { ctrlKey: true }), key('Tab')], [null, null, null]);
});
