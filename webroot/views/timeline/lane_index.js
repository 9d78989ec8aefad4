// The events of one camera in the order of time, for a painter that asks sixty times a second. Pure.

/// First position whose value is >= `value` in an ascending array.
export function lowerBound(values, value) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class LaneIndex {
  #longest_ms = 0;

  /// `events`: [{id, from_ms, to_ms, ...}] in any order.
  constructor(events) {
    this.events = [...events].sort((a, b) => a.from_ms - b.from_ms || (a.id < b.id ? -1 : 1));
    this.running = this.events.filter((event) => event.is_running);
    this.starts = Float64Array.from(this.events, (event) => event.from_ms);
    for (const event of this.events) this.#longest_ms = Math.max(this.#longest_ms, event.to_ms - event.from_ms);
  }

  /// What still runs reaches to now.
  growTo(now_ms) {
    for (const event of this.running) {
      event.to_ms = Math.max(event.to_ms, now_ms);
      this.#longest_ms = Math.max(this.#longest_ms, event.to_ms - event.from_ms);
    }
  }

  find(id) {
    this.by_id ??= new Map(this.events.map((event) => [event.id, event]));
    return this.by_id.get(id) || null;
  }

  /// Positions [begin, end) that may touch the stretch; begin may be early by one long event.
  range(from_ms, to_ms) {
    return [lowerBound(this.starts, from_ms - this.#longest_ms), lowerBound(this.starts, to_ms)];
  }

  /// The event at the moment, else the nearest within `reach_ms`, else null; only those that `fits` lets through.
  nearest(at_ms, reach_ms, fits = () => true) {
    let best = null;
    let best_ms = Infinity;
    const [begin, end] = this.range(at_ms - reach_ms, at_ms + reach_ms);
    for (let at = begin; at < end; at += 1) {
      const event = this.events[at];
      if (!fits(event)) continue;
      const away_ms = at_ms < event.from_ms ? event.from_ms - at_ms : Math.max(0, at_ms - event.to_ms);
      if (away_ms < best_ms || (away_ms === best_ms && event.from_ms > best.from_ms)) {
        best = event;
        best_ms = away_ms;
      }
    }
    return best_ms <= reach_ms ? best : null;
  }
}

/// Stretches of pixels for a painter: neighbours that touch become one. `events` ascending; `is_same(a, b)` keeps colours
/// apart. Calls `paint(event, x0, x1)`.
export function coalesce(events, begin, end, toX, is_same, paint) {
  let open = null;
  let x0 = 0;
  let x1 = 0;
  for (let at = begin; at < end; at += 1) {
    const event = events[at];
    const from = toX(event.from_ms);
    const to = Math.max(from + 2, toX(event.to_ms));
    if (to < 0) continue;
    if (open && from <= x1 + 0.5 && is_same(open, event)) {
      x1 = Math.max(x1, to);
      continue;
    }
    if (open) paint(open, x0, x1);
    open = event;
    x0 = from;
    x1 = to;
  }
  if (open) paint(open, x0, x1);
}
