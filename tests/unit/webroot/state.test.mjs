// The state of the dashboard under answers and changes that arrive in any order.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import * as store from '../../../webroot/state.js';
import { neighboursIn } from '../../../webroot/views/event/neighbours.js';

const at = (min) => new Date(min * 60000).toISOString();
const event = (id, min, more = {}) => ({ id, camera: 'door', started_at: at(min), state: 'closed', ...more });
const ids = () => store.state.events.items.map((item) => item.id);

beforeEach(() => store.clearPrivate());

test('a change from the stream updates its camera only', () => {
  store.setCameras([{ name: 'door', state: 'running', packet_age_us: 5 }, { name: 'drive', state: 'running' }], 1000);
  store.mergeCamera({ name: 'door', state: 'offline', reason: 'unplugged' }, 9000);
  const door = store.findCamera('door');
  assert.deepEqual([door.state, door.reason, door.packet_age_us], ['offline', 'unplugged', 5]);
  assert.equal(door.received_ms, 1000, 'ages not in the change must keep their old moment');
  store.mergeCamera({ name: 'door', packet_age_us: 7 }, 9500);
  assert.equal(store.findCamera('door').received_ms, 9500);
  assert.equal(store.findCamera('drive').state, 'running');
  store.mergeCamera({ state: 'running' });
  assert.equal(store.state.cameras.list.length, 2);
});

test('a new event goes to its place, an old page is not torn', () => {
  const query = { camera: '', kept: '' };
  store.startEvents(query);
  store.addEventsPage(query, { ok: true, value: { events: [event('c', 30), event('a', 10)], next_cursor: 'x' } });
  store.mergeEvent(event('d', 40, { state: 'active' }));
  store.mergeEvent(event('b', 20));
  store.mergeEvent(event('0', 1)); // older than the loaded pages
  assert.deepEqual(ids(), ['d', 'c', 'b', 'a']);
  store.mergeEvent({ id: 'd', state: 'closed' });
  assert.equal(store.state.events.items[0].state, 'closed');
  store.mergeEvent({ id: 'c', state: 'deleted' });
  assert.deepEqual(ids(), ['d', 'b', 'a']);
});

test('an event that does not fit the filter stays out, an answer to an older filter is dropped', () => {
  const old_query = { camera: 'drive', kept: '' };
  const query = { camera: 'door', kept: 'true' };
  store.startEvents(old_query);
  store.startEvents(query);
  store.addEventsPage(old_query, { ok: true, value: { events: [event('x', 1)] } });
  assert.deepEqual(ids(), []);
  store.mergeEvent(event('y', 2));
  store.mergeEvent(event('z', 3, { kept: true }));
  assert.deepEqual(ids(), ['z']);
});

test('a page that overlaps adds each event once', () => {
  const query = { camera: '', kept: '' };
  store.startEvents(query);
  store.addEventsPage(query, { ok: true, value: { events: [event('b', 2), event('a', 1)], next_cursor: '1' } });
  store.addEventsPage(query, { ok: true, value: { events: [event('a', 1), event('0', 0)] } });
  assert.deepEqual(ids(), ['b', 'a', '0']);
  assert.equal(store.state.events.next_cursor, '');
});

test('a failed page keeps what is shown and says why', () => {
  const query = { camera: '', kept: '' };
  store.startEvents(query);
  store.addEventsPage(query, { ok: true, value: { events: [event('a', 1)], next_cursor: '1' } });
  store.addEventsPage(query, { ok: false, error: { code: 'unreachable', message: 'gone' } });
  assert.deepEqual(ids(), ['a']);
  assert.equal(store.state.events.error.message, 'gone');
});

test('logging out leaves nothing behind', () => {
  store.setCameras([{ name: 'door' }]);
  store.setStorage({ used_bytes: 1 });
  store.clearPrivate();
  assert.deepEqual([store.state.cameras.list, store.state.storage, store.state.events.items], [[], null, []]);
});

test('listeners hear of many changes once', async () => {
  let calls = 0;
  const stop = store.subscribe(() => { calls += 1; });
  store.setLink(false, 1);
  store.setNextTry(2);
  await Promise.resolve();
  assert.equal(calls, 1);
  stop();
});

test('the neighbours of an event', () => {
  const items = [event('c', 3), event('b', 2), event('a', 1)];
  assert.deepEqual(neighboursIn(items, 'b'), { newer: 'c', older: 'a' });
  assert.deepEqual(neighboursIn(items, 'c'), { newer: null, older: 'b' });
  assert.deepEqual(neighboursIn(items, 'nope'), { newer: null, older: null });
});
