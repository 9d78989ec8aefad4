// One event: its clip, why it was recorded, and what to do with it.
import { html, useAppState, useEffect, useNow, useRef, useState } from '../../ui.js';
import * as api from '../../api.js';
import { Icon } from '../../parts/icons.js';
import { Notice } from '../../parts/shell.js';
import { go, routeHash } from '../../router.js';
import { isAdmin } from '../../session.js';
import { cameraTitle, mergeEvent, state } from '../../state.js';
import { momentTitle, parseTime } from '../../time.js';
import { eventClock, eventLength, eventTitle, isRunning, labelWords } from '../events/event_words.js';
import { deleteWithUndo, patchEvent } from '../events/events_data.js';
import { ClipPlayer } from './clip_player.js';
import { findNeighbours } from './neighbours.js';
import { NoteForm } from './note_form.js';
import { useSteps } from './steps.js';

/// The event as listed, else as the daemon answers; the stream keeps a listed one true.
function useEvent(id) {
  const { events } = useAppState();
  const [own, setOwn] = useState(null);
  const [error, setError] = useState(null);
  const listed = events.items.find((item) => item.id === id);
  useEffect(() => {
    let is_current = true;
    const load = async () => {
      const result = await api.event(id);
      if (!is_current) return;
      if (result.ok) {
        setOwn(result.value);
        mergeEvent(result.value);
      } else setError(result.error);
    };
    load();
    const timer = setInterval(() => !document.hidden && own && isRunning(own) && load(), 3000);
    return () => {
      is_current = false;
      clearInterval(timer);
    };
  }, [id, own && own.state]);
  return { event: listed || own, error, change: (part) => setOwn((event) => (event ? { ...event, ...part } : event)) };
}

const isGone = (error) => error.status === 404 || error.status === 410;

export function EventView({ route }) {
  const { event, error, change } = useEvent(route.id);
  const [near, setNear] = useState({ newer: null, older: null });
  const [is_editing, setEditing] = useState(false);
  const page = useRef(null);
  useEffect(() => {
    let is_current = true;
    if (event) findNeighbours(event).then((found) => is_current && setNear(found));
    return () => {
      is_current = false;
    };
  }, [event && event.id]);
  useEffect(() => {
    if (event && !event.reviewed && !isRunning(event)) api.patchEvent(event.id, { reviewed: true }).then((result) => {
      if (result.ok) mergeEvent({ id: event.id, reviewed: true });
    });
  }, [event && event.id, event && event.state]);
  useSteps(page, near);
  if (!event && error) {
    return html`<${Notice} title=${isGone(error) ? 'This event is gone' : 'The event did not load'}
      text=${isGone(error) ? '' : error.message}><a href=${routeHash('events')}>To the events</a></${Notice}>`;
  }
  if (!event) return html`<p class="loading">Loading…</p>`;
  const save = async (part) => {
    change(part);
    const result = await patchEvent(event, part);
    if (!result.ok) change(Object.fromEntries(Object.keys(part).map((key) => [key, event[key]])));
  };
  return html`<div class="event-view" ref=${page}>
    <${Head} event=${event} near=${near} />
    <${ClipPlayer} key=${event.id} event=${event} at_ms=${parseTime(route.query.at)} />
    <${Tools} event=${event} near=${near} save=${save} onNote=${() => setEditing(!is_editing)} />
    ${is_editing ? html`<${NoteForm} event=${event} save=${save} close=${() => setEditing(false)} />`
      : event.note && html`<p class="card pad note">${event.note}</p>`}
    <${Facts} event=${event} /></div>`;
}

function Head({ event, near }) {
  const now = useNow(1000);
  const at_ms = parseTime(event.started_at);
  return html`<div class="page-head"><a class="button quiet icon-only" href=${backHash()} aria-label="Back to all events">
      <${Icon} of="back" /></a>
    <div class="grow"><h1>${eventTitle(event)} ${isRunning(event) && html`<span class="pill rec" data-test="event-live">
      <span class="dot" aria-hidden="true"></span>Live</span>`}</h1>
      <p class="dim">${cameraTitle(event.camera)} · ${momentTitle(at_ms, now)} · ${eventLength(event, now)}</p></div>
    <${Step} of="previous" id=${near.newer} title="Newer event" />
    <${Step} of="next" id=${near.older} title="Older event" /></div>`;
}

/// The list as it was left.
function backHash() {
  const { query } = state.events;
  return query && query.route ? routeHash('events', '', query.route) : routeHash('events');
}

function Step({ of, id, title }) {
  const icon = html`<${Icon} of=${of} />`;
  if (!id) return html`<span class="button quiet icon-only is-off" aria-hidden="true">${icon}</span>`;
  return html`<a class="button quiet icon-only" href=${routeHash('event', id)} aria-label=${title} title=${title}>${icon}</a>`;
}

function Tools({ event, near, save, onNote }) {
  const remove = () => {
    deleteWithUndo([event.id]);
    go(near.older ? routeHash('event', near.older) : routeHash('events'), { is_replacing: true });
  };
  const around = { at: new Date(parseTime(event.started_at)).toISOString() };
  return html`<div class="actions tools">
    ${isAdmin() && html`<button aria-pressed=${Boolean(event.kept)} onClick=${() => save({ kept: !event.kept })} data-test="keep">
      <${Icon} of="star" />${event.kept ? 'Kept' : 'Keep'}</button>`}
    <button onClick=${() => save({ reviewed: !event.reviewed })} aria-pressed=${Boolean(event.reviewed)} data-test="reviewed">
      <${Icon} of="check" />Seen</button>
    ${isAdmin() && html`<button onClick=${onNote} data-test="note"><${Icon} of="note" />Note</button>`}
    ${event.clip_url && html`<a class="button" href=${api.clipUrl(event.id)} download=${`${event.camera}-${event.id}.mp4`}>
      <${Icon} of="download" />Download</a>`}
    <a class="button" href=${routeHash('moment', event.camera, around)}><${Icon} of="clock" />More footage</a>
    ${isAdmin() && html`<button class="danger" onClick=${remove} disabled=${isRunning(event)} data-test="delete">
      <${Icon} of="trash" />Delete</button>`}</div>`;
}

function Facts({ event }) {
  const facts = [
    ['Camera', cameraTitle(event.camera)],
    ['Began', eventClock(event, { has_seconds: true })],
    ['Moving area', event.area_percent > 0 ? `${event.area_percent.toFixed(1)} % of the picture` : ''],
    ['Score', event.score > 0 ? String(Math.round(event.score * 100) / 100) : ''],
    ['Seen', labelWords(event.label)],
    ['Zone', event.zone],
    ['Ended because', event.close_reason && !isRunning(event) ? event.close_reason.replaceAll('_', ' ') : ''],
    ['Number', event.id],
  ].filter(([, value]) => value);
  return html`<section class="card pad"><h2>Why it was recorded</h2><dl class="facts">
    ${facts.map(([key, value]) => html`<div key=${key}><dt>${key}</dt><dd>${value}</dd></div>`)}</dl></section>`;
}
