import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gapCause, kGapTones } from '../../parts/gap_causes.js';
import { intendedPercent, knownWindow, planCoverage, stretchAt, sumsOf } from './coverage_plan.js';
import { faultCounts, faultWords, kRungs, levelOf, outcomeWords, rungTitle, testWords } from './health_words.js';
import { flashLifeText, purposeTitle, storageFacts, writtenByPurpose } from './disk_plan.js';
import { incidentLengthMs, orderIncidents } from './incident_plan.js';
import { seriesText, toSeries } from './score_series.js';
import { dropsOf, hasWords, logLook, memoryShares, storageShares } from './system_plan.js';

const at = (min) => new Date(min * 60000).toISOString();
const api = readFileSync(new URL('../../../docs/openapi.yaml', import.meta.url), 'utf8');
const core = (file) => readFileSync(new URL(`../../../core/${file}`, import.meta.url), 'utf8');

test('every cause of a gap that the API names has words and a colour', () => {
  const listed = /enum: \["", (no_motion[^\]]*)\]/.exec(api)[1].split(/[\s,]+/).filter(Boolean);
  assert.ok(listed.length > 15);
  for (const cause of listed) {
    const { title, tone } = gapCause(cause);
    assert.ok(kGapTones.includes(tone) && tone !== 'unknown', `${cause}: ${tone}`);
    assert.notEqual(title.toLowerCase().replaceAll(' ', '_'), cause, `${cause} is not in the owner's words`);
  }
  assert.deepEqual(gapCause('usb_disk_asleep'), { title: 'Usb disk asleep', tone: 'storage' });
  assert.equal(gapCause('').tone, 'unknown');
});

test('every kind of fault that the core knows has words', () => {
  const kinds = [...core('camera/fault_kind.cpp').matchAll(/\{\w+, "(\w+)", \w+, "/g)].map((match) => match[1]);
  assert.ok(kinds.length >= 21);
  for (const kind of kinds) assert.ok(faultWords(kind).help, `${kind} is not explained`);
});

test('every rung and outcome has words', () => {
  const names = [...core('camera/recovery_report.cpp').matchAll(/return "(\w+)"/g)].map((match) => match[1]);
  assert.ok(kRungs.every(({ name }) => names.includes(name)));
  assert.deepEqual([rungTitle(3), rungTitle('respawn_worker'), rungTitle('owners_action'), rungTitle('none')],
    ['New process', 'New process', 'Your last resort', '']);
  for (const outcome of ['running', 'recovered', 'failed', 'refused']) assert.notEqual(outcomeWords(outcome).tone, 'off');
});

test('the score is a step, with holes where nobody wrote', () => {
  const samples = [{ at: at(90), score: 100, state: 'running' }, { at: at(5), score: 70, state: 'offline' },
    { at: at(0), score: 100, state: 'running' }, { at: at(95), score: 90, state: 'disabled' }];
  const [xs, ys] = toSeries(samples, 0, 100 * 60000);
  assert.deepEqual(ys, [100, 70, null, 100, null, null]);
  assert.ok(xs.every((x, index) => !index || x >= xs[index - 1]), 'time goes on');
  assert.deepEqual(toSeries(samples, 3 * 60000, 8 * 60000), [[180, 300, 480], [100, 70, 70]]);
  assert.deepEqual(toSeries([], 0, 1000), [[], []]);
  assert.match(seriesText([[1, 2], [100, 60]]), /now 60, lowest 60/);
  assert.match(seriesText([[], []]), /No score/);
});

test('the ledger as stretches, cut to the window', () => {
  const intervals = [{ started_at: at(-10), ended_at: at(10), kind: 'recorded', cause: '' },
    { started_at: at(10), ended_at: at(12), kind: 'gap', cause: 'connection_lost', detail: 'refused' },
    { started_at: at(12), ended_at: null, kind: 'recorded', cause: '' }];
  const stretches = planCoverage(intervals, 0, 20 * 60000);
  assert.deepEqual(stretches.map(({ tone, from, to }) => [tone, from, to]),
    [['recorded', 0, 0.5], ['camera', 0.5, 0.6], ['recorded', 0.6, 1]]);
  assert.equal(stretchAt(stretches, 0.55).detail, 'refused');
  assert.equal(stretchAt([], 0.5), null);
  assert.deepEqual(knownWindow({ from_at: at(50), from_ms: 0, to_ms: 100 * 60000 }), { from_ms: 50 * 60000, to_ms: 100 * 60000 });
  assert.equal(knownWindow({ from_at: at(99), from_ms: 0, to_ms: 100 * 60000 }).from_ms, 90 * 60000);
  assert.equal(knownWindow({ from_ms: 7, to_ms: 100 }).from_ms, 7);
  const sums = sumsOf({ recorded_s: 100, gap_by_cause_s: { no_motion: 5, connection_lost: 50, clock_step: 0.1 } });
  assert.deepEqual(sums.map(({ tone, s }) => [tone, s]), [['recorded', 100], ['camera', 50], ['idle', 5]]);
  assert.deepEqual([intendedPercent({ wall_s: 1000, fault_s: 1 }), intendedPercent({ wall_s: 0 })], ['99.90 %', null]);
});

test('open incidents come first', () => {
  const list = orderIncidents([{ started_at: at(50), ended_at: at(51) }, { started_at: at(10), ended_at: null }, { started_at: at(60), ended_at: at(70) }]);
  assert.deepEqual(list.map(({ started_at }) => started_at), [at(10), at(60), at(50)]);
  assert.deepEqual([incidentLengthMs(list[0], 15 * 60000), incidentLengthMs(list[1], 0)], [5 * 60000, 10 * 60000]);
});

test('levels, counts and tests in words', () => {
  assert.deepEqual([levelOf({ level: 'warning', score: 99 }), levelOf({ score: 20 })],
    [{ title: 'Warning', tone: 'warn' }, { title: 'Critical', tone: 'bad' }]);
  assert.deepEqual(faultCounts({ hung: 1, low_rate: 0, worker_died: 4 }).map(({ kind }) => kind), ['worker_died', 'hung']);
  assert.deepEqual(faultCounts(undefined), []);
  const said = testWords({ n: 5, successes: 3, latency_median_us: 81000, faults: [{ kind: 'timeout', count: 2, detail: 'no picture in 5 s' }] });
  assert.deepEqual(said, { is_ok: false, text: '3 of 5 pictures arrived, usually after 81 ms. 2 × no picture in 5 s' });
});

test('shares add up to the whole', () => {
  const disk = storageShares({ total_bytes: 100, free_bytes: 30, recorded_bytes: 50 });
  assert.equal(disk.reduce((sum, { share }) => sum + share, 0), 1);
  assert.deepEqual(storageShares({ total_bytes: null, free_bytes: null }), []);
  const memory = memoryShares({ total_bytes: 1000, available_bytes: 400, core_rss_bytes: 100 }, [{ worker: { rss_bytes: 900 } }, {}]);
  assert.deepEqual(memory.map(({ bytes }) => bytes), [100, 500, 0, 400]);
});

test('drops, and lines of the log', () => {
  const drops = dropsOf({ alerts: [{ name: 'mqtt', dropped: 2 }] }, [{ name: 'a', counters: { packets: 9, dropped_packets: 3, bad_packets: 0 } }]);
  assert.deepEqual(drops, [{ who: 'a', what: 'dropped packets', count: 3 }, { who: 'mqtt', what: 'dropped alerts', count: 2 }]);
  assert.deepEqual([logLook({ level: 'info', code: '' }), logLook({ level: 'error', code: 'CAMERA_RECOVERY' }).tone], [{ tone: '', mark: '' }, 'good']);
  const line = { text: 'worker ended', component: 'camera', camera: 'porch', kind: 'worker_died', code: 'CAMERA_ISSUE' };
  assert.ok(hasWords(line, 'PORCH ended') && hasWords(line, '') && !hasWords(line, 'porch garage'));
});

test('what is written, by purpose, and how long flash lasts', () => {
  const rows = [{ day: 10, purpose: 'footage', bytes: 100, syncs: 5 }, { day: 9, purpose: 'footage', bytes: 300, syncs: 9 },
    { day: 8, purpose: 'database', bytes: 50, syncs: 1 }];
  assert.deepEqual(writtenByPurpose(rows, 10.5 * 86400000), [
    { title: 'Footage', today_bytes: 100, today_syncs: 5, mean_bytes: 150 },
    { title: 'Database', today_bytes: 0, today_syncs: 0, mean_bytes: 25 }]);
  assert.deepEqual(writtenByPurpose(undefined, 0), []);
  assert.deepEqual([purposeTitle('wear_leveling'), purposeTitle('')], ['Wear leveling', 'Other']);
  assert.deepEqual([null, 0.5, 3.2, 14.6, 400].map(flashLifeText), ['', 'about 6 months', 'about 3 years', 'about 15 years', 'more than 50 years']);
  const facts = Object.fromEntries(storageFacts({ state: 'missing', detail: 'not mounted', is_clock_trusted: false, spool_files: 1, spool_bytes: 10 }));
  assert.equal(facts.State, 'The disk is missing: not mounted');
  assert.ok(facts.Clock && facts['In the spool'].startsWith('1 file,'));
  assert.deepEqual(storageFacts({ state: 'ok', is_clock_trusted: true }), []);
});
