// Telling a camera what to do: the words of its offer, and a pad that is held. Run: node --test tests/unit/webroot/
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockWords, hasControls, isClockOff, offers, padPlaces, scaled, speedOfKey } from '../../../webroot/views/camera/control_words.js';
import { HeldMove } from '../../../webroot/views/camera/held_move.js';

const kOffer = { actions: ['move', 'stop'], clock_ahead_us: null, advice: null };

/// Time that is turned by hand, and a camera that answers as told.
class Stage {
  now_ms = 0;
  timers = [];
  said = [];
  errors = [];
  answer = async () => ({ ok: true });

  constructor() {
    const clock = { now: () => this.now_ms, setTimeout: (run, ms) => this.timers.push({ run, at_ms: this.now_ms + ms }) };
    this.move = new HeldMove((command) => {
      this.said.push(`${this.now_ms} ${command.action}${command.lasts_ms ? ` ${command.lasts_ms}` : ''}`);
      return this.answer();
    }, (error) => this.errors.push(error.message), clock);
  }

  async pass(ms) {
    for (const end_ms = this.now_ms + ms; this.now_ms < end_ms; this.now_ms += 50) {
      await settle();
      const due = this.timers.filter((timer) => timer.at_ms <= this.now_ms);
      this.timers = this.timers.filter((timer) => timer.at_ms > this.now_ms);
      due.forEach((timer) => timer.run());
      await settle();
    }
  }
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test('a held pad says move every half second for a second, and stop when it is let go', async () => {
  const stage = new Stage();
  stage.move.begin({ pan: 1 });
  await stage.pass(1200);
  stage.move.end();
  await stage.pass(2000);
  assert.deepEqual(stage.said, ['0 move 1000', '500 move 1000', '1000 move 1000', '1200 stop']);
});

test('a tap moves for a moment before it stops', async () => {
  const stage = new Stage();
  stage.move.begin({ zoom: 1 });
  stage.move.end();
  await stage.pass(1000);
  assert.deepEqual(stage.said, ['0 move 1000', '200 stop']);
});

test('a camera that answers late is not told anything twice meanwhile', async () => {
  const stage = new Stage();
  let answers = [];
  stage.answer = () => new Promise((resolve) => answers.push(resolve));
  stage.move.begin({ tilt: 1 });
  await stage.pass(3000);
  assert.deepEqual(stage.said, ['0 move 1000']);
  answers[0]({ ok: true });
  await stage.pass(100);
  assert.equal(stage.said.length, 2);
  stage.move.end();
  await stage.pass(100);
  assert.match(stage.said[2], /stop$/);
});

test('what fails is told once and ends the hold; nothing else is said', async () => {
  const stage = new Stage();
  stage.answer = async () => ({ ok: false, error: { message: 'the camera does not answer' } });
  stage.move.begin({ pan: 1 });
  await stage.pass(2000);
  assert.equal(stage.move.isHeld, false);
  stage.move.end();
  await stage.pass(1000);
  assert.deepEqual(stage.said, ['0 move 1000']);
  assert.deepEqual(stage.errors, ['the camera does not answer']);
});

test('another direction takes the place of the one before, and is not stopped by its end', async () => {
  const stage = new Stage();
  stage.move.begin({ pan: 1 });
  stage.move.end();
  stage.move.begin({ pan: -1 });
  await stage.pass(400);
  assert.ok(stage.move.isHeld);
  assert.deepEqual(stage.said.filter((words) => words.endsWith('stop')), []);
  stage.move.end();
  await stage.pass(1000);
  assert.equal(stage.said.filter((words) => words.endsWith('stop')).length, 1);
});

test('a camera that cannot be stopped is left to stop by itself; a nudge is one short movement', async () => {
  const stage = new Stage();
  stage.move.begin({ pan: 1 }, false);
  await stage.pass(100);
  stage.move.end();
  await stage.pass(1500);
  stage.move.nudge({ pan: 1 });
  await settle();
  assert.deepEqual(stage.said, ['0 move 1000', '1600 move 400']);
});

test('only what is offered is there', () => {
  assert.equal(hasControls({ offer: null }), false);
  assert.equal(hasControls({ offer: { ...kOffer, actions: ['keyframe', 'stop'] } }), false);
  assert.equal(hasControls({ offer: { ...kOffer, actions: [], clock_ahead_us: 0 } }), true);
  assert.equal(offers({ offer: kOffer }, 'move'), true);
  assert.equal(offers({ offer: null }, 'move'), false);
});

test('the clock of the camera in words', () => {
  assert.deepEqual([null, 400000, 90e6, -3600e6].map((clock_ahead_us) => clockWords({ clock_ahead_us })),
    [null, 'right', '1 min ahead', '1 h behind']);
  assert.deepEqual([null, 400000, -2e6].map((clock_ahead_us) => isClockOff({ clock_ahead_us })), [false, false, true]);
});

test('diagonals are no faster, and keys mean what they show', () => {
  for (const place of padPlaces().filter(Boolean)) assert.ok(Math.abs(Math.hypot(place.pan, place.tilt) - 1) < 1e-9, place.title);
  assert.deepEqual(speedOfKey('ArrowLeft'), { pan: -1 });
  assert.equal(speedOfKey('a'), null);
  assert.deepEqual(scaled({ pan: -1, tilt: Math.SQRT1_2 }, 0.5), { pan: -0.5, tilt: 0.35 });
});
