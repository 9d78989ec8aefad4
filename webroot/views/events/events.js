// The history: newest first, by day, with what happened visible at a glance.
import { html, useAppState, useEffect, useNow, useRef } from '../../ui.js';
import { Icon } from '../../parts/icons.js';
import { Notice } from '../../parts/shell.js';
import { go, routeHash } from '../../router.js';
import { cameraTitle } from '../../state.js';
import { eventClock, eventLength, eventTitle, groupByDay, isRunning } from './event_words.js';
import { loadMore, showEvents } from './events_data.js';

export function EventsView({ route }) {
  const { events, deleting } = useAppState();
  const now = useNow();
  const camera = route.query.camera || '';
  const kept = route.query.kept === '1';
  useEffect(() => {
    showEvents({ camera, kept: kept ? 'true' : '' });
  }, [camera, kept]);
  const items = events.items.filter((item) => !deleting.has(item.id));
  return html`<div class="page-head"><h1>Events</h1></div>
    <${Filters} camera=${camera} kept=${kept} />
    ${groupByDay(items, now).map((day) => html`<section key=${day.key} class="day"><h2>${day.title}</h2>
      <ul class="plain event-list">
        ${day.items.map((item) => html`<${EventRow} key=${item.id} event=${item} now=${now} />`)}
      </ul></section>`)}
    <${ListEnd} events=${events} is_empty=${items.length === 0} is_filtered=${camera !== '' || kept} />`;
}

function Filters({ camera, kept }) {
  const { cameras } = useAppState();
  const chip = (title, is_on, query) => html`<button key=${title} class="chip" aria-pressed=${is_on}
    onClick=${() => go(routeHash('events', '', query), { is_replacing: true })}>${title}</button>`;
  return html`<div class="chips" role="group" aria-label="Filter">
    ${chip('All cameras', camera === '', { kept: kept ? 1 : '' })}
    ${cameras.list.map((one) => chip(one.title || one.name, camera === one.name, { camera: one.name, kept: kept ? 1 : '' }))}
    ${chip('Kept', kept, { camera, kept: kept ? '' : 1 })}</div>`;
}

export function Thumbnail({ event }) {
  const hide = (failed) => failed.currentTarget.classList.add('is-missing');
  return html`<span class="thumb">${event.thumbnail_url && html`<img src=${event.thumbnail_url} alt="" loading="lazy"
    decoding="async" width="160" height="90" onError=${hide} />`}</span>`;
}

function EventRow({ event, now }) {
  const is_live = isRunning(event);
  return html`<li><a class=${`event-row ${event.reviewed ? '' : 'is-new'}`} href=${routeHash('event', event.id)}
      data-test="event">
    <${Thumbnail} event=${event} />
    <span class="event-text"><span class="event-title">${eventTitle(event)}
      ${is_live && html`<span class="pill rec"><span class="dot" aria-hidden="true"></span>Live</span>`}
      ${event.kept && html`<span class="kept"><${Icon} of="star" label="Kept" /></span>`}</span>
      <span class="dim">${cameraTitle(event.camera)} · ${eventClock(event)}</span>
      ${event.note && html`<span class="dim note-line">${event.note}</span>`}</span>
    <span class="event-length">${eventLength(event, now)}</span></a></li>`;
}

/// Loads the next page when it comes into view; says so when that fails or nothing is left.
function ListEnd({ events, is_empty, is_filtered }) {
  const end = useRef(null);
  useEffect(() => {
    const watcher = new IntersectionObserver((entries) => entries.at(-1).isIntersecting && loadMore(),
      { rootMargin: '600px' });
    watcher.observe(end.current);
    return () => watcher.disconnect();
  }, [events.next_cursor]);
  let content = null;
  if (events.error) {
    content = html`<${Notice} title="The history did not load" text=${events.error.message}>
      <button onClick=${() => (events.is_loaded ? loadMore() : showEvents({ ...events.query }))}>Try again</button></${Notice}>`;
  } else if (events.is_loading || !events.is_loaded) content = html`<p class="loading">Loading events…</p>`;
  else if (is_empty) {
    content = html`<${Notice} title="No events" text=${is_filtered ? 'Nothing fits this filter.'
      : 'When something moves in front of a camera, it appears here.'} />`;
  } else if (!events.next_cursor) content = html`<p class="dim end">That is everything.</p>`;
  return html`<div ref=${end}>${content}</div>`;
}
