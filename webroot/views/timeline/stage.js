// What the timeline shows at this moment and how it moves: view, cursor, painting. One for each mounted timeline.
// Owns its data, its painter and one animation frame at a time; close() ends them.
import { go, routeHash } from '../../router.js';
import { findEvent, stepEvent } from './event_finder.js';
import { Painter, laneAt } from './painter.js';
import { TimelineData } from './timeline_data.js';
import { momentIn } from './timeline_model.js';
import { clampView, dayView, kDayMs, panView, presetView, revealView, spanOf, startOfDay, timeAt, xOf,
  zoomView } from './view_plan.js';

const kReachPx = 14;     // how near to an event the pointer has to be
const kStepShare = 1 / 72;
const kLookupMs = 140;   // a pointer that rests: the daemon is asked what happened there
const kTickMs = 5000;

export class Stage {
  constructor({ onChange }) {
    this.view = dayView(Date.now());
    this.day = '';
    this.cursor = null; // {at_ms, lane, camera, event, gap, is_recorded, kind: hover | held}
    this.onDay = () => {};
    this.scene = { lanes: [], width_px: 0, query: {} };
    this.is_focused = false;
    this.onChange = onChange;
    this.data = new TimelineData(() => this.#dirty());
    this.frame = 0;
    this.lookup = 0;
  }

  attach(canvas) {
    this.painter = new Painter(canvas);
    this.recolour = () => {
      this.painter.forgetColours();
      this.#dirty();
    };
    this.dark = matchMedia('(prefers-color-scheme: dark)');
    this.dark.addEventListener('change', this.recolour);
    this.themes = new MutationObserver(this.recolour);
    this.themes.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    this.ticking = setInterval(() => !document.hidden && this.#dirty(), kTickMs);
  }

  close() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.lookup);
    clearInterval(this.ticking);
    this.dark.removeEventListener('change', this.recolour);
    this.themes.disconnect();
    this.data.close();
    this.painter = null;
  }

  setScene(scene) {
    const before = this.scene;
    this.scene = scene;
    const names = (lanes) => lanes.map((lane) => `${lane.name}/${lane.title}`).join();
    if (before.width_px !== scene.width_px || JSON.stringify(before.query) !== JSON.stringify(scene.query) ||
        names(before.lanes) !== names(scene.lanes)) this.#dirty();
  }

  get note() {
    if (this.data.error) return { text: `The timeline did not load: ${this.data.error.message}`, can_retry: true };
    return this.data.is_loading ? { text: 'Loading…' } : null;
  }

  retry() {
    this.data.retry();
  }

  showView(view) {
    this.view = clampView(view, Date.now());
    this.data.show(this.view);
    this.#dirty();
  }

  /// Shows a day unless the view is within it already.
  showDay(day_ms) {
    const end_ms = startOfDay(day_ms, 1);
    this.day = day_ms;
    if (this.view.from_ms >= end_ms || this.view.to_ms <= day_ms) this.showView(dayView(day_ms));
    else this.data.show(this.view);
  }

  panPx(dx) {
    this.showView(panView(this.view, (dx / Math.max(1, this.scene.width_px)) * spanOf(this.view), Date.now()));
    this.#followDay();
  }

  zoomPx(factor, x) {
    this.showView(zoomView(this.view, factor, timeAt(this.view, x, this.scene.width_px), Date.now()));
    this.#followDay();
  }

  zoom(factor) {
    const at_ms = this.#anchor();
    this.showView(zoomView(this.view, factor, at_ms, Date.now()));
    this.#followDay();
  }

  preset(name) {
    this.showView(presetView(name, this.#anchor(), Date.now()));
    this.#followDay();
  }

  #anchor() {
    const { cursor, view } = this;
    if (cursor && cursor.at_ms >= view.from_ms && cursor.at_ms <= view.to_ms) return cursor.at_ms;
    const now = Date.now();
    return now > view.from_ms && now < view.to_ms ? now : (view.from_ms + view.to_ms) / 2;
  }

  /// The list below follows the day in the middle of the view, once it rests.
  #followDay() {
    clearTimeout(this.following);
    this.following = setTimeout(() => {
      if (!this.painter || spanOf(this.view) > 1.6 * kDayMs) return;
      const day_ms = startOfDay(Math.min(Date.now(), (this.view.from_ms + this.view.to_ms) / 2));
      if (day_ms === this.day) return;
      this.day = day_ms;
      this.onDay(day_ms);
    }, 400);
  }

  // -- the cursor --------------------------------------------------------------------------------------------------

  pointAt(x, y, kind) {
    const lane = laneAt(y, this.scene.lanes.length);
    this.setCursor(timeAt(this.view, x, this.scene.width_px), lane < 0 ? this.cursor?.lane ?? 0 : lane, kind);
  }

  scrub(x) {
    const at_ms = timeAt(this.view, Math.max(0, Math.min(this.scene.width_px, x)), this.scene.width_px);
    this.setCursor(at_ms, this.cursor?.lane ?? 0, 'held');
  }

  setCursor(at_ms, lane, kind, event = null) {
    const camera = this.scene.lanes[lane]?.name;
    if (!camera) return;
    const reach_ms = (kReachPx / Math.max(1, this.scene.width_px)) * spanOf(this.view);
    const part = this.data.pieces({ from_ms: at_ms, to_ms: at_ms + 1 }).map((item) => item.piece.lanes.get(camera)).find(Boolean);
    const near = event ? { event } : findEvent(this.data.pieces(), camera, at_ms, reach_ms, this.scene.query);
    this.cursor = { at_ms, lane, camera, kind, ...momentIn(part, at_ms), event: near.event || null, bucket: near.bucket || null };
    clearTimeout(this.lookup);
    if (near.bucket) this.lookup = setTimeout(() => this.#lookUp(this.cursor), kLookupMs);
    this.#dirty();
  }

  /// Too many events to list each: the daemon tells the one at the cursor.
  async #lookUp(cursor) {
    const event = await stepEvent({ camera: cursor.camera, ...this.scene.query }, cursor.at_ms, -1);
    if (this.cursor !== cursor || !event) return;
    this.cursor = { ...cursor, event };
    this.#dirty();
  }

  leave() {
    if (this.cursor?.kind !== 'hover' || this.is_focused) return;
    this.cursor = null;
    this.#dirty();
  }

  drop() {
    this.cursor = null;
    this.#dirty();
  }

  focus(is_focused) {
    this.is_focused = is_focused;
    if (is_focused && !this.cursor && canvasHasVisibleFocus()) this.setCursor(this.#anchor(), 0, 'held');
    this.#dirty();
  }

  cursorX() {
    return this.cursor ? xOf(this.view, this.cursor.at_ms, this.scene.width_px) : 0;
  }

  minuteOfDay() {
    if (!this.cursor) return 0;
    return Math.round((this.cursor.at_ms - startOfDay(this.cursor.at_ms)) / 60000);
  }

  // -- keys ----------------------------------------------------------------------------------------------------------

  /// Carries out a command of planKey(); false when there was nothing to do.
  obey(command) {
    const at_ms = this.cursor?.at_ms ?? this.#anchor();
    const lane = this.cursor?.lane ?? 0;
    if (command.move) this.#goTo(at_ms + command.move * spanOf(this.view) * kStepShare, lane);
    else if (command.lane) this.#goTo(at_ms, Math.max(0, Math.min(this.scene.lanes.length - 1, lane + command.lane)));
    else if (command.zoom) this.zoom(command.zoom);
    else if (command.edge) {
      const day_ms = startOfDay(at_ms);
      this.#goTo(command.edge === 'begin' ? day_ms : Math.min(Date.now(), startOfDay(day_ms, 1) - 1), lane);
    } else if (command.day) this.#goTo(at_ms + command.day * kDayMs, lane);
    else if (command.event) this.#step(command.event);
    else if (command.open) return this.open();
    else if (command.leave && this.cursor) this.drop();
    else return false;
    return true;
  }

  #goTo(at_ms, lane, event = null) {
    const to_ms = Math.min(at_ms, Date.now());
    this.showView(revealView(this.view, to_ms, Date.now()));
    this.setCursor(to_ms, lane, 'held', event);
    this.#followDay();
  }

  /// To the next (1) or previous (-1) event of any shown camera.
  async #step(direction) {
    const cameras = this.scene.lanes.map((item) => item.name).join(',');
    const from_ms = this.cursor?.event?.from_ms ?? this.cursor?.at_ms ?? this.#anchor();
    const event = await stepEvent({ ...this.scene.query, camera: cameras }, from_ms, direction, this.cursor?.event?.id);
    if (!event || !this.painter) return;
    const lane = this.scene.lanes.findIndex((item) => item.name === event.camera);
    this.#goTo(event.from_ms, Math.max(0, lane), event);
  }

  /// Opens what is under the cursor: the event at that moment, or the footage; false when there is neither.
  open() {
    const { cursor } = this;
    if (!cursor) return false;
    const at = new Date(cursor.at_ms).toISOString();
    if (cursor.event) go(routeHash('event', cursor.event.id, { at }));
    else if (cursor.is_recorded) go(routeHash('moment', cursor.camera, { at }));
    else return false;
    return true;
  }

  #dirty() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.#paint();
    });
  }

  #paint() {
    if (!this.painter || this.scene.width_px < 1) return;
    this.painter.paint({ ...this.scene, view: this.view, pieces: this.data.pieces(this.view), cursor: this.cursor,
      now_ms: Date.now(), is_focused: this.is_focused });
    this.onChange();
  }
}

const canvasHasVisibleFocus = () => document.activeElement?.matches(':focus-visible');
