// What a camera offers, in words and as the parts of its page. Pure.
import { span } from '../../time.js';

const kClockOffUs = 1e6;

export const offers = (camera, action) => Boolean(camera.offer?.actions?.includes(action));

/// Whether there is anything to show at all.
export const hasControls = (camera) => Boolean(camera.offer)
  && (camera.offer.actions.some((action) => action !== 'keyframe' && action !== 'stop') || Boolean(camera.offer.advice)
    || camera.offer.clock_ahead_us !== null);

/// "right", "2 min behind"; null: it does not tell.
export function clockWords(offer) {
  const ahead_us = offer.clock_ahead_us;
  if (ahead_us === null || ahead_us === undefined) return null;
  if (Math.abs(ahead_us) < kClockOffUs) return 'right';
  return `${span(Math.abs(ahead_us) / 1000)} ${ahead_us > 0 ? 'ahead' : 'behind'}`;
}

export const isClockOff = (offer) => Math.abs(offer.clock_ahead_us ?? 0) >= kClockOffUs;

export const itemTitle = (item) => item.name || item.token;

const kDirections = [['up left', -1, 1, -45], ['up', 0, 1, 0], ['up right', 1, 1, 45], ['left', -1, 0, -90], null, ['right', 1, 0, 90],
  ['down left', -1, -1, -135], ['down', 0, -1, 180], ['down right', 1, -1, 135]];

/// The nine places of the pad, row by row: {title, pan, tilt, turn_deg}, null in the middle. Diagonals are no faster.
export function padPlaces() {
  return kDirections.map((place) => place && {
    title: place[0],
    pan: place[1] * (place[2] ? Math.SQRT1_2 : 1),
    tilt: place[2] * (place[1] ? Math.SQRT1_2 : 1),
    turn_deg: place[3],
  });
}

const kKeys = { ArrowLeft: { pan: -1 }, ArrowRight: { pan: 1 }, ArrowUp: { tilt: 1 }, ArrowDown: { tilt: -1 }, '+': { zoom: 1 },
  '-': { zoom: -1 } };

/// What a key on the pad means; null: nothing.
export const speedOfKey = (key) => kKeys[key] || null;

/// {pan: -1} at half speed -> {pan: -0.5}, to two places.
export function scaled(speed, share) {
  return Object.fromEntries(Object.entries(speed).map(([axis, value]) => [axis, Math.round(value * share * 100) / 100]));
}
