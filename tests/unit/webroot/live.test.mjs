// What the live view knows of streams. Run: node --test tests/unit/webroot/
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codecOf, kHeadBytes, readPiece } from '../../../webroot/parts/live_codec.js';
import { LiveLink } from '../../../webroot/parts/live_link.js';
import { planPace, TimeLine } from '../../../webroot/parts/live_pace.js';
import { shownAgeMs } from '../../../webroot/parts/picture_age.js';

const box = (type, ...payload) => Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 99, ...[...type].map((c) => c.charCodeAt(0)), ...payload,
  0, 0, 0, 0]);

test('codecs have the names of RFC 6381', () => {
  assert.equal(codecOf(box('avcC', 1, 0x64, 0, 0x1f, 0xff)), 'avc1.64001f');
  assert.equal(codecOf(box('hvcC', 1, 1, 0x60, 0, 0, 0, 0xb0, 0, 0, 0, 0, 0, 93)), 'hvc1.1.6.L93.B0');
  assert.equal(codecOf(box('hvcC', 1, 0x22, 0x20, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 120)), 'hvc1.2.4.H120.90');
  assert.equal(codecOf(box('av1C', 1, 2, 3)), '');
});

test('a message is read as the appliance writes it', () => {
  const buffer = new ArrayBuffer(kHeadBytes + 2);
  const view = new DataView(buffer);
  view.setUint8(0, 2);
  view.setUint8(1, 3);
  view.setUint16(2, 513, true);
  [1000.5, 2.5, 0.08, 1100].forEach((value, i) => view.setFloat64(8 + 8 * i, value, true));
  view.setUint8(kHeadBytes + 1, 7);
  const { bytes, ...piece } = readPiece(buffer);
  assert.deepEqual(piece, { kind: 2, is_key: true, is_footage: true, number: 513, at_ms: 1000.5, start_s: 2.5, lasts_s: 0.08, sent_ms: 1100 });
  assert.deepEqual([...bytes], [0, 7]);
});

const close = (a, b) => assert.ok(Math.abs(a - b) < 1e-6, `${a} is not ${b}`);
const part = (start_s, at_ms = 0) => ({ start_s, lasts_s: 0.08, at_ms, is_footage: false });

test('parts follow their footage where they stand, and what was taken when is known', () => {
  const line = new TimeLine();
  line.begin();
  close(line.place({ start_s: 100, lasts_s: 0.8, at_ms: 5000, is_footage: true }), -100);
  close(line.place(part(100.8, 5800)), -100);
  close(line.place(part(100.84, 5840)), -100);
  close(line.newest_s, 0.84);
  close(line.atMs(0.4), 5400);
  close(line.atMs(0.82), 5800);
  close(line.atMs(0.85), 5840);
  assert.equal(line.atMs(-1), null);
});

test('a pause of the camera and another stream leave no hole', () => {
  const line = new TimeLine();
  line.begin();
  line.place(part(0));
  close(line.place(part(9, 9000)), 0.08 - 9); // the pause is closed
  close(line.newest_s, 0.08);
  line.begin();
  close(line.place(part(0, 20000)), 0.16); // counts from 0 again
  close(line.atMs(0.17), 20000);
  close(line.place(part(0.1, 20100)), 0.16); // late, yet no hole: the one before lasts as long
});

test('the pace brings it back to the newest picture, without a jump unless it is far away', () => {
  assert.equal(planPace(0.1).rate, 1);
  assert.ok(planPace(0.2).rate > 1);
  assert.ok(planPace(0.6).rate > planPace(0.2).rate);
  assert.ok(planPace(0.01).rate < 1);
  assert.equal(planPace(30).jump, true);
  assert.equal(planPace(2).jump, undefined);
  assert.equal(planPace(2.1, 1).rate, 1.04); // a picture a second: two of them are near
});

test('the age is that of the stream, unless the daemon knows that its picture stands still', () => {
  const player = { status: 'playing', last_frame_ms: 9800, is_timed: true };
  assert.equal(shownAgeMs({ received_ms: 9000, distinct_age_us: 100000 }, player, 10000), 200);
  assert.equal(shownAgeMs({ received_ms: 9000, distinct_age_us: 60000000 }, player, 10000), 61000);
  assert.equal(shownAgeMs({ received_ms: 1000, distinct_age_us: 100000 }, player, 10000), 200); // the poll is late, not it
});

class FakeSocket {
  static OPEN = 1;
  static all = [];
  constructor() {
    this.readyState = 0;
    this.sent = [];
    FakeSocket.all.push(this);
  }
  send(text) { this.sent.push(JSON.parse(text)); }
  close() { this.readyState = 3; }
  open() {
    this.readyState = 1;
    this.onopen();
  }
}

async function withSocket(run) {
  const before = [globalThis.WebSocket, globalThis.document];
  globalThis.WebSocket = FakeSocket;
  globalThis.document = { baseURI: 'https://porch.local:8443/app/' };
  FakeSocket.all = [];
  try {
    await run();
  } finally {
    [globalThis.WebSocket, globalThis.document] = before;
  }
}

test('all cameras share one connection, which ends behind the last', () => withSocket(() => {
  const link = new LiveLink();
  const heard = [];
  const watch = (camera) => link.watch(camera, { onPiece: ({ kind }) => heard.push([camera, kind]), onLost: () => {} });
  const leavePorch = watch('porch');
  const leaveYard = watch('yard');
  assert.equal(FakeSocket.all.length, 1);
  const [socket] = FakeSocket.all;
  socket.open();
  assert.deepEqual(socket.sent, [{ watch: 'porch', number: 1 }, { watch: 'yard', number: 2 }]);
  const message = new ArrayBuffer(kHeadBytes);
  new DataView(message).setUint8(0, 3);
  new DataView(message).setUint16(2, 2, true);
  socket.onmessage({ data: message });
  assert.deepEqual(heard, [['yard', 3]]);
  leavePorch();
  assert.deepEqual(socket.sent.at(-1), { leave: 1 });
  leaveYard();
  assert.equal(socket.readyState, 3);
}));

test('where no WebSocket gets through it is told, for another way; an appliance that is away is waited for', async () => {
  for (const is_reachable of [true, false]) {
    await withSocket(async () => {
      const link = new LiveLink(async () => is_reachable);
      let lost = 0;
      for (let i = 1; i <= 3; i += 1) {
        const leave = link.watch('porch', { onPiece: () => {}, onLost: () => { lost += 1; } });
        FakeSocket.all.at(-1).onclose();
        await new Promise((done) => setTimeout(done, 1));
        assert.equal(lost, i);
        leave();
      }
      assert.equal(link.isPossible, !is_reachable);
    });
  }
});
