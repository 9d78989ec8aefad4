// A pad that is held: the camera is told to move again and again, each time for a little longer than until the next word,
// so that a browser that is lost stops the motors by itself. Knows no page.

const kEveryMs = 500;
const kLastsMs = 1000;
const kNudgeMs = 400;
const kLeastMs = 200; // a tap moves a little, not nothing

/// `tell(command)` -> Promise of {ok, error}; `onError(error)` once for each hold. `clock`: {now, setTimeout}.
export class HeldMove {
  #tell;
  #on_error;
  #clock;
  #hold = null; // the hold that goes on; another one takes its place

  constructor(tell, onError, clock = { now: () => performance.now(), setTimeout: (run, ms) => setTimeout(run, ms) }) {
    this.#tell = tell;
    this.#on_error = onError;
    this.#clock = clock;
  }

  get isHeld() {
    return this.#hold !== null;
  }

  /// `speed` = {pan, tilt, zoom}, what is not named is 0.
  begin(speed, can_stop = true) {
    const hold = { can_stop, began_at: this.#clock.now(), has_failed: false };
    this.#hold = hold;
    this.#goOn(hold, speed);
  }

  end() {
    const hold = this.#hold;
    if (!hold) return;
    this.#hold = null;
    if (!hold.can_stop || hold.has_failed) return;
    const left_ms = Math.max(0, hold.began_at + kLeastMs - this.#clock.now());
    // Another hold that began meanwhile is not to be stopped.
    this.#clock.setTimeout(() => !this.#hold && this.#say(hold, { action: 'stop' }), left_ms);
  }

  /// One short movement, for who cannot hold anything: screen readers press and let go at once.
  nudge(speed) {
    this.#say({ has_failed: false }, { action: 'move', ...speed, lasts_ms: kNudgeMs });
  }

  /// Never two words under way: a slow camera hears the last one, not a queue of them.
  async #goOn(hold, speed) {
    while (this.#hold === hold) {
      const said_at = this.#clock.now();
      await this.#say(hold, { action: 'move', ...speed, lasts_ms: kLastsMs });
      if (hold.has_failed && this.#hold === hold) this.#hold = null;
      const left_ms = said_at + kEveryMs - this.#clock.now();
      if (this.#hold === hold && left_ms > 0) await new Promise((resolve) => this.#clock.setTimeout(resolve, left_ms));
    }
  }

  async #say(hold, command) {
    const result = await this.#tell(command);
    if (result.ok || hold.has_failed) return;
    hold.has_failed = true;
    this.#on_error(result.error);
  }
}
