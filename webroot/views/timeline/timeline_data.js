// Loads what a timeline shows, a tile at a time, and keeps it true while events change.
// Owns the tiles it loaded, at most kMaxTiles of them; the least used go first.
import * as api from '../../api.js';
import { onEventChange } from '../../state.js';
import { parseTime } from '../../time.js';
import { parentsOf, planTiles } from './tiles.js';
import { toPiece } from './timeline_model.js';

const kMaxTiles = 120;
const kMaxLoads = 3;      // a browser has six connections; the pictures need some
const kRefreshMs = 15000; // what is being recorded grows
const kChangeMs = 1200;   // changes come in bursts

const kNothing = { from_ms: Infinity, to_ms: -Infinity };

export class TimelineData {
  #tiles = new Map(); // key -> {tile, piece, error, is_stale, is_loading}
  #waiting = [];
  #loads = 0;
  #view = null;
  #onChange;
  #stopListening;
  #refresh_timer;
  #change_timer = 0;
  #changed = kNothing;

  /// `onChange()` runs when something to paint changed.
  constructor(onChange) {
    this.#onChange = onChange;
    this.#stopListening = onEventChange((change) => this.#apply(change));
    this.#refresh_timer = setInterval(() => !document.hidden && this.#touch(Date.now() - 60000, Date.now()), kRefreshMs);
  }

  close() {
    this.#stopListening();
    clearInterval(this.#refresh_timer);
    clearTimeout(this.#change_timer);
    this.#waiting = [];
    this.#onChange = () => {};
  }

  /// Asks for what the view needs and is not there.
  show(view) {
    this.#view = view;
    const wanted = planTiles(view, Date.now() + 60000).filter((tile) => this.#isWorthAsking(tile));
    this.#waiting = wanted;
    this.#pump();
  }

  get is_loading() {
    return this.#loads > 0 && this.pieces().length === 0;
  }

  get error() {
    for (const { error, piece } of this.#tiles.values()) if (error && !piece) return error;
    return null;
  }

  retry() {
    for (const [key, { error }] of this.#tiles) if (error) this.#tiles.delete(key);
    if (this.#view) this.show(this.#view);
  }

  /// What is known of the view, in the order of time: [{from_ms, to_ms, piece}]; coarser pieces stand in for missing ones.
  pieces(view = this.#view) {
    if (!view) return [];
    const found = [];
    for (const tile of planTiles(view, Date.now() + 60000)) {
      const own = this.#pieceOf(tile);
      if (own) found.push({ from_ms: tile.from_ms, to_ms: tile.to_ms, piece: own });
      else {
        for (const parent of parentsOf(tile)) {
          const piece = this.#pieceOf(parent);
          if (!piece) continue;
          found.push({ from_ms: Math.max(tile.from_ms, parent.from_ms), to_ms: Math.min(tile.to_ms, parent.to_ms), piece });
          if (parent.level === 1) break;
        }
      }
    }
    return found;
  }

  #pieceOf(tile) {
    return this.#tiles.get(tile.key)?.piece || null;
  }

  #isWorthAsking(tile) {
    const known = this.#tiles.get(tile.key);
    if (known) return known.is_stale && !known.is_loading;
    const parents = parentsOf(tile).map((parent) => this.#pieceOf(parent)).filter(Boolean);
    return !parents.some((piece) => piece.is_exact && piece.from_ms <= tile.from_ms && piece.to_ms >= tile.to_ms);
  }

  #pump() {
    while (this.#loads < kMaxLoads && this.#waiting.length) {
      const tile = this.#waiting.pop(); // the newest first
      if (this.#isWorthAsking(tile)) this.#load(tile);
    }
  }

  async #load(tile) {
    const entry = this.#tiles.get(tile.key) || { tile, piece: null, error: null };
    this.#tiles.delete(tile.key); // to the end: the order is that of use
    this.#tiles.set(tile.key, entry);
    Object.assign(entry, { is_stale: false, is_loading: true });
    this.#loads += 1;
    const result = await api.timeline({ from: new Date(tile.from_ms).toISOString(), to: new Date(tile.to_ms).toISOString() });
    this.#loads -= 1;
    entry.is_loading = false;
    entry.error = result.ok ? null : result.error;
    if (result.ok) entry.piece = toPiece(result.value, Date.now());
    for (const key of this.#tiles.keys()) {
      if (this.#tiles.size <= kMaxTiles) break;
      this.#tiles.delete(key);
    }
    this.#pump();
    this.#onChange();
  }

  /// Tiles that touch the stretch are asked for again when they are in view, and forgotten when not.
  #touch(from_ms, to_ms) {
    const visible = new Set(this.#view ? planTiles(this.#view, Date.now() + 60000).map((tile) => tile.key) : []);
    for (const [key, entry] of this.#tiles) {
      if (entry.tile.to_ms <= from_ms || entry.tile.from_ms > to_ms) continue;
      if (visible.has(key) || entry.tile.level === 0) entry.is_stale = true;
      else this.#tiles.delete(key);
    }
    if (this.#view) this.show(this.#view);
  }

  /// Marks of a listed event change at once; everything else is asked for again.
  #apply(change) {
    const { kept, reviewed } = change;
    let at_ms = parseTime(change.started_at);
    for (const { piece } of this.#tiles.values()) {
      for (const lane of piece ? piece.lanes.values() : []) {
        const event = lane.index.find(change.id);
        if (!event) continue;
        at_ms = event.from_ms;
        if (kept !== undefined) event.kept = kept;
        if (reviewed !== undefined) event.reviewed = reviewed;
      }
    }
    this.#onChange();
    clearTimeout(this.#change_timer);
    if (Number.isNaN(at_ms)) at_ms = Date.now();
    this.#changed = { from_ms: Math.min(this.#changed.from_ms, at_ms), to_ms: Math.max(this.#changed.to_ms, at_ms) };
    this.#change_timer = setTimeout(() => {
      const { from_ms, to_ms } = this.#changed;
      this.#changed = kNothing;
      this.#touch(from_ms, to_ms);
    }, kChangeMs);
  }
}
