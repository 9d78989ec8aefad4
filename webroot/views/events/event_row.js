// One event in the list: a link to it, or a box to tick while events are being chosen.
import { html, useRef } from '../../ui.js';
import { thumbnailUrl } from '../../api.js';
import { Icon } from '../../parts/icons.js';
import { routeHash } from '../../router.js';
import { cameraTitle } from '../../state.js';
import { eventClock, eventLength, eventTitle, isRunning, labelIcon } from './event_words.js';

/// Asked for once the row is not plain; what is there stays.
export function Thumbnail({ event, is_plain }) {
  const is_asked = useRef(false);
  is_asked.current ||= !is_plain;
  const hide = (failed) => failed.currentTarget.classList.add('is-missing');
  return html`<span class="thumb"><${Icon} of=${labelIcon(event.label)} />${event.thumbnail_url && is_asked.current && html`<img src=${thumbnailUrl(event.id)} alt="" loading="lazy"
    decoding="async" width="160" height="90" onError=${hide} />`}</span>`;
}

function Content({ event, now, is_plain }) {
  return html`<${Thumbnail} event=${event} is_plain=${is_plain} />
    <span class="event-text"><span class="event-title"><span class="clipped">${eventTitle(event)}</span>
      ${isRunning(event) && html`<span class="pill rec"><span class="dot" aria-hidden="true"></span>Live</span>`}
      ${event.kept && html`<span class="kept"><${Icon} of="star" label="Kept" /></span>`}</span>
      <span class="dim event-where"><span class="clipped">${cameraTitle(event.camera)}</span> · ${eventClock(event)}</span>
      ${event.note && html`<span class="dim note-line">${event.note}</span>`}</span>
    <span class="event-length">${eventLength(event, now)}</span>`;
}

/// `is_plain`: does not ask for its thumbnail yet.
export function EventRow({ event, now, at, selection, is_plain }) {
  const look = `event-row ${event.reviewed ? '' : 'is-new'}`;
  const content = html`<${Content} event=${event} now=${now} is_plain=${is_plain} />`;
  if (!selection) {
    return html`<li data-at=${at}><a class=${look} href=${routeHash('event', event.id)} data-test="event">${content}</a></li>`;
  }
  const is_on = selection.has(event.id);
  const toggle = (click) => selection.toggle(at, click.shiftKey);
  return html`<li data-at=${at}><button class=${`${look} ${is_on ? 'is-chosen' : ''}`} role="checkbox" aria-checked=${is_on}
    onClick=${toggle} data-test="event-choice" data-event=${event.id}><span class="tick" aria-hidden="true">${is_on && html`<${Icon} of="check" />`}</span>
    ${content}</button></li>`;
}
