// Chips above the list: cameras, zones, labels, kept, new, the day, and words of notes.
import { html, useAppState, useAnswer, useEffect, useRef, useState } from '../../ui.js';
import * as api from '../../api.js';
import { Icon } from '../../parts/icons.js';
import { go, routeHash } from '../../router.js';
import { shortDay } from '../../time.js';
import { dayStart } from '../timeline/view_plan.js';
import { labelIcon, labelWords } from './event_words.js';
import { isFiltered, namesOf, toggled } from './events_query.js';

const kSummaryMs = 60000;
const kTypingMs = 350;

/// Changes the address: one key of the filters.
function useFilter(query) {
  return (change) => go(routeHash('events', '', { ...query, ...change }), { is_replacing: true });
}

export function Filters({ query }) {
  const { cameras, events } = useAppState();
  const set = useFilter(query);
  const summary = useAnswer(() => api.eventSummary({ from: '-30d' }), [], kSummaryMs);
  const counts = (summary && (summary.ok ? summary.value : summary.stale?.value)) || {};
  const chip = (key, title, is_on, change, icon) => html`<button key=${key} class="chip" aria-pressed=${Boolean(is_on)}
    onClick=${() => set(change)} data-test=${`chip-${key}`}>${icon && html`<${Icon} of=${icon} />`}<span class="clipped">${title}</span></button>`;
  const named = (kind) => namesOf(counts[`by_${kind}`], events.items, kind, query[kind]);
  const chosen = query.camera ? query.camera.split(',') : [];
  return html`<div class="filters">
    <div class="chips" role="group" aria-label="Filters">
      ${chip('all', 'All', !isFiltered(query), { camera: '', zone: '', label: '', kept: '', reviewed: '', day: '', text: '' })}
      ${query.day && html`<button class="chip" aria-pressed="true" onClick=${() => set({ day: '' })} data-test="chip-day"
        aria-label=${`Only ${shortDay(dayStart(query.day))}, show all days`}>${shortDay(dayStart(query.day))}<${Icon} of="close" /></button>`}
      ${chip('new', 'New', query.reviewed === '0', { reviewed: query.reviewed === '0' ? '' : 0 })}
      ${chip('kept', 'Kept', query.kept, { kept: query.kept ? '' : 1 }, 'star')}
      ${cameras.list.length > 1 && cameras.list.map((camera) => chip(`camera-${camera.name}`, camera.title || camera.name,
        chosen.includes(camera.name), { camera: toggled(query.camera, camera.name) }))}
      ${named('zone').map((zone) => chip(`zone-${zone}`, `in ${zone}`, query.zone === zone, { zone: query.zone === zone ? '' : zone }))}
      ${named('label').map((label) => chip(`label-${label}`, labelWords(label), query.label === label,
        { label: query.label === label ? '' : label }, labelIcon(label)))}
    </div>
    <${NoteSearch} text=${query.text || ''} set=${set} />
  </div>`;
}

function NoteSearch({ text, set }) {
  const [typed, setTyped] = useState(text);
  const timer = useRef(0);
  useEffect(() => setTyped(text), [text]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const onInput = (event) => {
    const { value } = event.currentTarget;
    setTyped(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => set({ text: value.trim() }), kTypingMs);
  };
  return html`<label class="search"><span class="away">Words in notes</span><${Icon} of="search" />
    <input type="search" placeholder="Search notes" value=${typed} maxlength="100" onInput=${onInput} data-test="search" /></label>`;
}
