// What is under the cursor of the timeline: a thumbnail, the time, what happened or why there is nothing.
import { html, useEffect, useState } from '../../ui.js';
import { thumbnailUrl } from '../../api.js';
import { clipLength, clockTimeWithSeconds } from '../../time.js';
import { eventTitle } from '../events/event_words.js';

const kWidthPx = 208;
const kRestMs = 70; // a pointer on its way asks for nothing

/// One sentence about a cursor, also for screen readers. Pure.
export function cursorText(cursor, lanes) {
  if (!cursor) return 'No moment chosen';
  const title = (lanes[cursor.lane] || {}).title || cursor.camera;
  return `${clockTimeWithSeconds(cursor.at_ms)}, ${title}: ${momentWords(cursor)}`;
}

function momentWords({ event, bucket, gap, is_recorded, at_ms }) {
  if (event) return `${eventTitle(event)}, ${clipLength(event.to_ms - event.from_ms)}`;
  if (bucket) return `${bucket.count} ${bucket.count === 1 ? 'event' : 'events'} around this time`;
  if (is_recorded) return 'Recorded';
  if (gap) return gap.title;
  return at_ms > Date.now() ? 'Not yet' : 'Nothing recorded';
}

/// `value` once it has not changed for kRestMs.
function useRested(value) {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), kRestMs);
    return () => clearTimeout(timer);
  }, [value]);
  return rested;
}

export function Bubble({ cursor, width_px, x_px, open }) {
  const event = cursor && cursor.event;
  const thumbnail_id = useRested(event && event.has_thumbnail ? event.id : '');
  if (!cursor || x_px < 0 || x_px > width_px) return null;
  const left = Math.max(4, Math.min(width_px - kWidthPx - 4, x_px - kWidthPx / 2));
  const can_open = event || cursor.is_recorded;
  const is_held = cursor.kind === 'held';
  return html`<div class=${`bubble ${is_held ? 'is-held' : ''}`} style=${{ left: `${left}px`, width: `${kWidthPx}px` }}
      data-test="bubble">
    ${event && event.has_thumbnail && html`<span class="thumb">${thumbnail_id &&
      html`<img src=${thumbnailUrl(thumbnail_id)} alt="" onError=${hide} onLoad=${show} />`}</span>`}
    <p class="bubble-time">${clockTimeWithSeconds(cursor.at_ms)}</p>
    <p>${momentWords(cursor)}</p>
    ${is_held && can_open && html`<button class="primary" onClick=${open} data-test="open-moment">
      ${event ? 'Open event' : 'Play from here'}</button>`}
  </div>`;
}

const hide = (failed) => failed.currentTarget.classList.add('is-missing');
const show = (loaded) => loaded.currentTarget.classList.remove('is-missing');
