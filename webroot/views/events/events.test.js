import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventTitle, labelIcon } from './event_words.js';
import { isFiltered, namesOf, toQuery, toggled } from './events_query.js';
import { editedField, exportFault, fieldsOf, fromLocalInput, toLocalInput } from './export_plan.js';
import { groupByDay, placeDays, topOf, visibleItems } from './list_plan.js';
import { momentRange, partAt } from '../moment/moment_plan.js';

const kSizes = { columns: 2, row_px: 100, head_px: 40 };
const noon = (day) => new Date(2026, 4, day, 12).getTime();
const made = (day, count) => Array.from({ length: count }, (_, at) => ({ id: `${day}-${at}`, started_at: new Date(noon(day) - at * 1000).toISOString() }));

test('days stand below each other with whole lines', () => {
  const days = groupByDay([...made(6, 3), ...made(5, 4)], noon(6));
  const { days: placed, height_px } = placeDays(days, kSizes);
  assert.deepEqual(placed.map(({ title, top_px, height_px: own, at }) => [title, top_px, own, at]),
    [['Today', 0, 240, 0], ['Yesterday', 240, 240, 3]]);
  assert.equal(height_px, 480);
  assert.equal(topOf(placed, 5, kSizes), 240 + 40 + 100);
});

test('of ten thousand events only what is near the screen is drawn', () => {
  const { days } = placeDays(groupByDay(made(6, 10000), noon(6)), kSizes);
  const [begin, end] = visibleItems(days[0], 100000, 101000, kSizes);
  assert.ok(end - begin <= 24 && begin % 2 === 0);
  assert.deepEqual(visibleItems(days[0], -5000, -1000, kSizes), [0, 0]);
  assert.deepEqual(visibleItems(days[0], 1e7, 1e7 + 500, kSizes), [10000, 10000]);
});

test('an event says what was seen, and where', () => {
  assert.equal(eventTitle({ label: 'person', zone: 'gate' }), 'Person in gate');
  assert.equal(eventTitle({ label: '', zone: '' }), 'Motion');
  assert.equal(eventTitle({ label: 'line' }), 'Line crossed');
  assert.equal(eventTitle({ label: 'bicycle' }), 'Bicycle');
  assert.deepEqual(['person', 'vehicle', 'sound', 'bicycle', ''].map(labelIcon), ['person', 'vehicle', 'sound', 'motion', 'motion']);
});

test('the address says what the daemon is asked', () => {
  const query = toQuery({ camera: 'a,b', kept: '1', reviewed: '0', day: '2026-05-06' });
  assert.deepEqual([query.camera, query.kept, query.reviewed, query.zone], ['a,b', 'true', 'false', '']);
  assert.equal(query.from, new Date(2026, 4, 6).toISOString());
  assert.equal(query.to, new Date(2026, 4, 7).toISOString());
  assert.equal(toQuery({ day: 'rubbish' }).from, '');
  assert.ok(isFiltered({ text: 'x' }) && !isFiltered({}));
});

test('chips', () => {
  assert.deepEqual([toggled('', 'a'), toggled('a', 'b'), toggled('a,b', 'a'), toggled('a', 'a')], ['a', 'a,b', 'b', '']);
  const counts = [{ name: 'path', count: 2 }, { name: 'drive', count: 9 }, { name: '', count: 50 }];
  assert.deepEqual(namesOf(counts, [{ zone: 'gate' }], 'zone', 'gone'), ['drive', 'path', 'gate', 'gone']);
  assert.deepEqual(namesOf(undefined, [], 'zone', ''), []);
});

test('an export says what is wrong with it', () => {
  const good = { from_ms: 0, to_ms: 1000, cameras: ['a'], kind: 'video' };
  assert.equal(exportFault(good, 5000), '');
  for (const bad of [{ from_ms: NaN }, { to_ms: 0 }, { from_ms: 9000, to_ms: 9500 }, { to_ms: 2 * 86400000 }, { cameras: [] },
    { cameras: ['a', 'b'] }]) assert.notEqual(exportFault({ ...good, ...bad }, 5000), '', JSON.stringify(bad));
  assert.equal(exportFault({ ...good, cameras: ['a', 'b'], kind: 'evidence' }, 5000), '');
  const at_ms = new Date(2026, 4, 6, 7, 8, 9).getTime();
  assert.equal(fromLocalInput(toLocalInput(at_ms)), at_ms);
  assert.ok(Number.isNaN(fromLocalInput('')));
});

test('regression: an export keeps its moments where the clock goes back, and a day of 25 hours is a day', () => {
  const zone = process.env.TZ;
  process.env.TZ = 'Europe/Berlin';
  try {
    const second = Date.parse('2026-10-25T01:30:00Z'); // 02:30 for the second time
    const { from, to } = fieldsOf({ from_ms: second, to_ms: second + 60000 }, second + 3600000);
    assert.deepEqual([from.at_ms, to.at_ms, from.text], [second, second + 60000, '2026-10-25T02:30:00']);
    assert.equal(editedField('2026-10-25T02:31:00', second).at_ms, second + 60000);
    assert.equal(editedField('2026-10-25T02:31:00').at_ms, second - 3600000 + 60000);
    const midnight = Date.parse('2026-10-24T22:00:00Z');
    const day = fieldsOf({ from_ms: midnight, to_ms: midnight + 25 * 3600000 }, midnight + 30 * 3600000);
    assert.equal(day.to.at_ms - day.from.at_ms, 25 * 3600000);
    assert.equal(exportFault({ from_ms: day.from.at_ms, to_ms: day.to.at_ms, cameras: ['a'], kind: 'video' }, midnight + 30 * 3600000), '');
  } finally {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  }
});

test('footage around a moment is never of the future, and the part that holds it is found', () => {
  assert.deepEqual(momentRange(1000000, 5000000), { from_ms: 990000, to_ms: 1110000 });
  const late = momentRange(1000000, 1001000);
  assert.ok(late.to_ms < 1001000 && late.from_ms < late.to_ms);
  const at = (s) => new Date(s * 1000).toISOString();
  const parts = [{ from_at: at(0), to_at: at(10) }, { from_at: at(12), to_at: at(30) }];
  assert.equal(partAt(parts, 20000).from_ms, 12000);
  assert.equal(partAt(parts, 10500).from_ms, 0);
  assert.equal(partAt([], 0), null);
});
