import assert from 'node:assert/strict';
import { test } from 'node:test';
import { targetWords, trialWords } from './alerts_plan.js';

test('a target says what waits and what was lost, and nothing when all was told', () => {
  assert.equal(targetWords({ waiting: 3, dead: 1, dropped: 2 }), '3 waiting, 1 given up, 2 dropped for want of room');
  assert.equal(targetWords({ waiting: 0, dead: 0, dropped: 0 }), 'all told');
});

test('a test that came to nothing is called bad, with the answer', () => {
  assert.equal(trialWords({ is_ok: false, answer: 'connection refused' }), 'Bad: connection refused.');
  assert.equal(trialWords({ is_ok: true, answer: 'it took the test', doubts: ['No pictures.'] }), 'Good: it took the test. No pictures.');
});
