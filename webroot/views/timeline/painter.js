// Draws lanes of footage, gaps and events. Reads its colours from the custom properties of the canvas, so that light and dark
// are those of the page. Owns nothing but the canvas's context and a few patterns.
import { clockTime, shortDay, weekday } from '../../time.js';
import { coalesce } from './lane_index.js';
import { countOf, passes } from './timeline_model.js';
import { kDayMs, planTicks, xOf } from './view_plan.js';

export const kAxisPx = 32;
export const kLanePx = 58;
const kLabelPx = 18;
const kEventsPx = 22;
const kFootagePx = 8;

export const heightOf = (lane_count) => kAxisPx + Math.max(1, lane_count) * kLanePx;

/// Which lane a point is in, -1 for the axis.
export function laneAt(y_px, lane_count) {
  if (y_px < kAxisPx) return -1;
  return Math.min(lane_count - 1, Math.floor((y_px - kAxisPx) / kLanePx));
}

const kColours = ['ground', 'surface', 'raised', 'line', 'ink', 'ink-dim', 'footage', 'event-new', 'event-seen', 'event-kept',
  'gap-idle', 'gap-camera', 'gap-system', 'gap-storage', 'gap-unknown', 'bad'];

/// The text, or as much of it as the width holds.
function fitted(context, text, width_px) {
  if (context.measureText(text).width <= width_px) return text;
  let letters = text.length;
  while (letters > 1 && context.measureText(`${text.slice(0, letters)}…`).width > width_px) letters -= 1;
  return `${text.slice(0, letters)}…`;
}

export class Painter {
  #canvas;
  #context;
  #colours = null;
  #patterns = new Map();

  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d');
  }

  /// After the theme changed.
  forgetColours() {
    this.#colours = null;
    this.#patterns.clear();
  }

  #readColours() {
    const style = getComputedStyle(this.#canvas);
    this.#colours = Object.fromEntries(kColours.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
    this.font = style.fontFamily;
  }

  /// `scene` = {view, width_px, lanes: [{name, title}], pieces, query, cursor, now_ms, is_focused}
  paint(scene) {
    if (!this.#colours) this.#readColours();
    const { width_px, lanes } = scene;
    const height_px = heightOf(lanes.length);
    const scale = window.devicePixelRatio || 1;
    const canvas = this.#canvas;
    if (canvas.width !== Math.round(width_px * scale) || canvas.height !== Math.round(height_px * scale)) {
      canvas.width = Math.round(width_px * scale);
      canvas.height = Math.round(height_px * scale);
    }
    const context = this.#context;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.fillStyle = this.#colours.surface;
    context.fillRect(0, 0, width_px, height_px);
    this.#paintTicks(scene, height_px);
    for (const part of scene.pieces) this.#paintPiece(scene, part, height_px);
    this.#paintFuture(scene, height_px);
    this.#paintTitles(scene);
    this.#paintCursor(scene, height_px);
  }

  #paintTicks({ view, width_px }, height_px) {
    const context = this.#context;
    context.font = `12px ${this.font}`;
    context.textBaseline = 'middle';
    const ticks = planTicks(view, width_px);
    const day_px = xOf(view, view.from_ms + kDayMs, width_px);
    let free_px = 0; // labels do not run into each other
    for (const { at_ms, is_day } of ticks) {
      const x = Math.round(xOf(view, at_ms, width_px)) + 0.5;
      context.fillStyle = is_day ? this.#colours['ink-dim'] : this.#colours.line;
      context.fillRect(x - 0.5, is_day ? 0 : kAxisPx - 5, 1, height_px);
      const text = !is_day ? clockTime(at_ms) : day_px > 100 ? shortDay(at_ms) : weekday(at_ms);
      const text_px = context.measureText(text).width;
      const left = is_day ? x + 5 : x - text_px / 2;
      if (left < free_px || left + text_px > width_px - 2) continue;
      free_px = left + text_px + 8;
      context.fillStyle = is_day ? this.#colours.ink : this.#colours['ink-dim'];
      context.fillText(text, left, kAxisPx / 2 - 1);
    }
    context.fillStyle = this.#colours.line;
    context.fillRect(0, kAxisPx - 1, width_px, 1);
  }

  #paintPiece(scene, { from_ms, to_ms, piece }) {
    const { view, width_px, lanes } = scene;
    const x0 = Math.max(0, xOf(view, from_ms, width_px));
    const x1 = Math.min(width_px, xOf(view, to_ms, width_px));
    if (x1 <= x0) return;
    const context = this.#context;
    context.save();
    context.beginPath();
    context.rect(x0, kAxisPx, x1 - x0, lanes.length * kLanePx);
    context.clip();
    const seen = { from_ms: Math.max(from_ms, view.from_ms), to_ms: Math.min(to_ms, view.to_ms) };
    lanes.forEach((lane, at) => {
      const content = piece.lanes.get(lane.name);
      const top = kAxisPx + at * kLanePx + kLabelPx;
      if (!content) return;
      this.#paintStretches(scene, content, seen, top + kEventsPx + 3);
      if (content.buckets.length) this.#paintBuckets(scene, content.buckets, top);
      this.#paintEvents(scene, content.index, seen, top);
    });
    context.restore();
  }

  #paintStretches({ view, width_px }, { footage, gaps }, seen, top) {
    const context = this.#context;
    const toX = (at_ms) => xOf(view, at_ms, width_px);
    const fill = (stretch) => {
      if (stretch.to_ms < seen.from_ms || stretch.from_ms > seen.to_ms) return;
      const x0 = toX(stretch.from_ms);
      context.fillRect(x0, top, Math.max(1, toX(stretch.to_ms) - x0), kFootagePx);
    };
    for (const gap of gaps) {
      context.fillStyle = gap.tone === 'idle' ? this.#colours['gap-idle'] : this.#hatch(gap.tone);
      fill(gap);
    }
    context.fillStyle = this.#colours.footage;
    footage.forEach(fill);
  }

  #paintEvents({ view, width_px, query, cursor, now_ms }, index, seen, top) {
    const context = this.#context;
    index.growTo(now_ms);
    const [begin, end] = index.range(seen.from_ms, seen.to_ms);
    const toX = (at_ms) => xOf(view, at_ms, width_px);
    const look = (event) => (!passes(event, query) ? 'gap-idle' : event.kept ? 'event-kept'
      : event.reviewed ? 'event-seen' : 'event-new');
    coalesce(index.events, begin, end, toX, (a, b) => look(a) === look(b), (event, x0, x1) => {
      const name = look(event);
      context.fillStyle = this.#colours[name];
      const inset = name === 'event-seen' || name === 'gap-idle' ? 5 : 0;
      context.fillRect(x0, top + inset, x1 - x0, kEventsPx - inset);
    });
    const picked = cursor && cursor.event && index.find(cursor.event.id);
    if (picked) {
      context.strokeStyle = this.#colours.ink;
      context.lineWidth = 2;
      const x0 = toX(picked.from_ms);
      context.strokeRect(x0 - 2, top - 1, Math.max(2, toX(picked.to_ms) - x0) + 4, kEventsPx + 2);
    }
  }

  #paintBuckets({ view, width_px, query }, buckets, top) {
    const context = this.#context;
    const most = buckets.reduce((max, bucket) => Math.max(max, bucket.count), 1);
    for (const bucket of buckets) {
      const count = countOf(bucket, query);
      const x0 = xOf(view, bucket.from_ms, width_px);
      const x1 = xOf(view, bucket.to_ms, width_px);
      if (count === 0 || x1 < 0 || x0 > width_px) continue;
      const height = 5 + (kEventsPx - 5) * Math.sqrt(count / most);
      context.fillStyle = bucket.unreviewed ? this.#colours['event-new'] : this.#colours['event-seen'];
      context.fillRect(x0, top + kEventsPx - height, Math.max(1, x1 - x0 - (x1 - x0 > 4 ? 1 : 0)), height);
    }
  }

  #paintFuture({ view, width_px, now_ms, lanes }, height_px) {
    if (now_ms >= view.to_ms) return;
    const x = Math.max(0, xOf(view, now_ms, width_px));
    const context = this.#context;
    context.fillStyle = this.#colours.raised;
    context.globalAlpha = 0.6;
    context.fillRect(x, kAxisPx, width_px - x, lanes.length * kLanePx);
    context.globalAlpha = 1;
    if (now_ms < view.from_ms) return;
    context.fillStyle = this.#colours.bad;
    context.fillRect(Math.round(x) - 1, kAxisPx - 4, 2, height_px);
  }

  #paintTitles({ lanes, width_px, cursor, is_focused }) {
    const context = this.#context;
    context.font = `600 13px ${this.font}`;
    lanes.forEach((lane, at) => {
      const top = kAxisPx + at * kLanePx;
      if (at > 0) {
        context.fillStyle = this.#colours.line;
        context.fillRect(0, top, width_px, 1);
      }
      context.lineWidth = 4;
      context.lineJoin = 'round';
      context.strokeStyle = this.#colours.surface;
      context.fillStyle = this.#colours.ink;
      const title = fitted(context, lane.title, width_px - 16);
      context.strokeText(title, 8, top + kLabelPx / 2 + 1);
      context.fillText(title, 8, top + kLabelPx / 2 + 1);
      if (is_focused && cursor && cursor.lane === at) {
        context.fillStyle = this.#colours['event-new'];
        context.fillRect(0, top + 1, 3, kLanePx - 1);
      }
    });
  }

  #paintCursor({ view, width_px, cursor }, height_px) {
    if (!cursor) return;
    const x = Math.round(xOf(view, cursor.at_ms, width_px));
    if (x < 0 || x > width_px) return;
    this.#context.fillStyle = this.#colours.ink;
    this.#context.fillRect(x, kAxisPx - 8, 1, height_px);
  }

  /// Diagonal lines on the tone's colour: told apart from footage without colours too.
  #hatch(tone) {
    if (this.#patterns.has(tone)) return this.#patterns.get(tone);
    const size = 6;
    const tile = document.createElement('canvas');
    tile.width = size;
    tile.height = size;
    const drawing = tile.getContext('2d');
    drawing.fillStyle = this.#colours[`gap-${tone}`] || this.#colours['gap-unknown'];
    drawing.fillRect(0, 0, size, size);
    drawing.strokeStyle = this.#colours.surface;
    drawing.lineWidth = 1.2;
    drawing.beginPath();
    for (const shift of [-size, 0, size]) {
      drawing.moveTo(shift, size);
      drawing.lineTo(shift + size, 0);
    }
    drawing.stroke();
    const pattern = this.#context.createPattern(tile, 'repeat');
    this.#patterns.set(tone, pattern);
    return pattern;
  }
}
