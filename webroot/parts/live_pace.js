// Where a live picture stands in its stream, and how fast it has to run. Pure.

const kTargetS = 0.12; // behind the newest picture: a little more than the unevenness of a home network
const kJumpS = 3; // further behind than that one jumps: nobody wants to see the past in fast motion
const kPlacesKept = 900;

/// What to do so that what is shown is `behind_s` behind the newest picture: {rate} or {jump: true}. `usual_s` is the time
/// from picture to picture.
export function planPace(behind_s, usual_s = 0.04) {
  const target_s = Math.max(kTargetS, 2 * usual_s);
  if (behind_s > kJumpS + target_s) return { jump: true, rate: 1 };
  if (behind_s > 2 * target_s) return { rate: behind_s > 1 ? 1.5 : 1.15 };
  if (behind_s > target_s) return { rate: 1.04 };
  return { rate: behind_s < target_s / 2 ? 0.97 : 1 };
}

export const targetS = (usual_s) => Math.max(kTargetS, 2 * usual_s);

/// Brings what comes onto one time line without holes: streams begin at 0 again and again, and a camera may pause.
export class TimeLine {
  #places = []; // {media_s, at_ms}, oldest first
  #end_s = 0; // where the next picture would follow
  #last_start_s = null;
  #offset_s = 0;
  #was_footage = false;
  usual_s = 0.04;
  newest_s = 0; // begin of the newest picture

  /// A stream begins; its first picture goes behind what is there.
  begin() {
    this.#last_start_s = null;
  }

  /// The timestamp offset for a part that begins at `start_s` of its stream.
  place({ start_s, lasts_s, at_ms, is_footage }) {
    const is_first = this.#last_start_s === null;
    const step_s = is_first ? 0 : start_s - this.#last_start_s;
    // A browser takes a hole for a broken stream, and waits for the next keyframe.
    if (is_first || step_s < 0 || start_s + this.#offset_s > this.#end_s + lasts_s) this.#offset_s = this.#end_s - start_s;
    else if (!is_footage && !this.#was_footage && step_s > 0 && step_s < 2) this.usual_s += (step_s - this.usual_s) / 8;
    const media_s = start_s + this.#offset_s;
    this.#last_start_s = start_s;
    this.#end_s = media_s + lasts_s;
    this.#was_footage = is_footage;
    const until_last_s = is_footage ? Math.max(0, lasts_s - this.usual_s) : 0;
    this.newest_s = media_s + until_last_s;
    this.#places.push({ media_s, at_ms, until_last_s });
    if (this.#places.length > kPlacesKept) this.#places.shift();
    return this.#offset_s;
  }

  /// When the picture at that place was taken, by the clock of the appliance; null: unknown.
  atMs(media_s) {
    for (let i = this.#places.length - 1; i >= 0; i -= 1) {
      const { media_s: begin_s, at_ms, until_last_s } = this.#places[i];
      if (begin_s <= media_s + 0.001) return at_ms + 1000 * Math.min(Math.max(0, media_s - begin_s), until_last_s);
    }
    return null;
  }
}
