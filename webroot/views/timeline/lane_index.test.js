import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LaneIndex, coalesce, lowerBound } from './lane_index.js';

const event = (id, from_ms, to_ms) => ({ id, from_ms, to_ms });

test('the first position not below a value', () => {
  const values = Float64Array.of(1, 3, 3, 7);
  assert.deepEqual([0, 1, 2, 3, 4, 7, 8].map((value) => lowerBound(values, value)), [0, 0, 1, 1, 3, 3, 4]);
  assert.equal(lowerBound([], 5), 0);
});

test('a long event that began early is in range', () => {
  const index = new LaneIndex([event('c', 500, 510), event('long', 0, 450), event('b', 100, 110)]);
  const [begin, end] = index.range(400, 420);
  assert.ok(index.events.slice(begin, end).some((one) => one.id === 'long'));
  assert.equal(index.find('b').from_ms, 100);
  assert.equal(index.find('nobody'), null);
});

test('an event that still runs grows', () => {
  const index = new LaneIndex([{ ...event('a', 0, 10), is_running: true }, event('b', 5, 6)]);
  index.growTo(500);
  assert.deepEqual([index.find('a').to_ms, index.find('b').to_ms, index.nearest(499, 1).id], [500, 6, 'a']);
});

test('the event at a moment wins over one nearby, and reach is respected', () => {
  const index = new LaneIndex([event('a', 0, 100), event('b', 120, 200), event('c', 1000, 1100)]);
  assert.equal(index.nearest(90, 50).id, 'a');
  assert.equal(index.nearest(115, 50).id, 'b');
  assert.equal(index.nearest(600, 50), null);
  assert.equal(index.nearest(105, 50, (one) => one.id !== 'a').id, 'b');
});

test('of events that overlap the one that began last is meant', () => {
  const index = new LaneIndex([event('outer', 0, 1000), event('inner', 400, 500)]);
  assert.equal(index.nearest(450, 10).id, 'inner');
});

test('ten thousand events become few strokes, and none is lost', () => {
  const events = Array.from({ length: 10000 }, (_, at) => event(`${at}`, at * 8640, at * 8640 + 3000));
  const strokes = [];
  coalesce(events, 0, events.length, (at_ms) => at_ms / 86400, () => true, (_, x0, x1) => strokes.push([x0, x1]));
  assert.ok(strokes.length <= 1000, `${strokes.length} strokes on 1000 pixels`);
  assert.ok(strokes.at(-1)[1] >= events.at(-1).from_ms / 86400);
  const apart = [];
  coalesce(events.slice(0, 10), 0, 10, (at_ms) => at_ms / 86400, () => false, (_, x0) => apart.push(x0));
  assert.equal(apart.length, 10, 'events that look different stay apart');
});
