// The history: a day over all cameras above, the events newest first below, and the filters both obey.
import { html, useAppState, useEffect, useMemo, useNow, useState } from '../../ui.js';
import { Icon } from '../../parts/icons.js';
import { Notice } from '../../parts/shell.js';
import { go, routeHash } from '../../router.js';
import { dayKey, parseTime } from '../../time.js';
import { Timeline, shownView } from '../timeline/timeline.js';
import { startOfDay } from '../timeline/view_plan.js';
import { EventList } from './event_list.js';
import { loadMore, showEvents } from './events_data.js';
import { isFiltered, toQuery } from './events_query.js';
import { ExportDialog } from './export_dialog.js';
import { Filters } from './filters.js';
import { SelectionBar, useSelection } from './selection.js';

export function EventsView({ route }) {
  const { events, deleting } = useAppState();
  const now = useNow();
  const [exporting, setExporting] = useState(null);
  const query = useMemo(() => toQuery(route.query), [JSON.stringify(route.query)]);
  useEffect(() => void showEvents(query), [query]);
  const items = useMemo(() => events.items.filter((item) => !deleting.has(item.id)), [events.items, deleting]);
  const { selection, start, stop } = useSelection(items);
  const toDay = (day_ms) => go(routeHash('events', '', { ...route.query, day: day_ms >= startOfDay(Date.now()) ? '' : dayKey(day_ms) }),
    { is_replacing: true });
  const exportShown = () => setExporting({ ...shownView(), cameras: query.camera ? query.camera.split(',') : [] });
  const exportChosen = () => setExporting(rangeOf(selection.items));
  return html`<div class="page-head"><h1>Events</h1><span class="grow"></span>
      <button class="quiet" onClick=${exportShown} data-test="export"><${Icon} of="archive" />Export</button>
      <button class="quiet" aria-pressed=${Boolean(selection)} onClick=${selection ? stop : start} data-test="choose">
        <${Icon} of="select" />Choose</button></div>
    <${Timeline} day=${route.query.day || ''} query=${query} onDay=${toDay} />
    <${Filters} query=${route.query} />
    <${EventList} items=${items} next_cursor=${events.next_cursor} now=${now} selection=${selection} />
    <${ListEnd} events=${events} is_empty=${items.length === 0} is_filtered=${isFiltered(route.query)} />
    ${selection && html`<${SelectionBar} selection=${selection} stop=${stop} onExport=${exportChosen} />`}
    ${exporting && html`<${ExportDialog} range=${exporting} close=${() => setExporting(null)} />`}`;
}

/// From the first to the last of the chosen events, with what led to them.
function rangeOf(chosen) {
  const begins = chosen.map((item) => parseTime(item.clip_started_at || item.started_at));
  const ends = chosen.map((item) => parseTime(item.clip_ended_at || item.ended_at)).map((at) => (Number.isNaN(at) ? Date.now() : at));
  return { from_ms: Math.min(...begins), to_ms: Math.max(...ends), cameras: [...new Set(chosen.map((item) => item.camera))] };
}

/// Says why nothing follows: still loading, failed, empty, or the end.
function ListEnd({ events, is_empty, is_filtered }) {
  if (events.error) {
    return html`<${Notice} title="The history did not load" text=${events.error.message}>
      <button onClick=${() => (events.is_loaded ? loadMore() : showEvents({ ...events.query }))}>Try again</button></${Notice}>`;
  }
  if (events.is_loading || !events.is_loaded) return html`<p class="loading">Loading events…</p>`;
  if (is_empty && !events.next_cursor) {
    return html`<${Notice} title="No events" text=${is_filtered ? 'Nothing fits this filter.'
      : 'When something moves in front of a camera, it appears here.'} />`;
  }
  return events.next_cursor ? null : html`<p class="dim end">That is everything.</p>`;
}
