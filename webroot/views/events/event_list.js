// The list of events, newest first, by day. However long it is, only the lines near the screen exist.
import { html, useEffect, useLayoutEffect, useMemo, useRef, useState, useWidth } from '../../ui.js';
import { EventRow } from './event_row.js';
import { loadMore } from './events_data.js';
import { groupByDay, placeDays, topOf, visibleItems } from './list_plan.js';

const kAheadPx = 700;
const kStepPx = 180;
const kColumnPx = 420;
const kGapPx = 8;
const kLoadAheadPx = 1800;
const kFlyingPxPerMs = 5; // a screen in a sixth of a second: nobody can look at what passes
const kLongestFrameMs = 50; // after a rest the first jump counts as one frame
const kLandingMs = 90;

function sizesFor(width_px) {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
  return { columns: Math.max(1, Math.floor((width_px + kGapPx) / (kColumnPx + kGapPx))), row_px: Math.round(5.6 * rem) + kGapPx,
    head_px: Math.round(2.6 * rem) };
}

/// The part of an element that is on the screen, in steps so that scrolling renders rarely: {top_px, bottom_px,
/// is_flying}; while flying there is nothing ahead and no row asks for its thumbnail.
function useSeen(element) {
  const [seen, setSeen] = useState({ top_px: 0, bottom_px: 1200, is_flying: false });
  useLayoutEffect(() => {
    let frame = 0;
    let landing = 0;
    let last = { top_px: 0, at_ms: 0 };
    const look = () => {
      frame = 0;
      if (!element.current) return;
      const here = { top_px: -element.current.getBoundingClientRect().top, at_ms: performance.now() };
      const frame_ms = Math.max(1, Math.min(kLongestFrameMs, here.at_ms - last.at_ms));
      const is_flying = Math.abs(here.top_px - last.top_px) > kFlyingPxPerMs * frame_ms;
      last = here;
      const top = Math.floor(here.top_px / kStepPx) * kStepPx;
      const ahead_px = is_flying ? 0 : kAheadPx;
      const next = { top_px: top - ahead_px, bottom_px: top + window.innerHeight + kStepPx + ahead_px, is_flying };
      setSeen((old) => (old.top_px === next.top_px && old.bottom_px === next.bottom_px ? old : next));
      clearTimeout(landing);
      if (is_flying) landing = setTimeout(look, kLandingMs);
    };
    const onScroll = () => {
      frame ||= requestAnimationFrame(look);
    };
    look();
    window.addEventListener('scroll', onScroll, { passive: true });
    window.addEventListener('resize', onScroll);
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(landing);
      window.removeEventListener('scroll', onScroll);
      window.removeEventListener('resize', onScroll);
    };
  }, []);
  return seen;
}

/// `selection` is null, or {has(id), toggle(at, is_range)} while events are being chosen.
export function EventList({ items, next_cursor, now, selection }) {
  const [box, width_px] = useWidth();
  const seen = useSeen(box);
  const sizes = sizesFor(width_px || 400);
  const day_now = Math.floor(now / 60000);
  const days = useMemo(() => groupByDay(items, now), [items, day_now]);
  const { days: placed, height_px } = useMemo(() => placeDays(days, sizes), [days, sizes.columns, sizes.row_px]);
  useEffect(() => {
    if (next_cursor && seen.bottom_px > height_px - kLoadAheadPx) loadMore();
  }, [next_cursor, seen.bottom_px, height_px]);
  useRowKeys(box, { count: items.length, toTop: (at) => topOf(placed, at, sizes), sizes, selection });
  const shown = placed.filter((day) => day.top_px < seen.bottom_px && day.top_px + day.height_px > seen.top_px);
  return html`<div class="event-days" ref=${box} style=${{ height: `${height_px}px` }} data-test="event-list">
    ${width_px > 0 && shown.map((day) => html`<${Day} key=${day.key} day=${day} seen=${seen} sizes=${sizes} now=${now}
      selection=${selection} />`)}</div>`;
}

function Day({ day, seen, sizes, now, selection }) {
  const [begin, end] = visibleItems(day, seen.top_px, seen.bottom_px, sizes);
  const line = Math.floor(begin / sizes.columns);
  return html`<section class="day" style=${{ top: `${day.top_px}px`, height: `${day.height_px}px` }}>
    <h2 style=${{ height: `${sizes.head_px}px` }}>${day.title}</h2>
    <ul class="plain event-list" style=${{ transform: `translateY(${line * sizes.row_px}px)`,
      gridTemplateColumns: `repeat(${sizes.columns}, minmax(0, 1fr))`, gridAutoRows: `${sizes.row_px - kGapPx}px` }}>
      ${day.items.slice(begin, end).map((item, index) => html`<${EventRow} key=${item.id} event=${item} now=${now}
        at=${day.at + begin + index} selection=${selection} is_plain=${seen.is_flying} />`)}
    </ul></section>`;
}

const typesText = (element) => element.closest('input:not([type=checkbox]), textarea, select, dialog, canvas, video') !== null;

/// j and k go down and up the list, x chooses the event in selection mode.
function useRowKeys(box, list) {
  const newest = useRef(list);
  newest.current = list;
  useEffect(() => {
    const onKey = (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey || typesText(event.target)) return;
      const { count, toTop, sizes, selection } = newest.current;
      const row = document.activeElement && document.activeElement.closest('[data-at]');
      if (event.key === 'x' && selection && row) selection.toggle(Number(row.dataset.at), false);
      if (!'jk'.includes(event.key) || event.key.length !== 1 || count === 0) return;
      const at = row ? Math.max(0, Math.min(count - 1, Number(row.dataset.at) + (event.key === 'j' ? 1 : -1))) : 0;
      const top = box.current.getBoundingClientRect().top + toTop(at);
      if (top < 120 || top > window.innerHeight - sizes.row_px - 80) window.scrollBy(0, top - window.innerHeight / 2);
      requestAnimationFrame(() => requestAnimationFrame(() =>
        box.current?.querySelector(`[data-at="${at}"] .event-row`)?.focus({ preventScroll: true })));
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}
