// The pure modules of the dashboard. Run: node --test tests/unit/webroot/
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clipUrl, evidenceUrl, exportUrl, liveUrl, snapshotUrl, thumbnailUrl } from '../../../webroot/api.js';
import { backoffMs } from '../../../webroot/backoff.js';
import { cameraProblem } from '../../../webroot/parts/camera_words.js';
import { LiveSlots } from '../../../webroot/parts/live_slots.js';
import { cameraAgeMs, isStalled, shownAgeMs } from '../../../webroot/parts/picture_age.js';
import { parseRoute, routeHash } from '../../../webroot/router.js';
import { bytesTitle, clipLength, dayKey, dayTitle, momentTitle, parseTime, span } from '../../../webroot/time.js';
import { planStrip } from '../../../webroot/views/camera/health_plan.js';
import { groupByDay } from '../../../webroot/views/events/list_plan.js';
import { loginErrorText } from '../../../webroot/views/login/login_text.js';
import { openTarget } from '../../../webroot/views/open/target.js';
import { flattenFacts } from '../../../webroot/views/system/facts.js';

const kBerlin = { locale: 'en-GB', zone: 'Europe/Berlin' };

test('times with microseconds are read, anything else is NaN', () => {
  assert.equal(parseTime('2026-03-01T10:00:00.123456Z'), Date.UTC(2026, 2, 1, 10, 0, 0, 123));
  assert.equal(parseTime('2026-03-01T10:00:00Z'), Date.UTC(2026, 2, 1, 10));
  assert.ok(Number.isNaN(parseTime(null)));
  assert.ok(Number.isNaN(parseTime('yesterday')));
});

test('the day is the local one', () => {
  const late = Date.UTC(2026, 2, 1, 23, 30); // half past midnight in Berlin
  assert.equal(dayKey(late, kBerlin), '2026-03-02');
  assert.equal(dayTitle(late, Date.UTC(2026, 2, 2, 8), kBerlin), 'Today');
  assert.equal(dayTitle(late, Date.UTC(2026, 2, 3, 8), kBerlin), 'Yesterday');
  // Half an hour after a day of 23 hours.
  assert.equal(dayTitle(Date.UTC(2026, 2, 29, 10), Date.UTC(2026, 2, 29, 22, 30), kBerlin), 'Yesterday');
  assert.notEqual(dayTitle(Date.UTC(2026, 2, 28, 10), Date.UTC(2026, 2, 29, 22, 30), kBerlin), 'Yesterday');
  assert.equal(momentTitle(late, Date.UTC(2026, 2, 2, 8), kBerlin), '0:30');
});

test('lengths and sizes in words', () => {
  assert.deepEqual([span(-5), span(4900), span(60000), span(7500000), span(26 * 3600000), span(80 * 3600000)],
    ['0 s', '4 s', '1 min', '2 h 5 min', '1 day', '3 days']);
  assert.deepEqual([clipLength(7000), clipLength(750000), clipLength(3723000)], ['0:07', '12:30', '1:02:03']);
  assert.deepEqual([bytesTitle(0), bytesTitle(1536), bytesTitle(21474836480), bytesTitle(undefined)],
    ['0 B', '1.5 KiB', '20.0 GiB', 'unknown']);
});

test('a route survives the way into the address and back', () => {
  assert.deepEqual(parseRoute(''), { view: 'cameras', id: '', query: {} });
  const hash = routeHash('camera', 'a/b ü', { kept: 1, zone: '' });
  assert.deepEqual(parseRoute(hash), { view: 'camera', id: 'a/b ü', query: { kept: '1' } });
  assert.equal(parseRoute('#/camera/%E0%A4%A').id, '%E0%A4%A');
});

test('addresses of thumbnails, clips and exports began at the root of the host, where a proxy may have others', () => {
  const kPage = 'https://home.example.org/porch/#/event/1';
  const urls = [thumbnailUrl('a/b'), clipUrl('a/b'), exportUrl('porch', 'f', 't', true), evidenceUrl(['porch'], 'f', 't', ''),
    liveUrl('porch', 1), snapshotUrl('porch', 1)];
  for (const url of urls) {
    assert.doesNotMatch(url, /^(\/|[a-z]+:)/);
    assert.ok(new URL(url, kPage).href.startsWith('https://home.example.org/porch/api/v1/'), url);
  }
  assert.ok(urls[0].includes('/events/a%2Fb/'), urls[0]);
});

test('back-off doubles up to its limit', () => {
  const full = [1, 2, 3, 4, 5, 50].map((attempt) => backoffMs(attempt, 15000, () => 1));
  assert.deepEqual(full, [1000, 2000, 4000, 8000, 15000, 15000]);
  assert.equal(backoffMs(1, 15000, () => 0), 750);
});

test('no more pictures stream than the browser has connections for; a freed slot goes to the one who waited longest', () => {
  const slots = new LiveSlots(2);
  const seen = [];
  const claims = ['a', 'b', 'c', 'd'].map((name) => slots.request((has_slot) => seen.push([name, has_slot])));
  assert.deepEqual(seen, [['a', true], ['b', true], ['c', false], ['d', false]]);
  claims[2](); // stopped waiting: must not get one
  claims[0]();
  assert.deepEqual(seen.slice(4), [['d', true]]);
  claims[0](); // giving back twice frees nothing
  assert.equal(seen.length, 5);
});

test('the age of a picture never looks younger than what was delivered', () => {
  const camera = { received_ms: 1000, distinct_age_us: 200000, packet_age_us: 50000 };
  assert.equal(cameraAgeMs(camera, 3000), 2200);
  assert.equal(cameraAgeMs({ ...camera, distinct_age_us: null }, 3000), 2050);
  assert.equal(cameraAgeMs({ ...camera, distinct_age_us: null, packet_age_us: null }, 3000), null);
  assert.equal(shownAgeMs(camera, { status: 'playing', last_frame_ms: 2900 }, 3000), 2200);
  assert.equal(shownAgeMs(camera, { status: 'playing', last_frame_ms: 1000 }, 7500), 6700);
  assert.equal(shownAgeMs({ ...camera, received_ms: 7400 }, { status: 'playing', last_frame_ms: 1000 }, 7500), 6500,
    'a picture that stands still is as old as its last change');
  assert.equal(shownAgeMs(camera, { status: 'retrying', last_frame_ms: 1000 }, 61000), 60200);
  assert.equal(shownAgeMs(camera, { status: 'connecting', last_frame_ms: 0 }, 3000), null);
});

test('a still picture is a dead connection only when the camera delivers others', () => {
  const player = { connected_ms: 0, last_change_ms: 0, last_frame_ms: 10 };
  const fresh = { received_ms: 10000, distinct_age_us: 100000 };
  const frozen = { received_ms: 10000, distinct_age_us: 60000000 };
  assert.equal(isStalled(fresh, player, 10000), true);
  assert.equal(isStalled(frozen, player, 10000), false);
  assert.equal(isStalled(fresh, player, 5000), false);
  assert.equal(isStalled(frozen, { ...player, last_frame_ms: 0 }, 10000), true);
});

test('events are grouped by local day, newest first', () => {
  const items = ['2026-03-02T08:00:00Z', '2026-03-01T23:30:00Z', '2026-03-01T12:00:00Z', undefined]
    .map((started_at) => ({ started_at }));
  const days = groupByDay(items, Date.UTC(2026, 2, 2, 9), kBerlin);
  assert.deepEqual(days.map((day) => [day.title, day.items.length]), [['Today', 2], ['Yesterday', 1], ['Unknown day', 1]]);
});

test('the health strip leaves time without samples blank', () => {
  const at = (min) => new Date(min * 60000).toISOString();
  const samples = [{ changed_at: at(0), state: 'running', score: 100 }, { changed_at: at(4), state: 'running', score: 90 },
    { changed_at: at(8), state: 'offline', score: 20 }];
  assert.deepEqual(planStrip(samples, 0, 20 * 60000, 300000).map(({ from, to, tone }) => [from, to, tone]),
    [[0, 0.4, 'good'], [0.4, 0.65, 'bad']]);
  assert.deepEqual(planStrip(samples, 6 * 60000, 10 * 60000).map(({ from, to, tone }) => [from, to, tone]),
    [[0, 0.5, 'good'], [0.5, 1, 'bad']], 'a change before the window holds into it');
  assert.deepEqual(planStrip([], 0, 1000), []);
});

test('a refused login says what to do, and the same for unknown names and wrong passwords', () => {
  assert.equal(loginErrorText(null, 0), '');
  assert.match(loginErrorText({ status: 401 }, 0), /do not fit/);
  assert.match(loginErrorText({ status: 429 }, 12), /12 s/);
  assert.match(loginErrorText({ status: 429 }, 0), /now/);
});

test('a camera without picture says what, since when and why; a running one says nothing', () => {
  assert.equal(cameraProblem({ state: 'running' }, 0), null);
  const problem = cameraProblem({ state: 'offline', state_since_at: '1970-01-01T00:00:00Z', reason: 'unplugged' }, 60000);
  assert.equal(problem.title, 'Offline');
  assert.match(problem.text, /since .* · unplugged/);
});

test('whatever the daemon reports is shown with its unit', () => {
  const groups = flattenFacts({ version: '1', up_us: 5000000, libraries: [{ name: 'OpenCV', version: '4.6.0' }, { name: 'x', lost_bytes: 1024 }],
    storage: { used_bytes: 1024, is_ok: true, note: null, flash_life_years: 80 } }, { used_bytes: 2048 });
  assert.deepEqual(groups, [{ title: 'Porchlight', facts: [['Version', '1'], ['Up', '5 s'], ['Libraries', 'OpenCV 4.6.0\nx, lost 1.0 KiB']] },
    { title: 'Storage', facts: [['Used', '2.0 KiB'], ['Healthy', 'yes'], ['Flash lasts', 'more than 50 years']] }]);
});

test('a link that was followed without a session leads on only within this appliance', () => {
  assert.equal(openTarget('api/v1/recordings/export.mp4?camera=porch&from=-1h'), 'api/v1/recordings/export.mp4?camera=porch&from=-1h');
  for (const to of ['//evil.example/api/v1/x', 'https://evil.example/api/v1/x', 'javascript:alert(1)', 'api/v1/../../x', 'api/v1/\\\\evil', 'other', '', undefined]) {
    assert.equal(openTarget(to), '', String(to));
  }
});
