// Browsers open about six connections to one host over HTTP/1.1, and a live picture holds one for as long as it is shown.
// At most kLiveSlots pictures stream at a time; the others show stills, so that the page itself never waits. Pure but for
// the list it owns.

export const kLiveSlots = 4;

export class LiveSlots {
  #waiting = [];
  #holding = new Set();
  #capacity;

  constructor(capacity = kLiveSlots) {
    this.#capacity = capacity;
  }

  /// `onChange(has_slot)` runs at once and again when a slot comes free. Returns the function that gives it back.
  request(onChange) {
    const claim = { onChange };
    if (this.#holding.size < this.#capacity) this.#holding.add(claim);
    else this.#waiting.push(claim);
    onChange(this.#holding.has(claim));
    return () => this.#release(claim);
  }

  #release(claim) {
    this.#waiting = this.#waiting.filter((other) => other !== claim);
    if (!this.#holding.delete(claim)) return;
    const next = this.#waiting.shift();
    if (!next) return;
    this.#holding.add(next);
    next.onChange(true);
  }
}

export const live_slots = new LiveSlots();
