// What the page asks for by itself, under timers and a daemon of the test's own.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import * as store from '../../../webroot/state.js';
import { startSync, stopSync } from '../../../webroot/sync.js';

const kReal = { setTimeout, clearTimeout, fetch: globalThis.fetch };
const kStorage = { state: 'failing', problems: ['The disk fails.'] };
let timers;    // [{ id, at_ms, run }]
let now_ms;
let asked;     // paths, oldest first
let is_well;   // whether /system is answered

const settled = () => new Promise((done) => setImmediate(done));

async function pass(span_ms) {
  const until_ms = now_ms + span_ms;
  for (;;) {
    await settled();
    const next = timers.filter((one) => one.at_ms <= until_ms).sort((a, b) => a.at_ms - b.at_ms)[0];
    if (!next) break;
    timers.splice(timers.indexOf(next), 1);
    now_ms = next.at_ms;
    next.run();
  }
  now_ms = until_ms;
}

const timesAsked = (path) => asked.filter((one) => one.endsWith(path)).length;

beforeEach(() => {
  timers = [];
  now_ms = 0;
  asked = [];
  is_well = false;
  let last_id = 0;
  globalThis.setTimeout = (run, span_ms) => { timers.push({ id: ++last_id, at_ms: now_ms + span_ms, run }); return last_id; };
  globalThis.clearTimeout = (id) => { timers = timers.filter((one) => one.id !== id); };
  globalThis.document = Object.assign(new EventTarget(), { hidden: false });
  globalThis.window = new EventTarget();
  globalThis.EventSource = class extends EventTarget {
    constructor() {
      super();
      queueMicrotask(() => this.onopen());
    }
    close() {}
  };
  globalThis.fetch = async (path) => {
    asked.push(path);
    if (path.endsWith('/system')) return new Response(JSON.stringify(is_well ? { storage: kStorage } : {}), { status: is_well ? 200 : 503 });
    return new Response('{"cameras": [], "events": []}');
  };
});

afterEach(() => {
  stopSync();
  Object.assign(globalThis, kReal);
  for (const name of ['document', 'window', 'EventSource']) delete globalThis[name];
  store.clearPrivate();
});

test('a storage question that fails at the start is asked again until it is answered', async () => {
  startSync();
  await pass(9000);
  const early = timesAsked('/system');
  assert.equal(store.state.storage, null);
  await pass(2000);
  assert.equal(timesAsked('/system'), early + 1);
  is_well = true;
  await pass(10000);
  assert.deepEqual(store.state.storage, kStorage);
  const answered = timesAsked('/system');
  await pass(60000);
  assert.equal(timesAsked('/system'), answered, 'an answer was there');
});

test('a page in a pocket does not ask for the storage', async () => {
  startSync();
  await pass(1000);
  document.hidden = true;
  document.dispatchEvent(new Event('visibilitychange'));
  await pass(25000);
  const asleep = asked.length;
  await pass(60000);
  assert.equal(asked.length, asleep);
  is_well = true;
  document.hidden = false;
  document.dispatchEvent(new Event('visibilitychange'));
  await pass(1000);
  assert.deepEqual(store.state.storage, kStorage);
});
