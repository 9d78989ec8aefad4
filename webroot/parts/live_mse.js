// Drives one <video> with a camera's recorded stream as it comes (MediaSource). The interface of LivePlayer; `onUnfit()`
// runs when this camera, browser or network takes another way. Owns what it appends; stop() ends it.
import { kKinds, mimeOf } from './live_codec.js';
import { live_link } from './live_link.js';
import { planPace, targetS, TimeLine } from './live_pace.js';

const kPaceMs = 200;
const kKeepS = 8; // of what was shown
const kWaitingMax = 600; // parts for which the browser has no time
const kTroublesMax = 3;
const kForgiveMs = 300000;
const kStalledMs = 8000;
const kTellMs = 1000;

const Source = globalThis.ManagedMediaSource || globalThis.MediaSource;

/// Whether it is worth a try at all; the stream itself says more. A camera that is not there has no codec, and nothing of
/// it needs a connection of its own.
export const canWatch = (camera) => Boolean(Source) && live_link.isPossible && camera.codec !== 'mjpeg'
  && camera.record_mode !== 'off';

export class MsePlayer {
  #leave = null;
  #source = null;
  #buffer = null;
  #url = '';
  #mime = '';
  #waiting = [];
  #line = new TimeLine();
  #clock_ms = null; // the appliance's clock minus ours, as of the quickest message
  #troubles = 0;
  #troubled_ms = 0;
  #timer = 0;
  #shown_ms = 0; // when it last went on
  #told_ms = 0;
  #is_stopped = true;

  constructor(video, { camera, onChange, onUnfit }) {
    this.is_timed = true; // last_frame_ms is when the picture was taken, not when it came
    this.status = 'connecting'; // connecting | playing | retrying | stopped
    this.last_frame_ms = 0; // by our clock, of the picture that is shown
    this.next_try_ms = 0;
    this.video = video;
    this.camera = camera;
    this.onChange = onChange;
    this.onUnfit = onUnfit;
  }

  start() {
    this.#is_stopped = false;
    this.video.muted = true;
    this.video.disableRemotePlayback = true; // else Safari gives no ManagedMediaSource
    this.video.onerror = () => this.#again();
    this.#timer = setInterval(() => this.#pace(), kPaceMs);
    this.#join();
  }

  stop() {
    this.#is_stopped = true;
    clearInterval(this.#timer);
    this.#leave?.();
    this.#forget();
    this.video.onerror = null;
    this.#set('stopped');
  }

  #set(status) {
    this.status = status;
    this.onChange(this);
  }

  #join() {
    this.#leave?.();
    this.#shown_ms = Date.now();
    this.#leave = live_link.watch(this.camera, {
      onPiece: (piece) => this.#take(piece),
      onLost: (next_try_ms) => {
        if (!live_link.isPossible) return this.onUnfit();
        this.next_try_ms = next_try_ms;
        return this.#set('retrying');
      },
    });
  }

  #take(piece) {
    const ahead_ms = piece.sent_ms - Date.now();
    // The quickest message tells most; clocks drift, so that the estimate may not stay for ever.
    this.#clock_ms = this.#clock_ms === null ? ahead_ms : Math.max(ahead_ms, this.#clock_ms - 0.05);
    if (piece.kind === kKinds.unfit) this.onUnfit();
    else if (piece.kind === kKinds.init) this.#begin(piece.bytes);
    else if (piece.kind === kKinds.part) this.#append(piece);
  }

  #begin(init) {
    const mime = mimeOf(init);
    if (!Source.isTypeSupported(mime)) return this.onUnfit();
    this.#line.begin();
    if (this.status === 'retrying') this.#set('connecting');
    const is_same = this.#source && (mime === this.#mime || this.#buffer?.changeType);
    if (!is_same) {
      this.#forget();
      this.#open();
    }
    this.#waiting = this.#waiting.filter((waiting) => !waiting.init); // the newest stream counts
    this.#waiting.push({ init, mime });
    this.#mime = mime;
    return this.#drain();
  }

  #open() {
    const source = new Source();
    this.#source = source;
    this.#line = new TimeLine();
    source.addEventListener('sourceopen', () => {
      if (this.#source !== source) return;
      this.#buffer = source.addSourceBuffer(this.#mime);
      this.#buffer.addEventListener('updateend', () => this.#drain());
      this.#drain();
    }, { once: true });
    this.#url = URL.createObjectURL(source);
    this.video.src = this.#url;
  }

  #forget() {
    this.#source = null;
    this.#buffer = null;
    this.#waiting = [];
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = '';
    this.video.removeAttribute('src');
    this.video.load();
  }

  #append(piece) {
    if (!this.#source) return;
    if (this.#waiting.length > kWaitingMax) this.#again();
    else this.#waiting.push({ piece });
    this.#drain();
  }

  #drain() {
    const buffer = this.#buffer;
    if (!buffer || buffer.updating || this.#source?.readyState !== 'open') return;
    const next = this.#waiting.shift();
    try {
      if (next?.init) {
        if (buffer.changeType) buffer.changeType(next.mime);
        buffer.appendBuffer(next.init);
      } else if (next) {
        const { piece } = next;
        buffer.timestampOffset = this.#line.place(piece);
        buffer.appendBuffer(piece.bytes);
      } else {
        this.#clean(buffer);
      }
    } catch (error) {
      this.#again();
    }
  }

  /// What was shown long ago goes.
  #clean(buffer) {
    const until_s = this.video.currentTime - kKeepS;
    if (buffer.buffered.length && buffer.buffered.start(0) < until_s - kKeepS) buffer.remove(0, until_s);
  }

  /// Something that the browser does not like: from the beginning, and in the end another way.
  #again() {
    if (this.#is_stopped) return;
    if (Date.now() - this.#troubled_ms > kForgiveMs) this.#troubles = 0;
    this.#troubled_ms = Date.now();
    this.#troubles += 1;
    if (this.#troubles > kTroublesMax) {
      this.onUnfit();
      return;
    }
    this.#forget();
    this.#join();
  }

  #pace() {
    const { video } = this;
    const { buffered } = video;
    if (!buffered.length) return this.#lookForStall();
    const newest_s = this.#line.newest_s;
    if (video.currentTime < buffered.start(buffered.length - 1)) this.#jump();
    const plan = planPace(newest_s - video.currentTime, this.#line.usual_s);
    if (plan.jump) this.#jump();
    if (video.playbackRate !== plan.rate) video.playbackRate = plan.rate;
    if (video.paused) video.play().catch(() => {}); // muted: refused only while the page is hidden
    this.#note();
    return this.#lookForStall();
  }

  #jump() {
    const { buffered } = this.video;
    const to_s = Math.max(buffered.start(buffered.length - 1), this.#line.newest_s - targetS(this.#line.usual_s));
    this.video.currentTime = to_s;
  }

  /// When the picture that is shown was taken.
  #note() {
    if (this.video.readyState < 2) return;
    const at_ms = this.#line.atMs(this.video.currentTime);
    if (at_ms === null || this.#clock_ms === null) return;
    const shown_ms = Math.min(Date.now(), at_ms - this.#clock_ms);
    if (shown_ms <= this.last_frame_ms) return;
    this.last_frame_ms = shown_ms;
    this.#shown_ms = Date.now();
    if (this.status === 'playing' && this.#shown_ms - this.#told_ms < kTellMs) return;
    this.#told_ms = this.#shown_ms;
    this.#set('playing');
  }

  /// Parts come, and yet the picture stands.
  #lookForStall() {
    if (Date.now() - this.#shown_ms < kStalledMs || this.status === 'retrying' || !this.#source) return;
    this.#shown_ms = Date.now();
    if (this.#line.newest_s > this.video.currentTime + 1) this.#again();
  }
}
