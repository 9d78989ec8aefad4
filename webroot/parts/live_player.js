// Drives one <img>: streams, or asks for stills; notices a picture that stopped; comes back with growing patience.
// Owns the connection behind the img. stop() ends it.
import { liveUrl, snapshotUrl } from '../api.js';
import { backoffMs } from '../backoff.js';
import { isStalled } from './picture_age.js';

const kStillMs = 2000;
const kSampleMs = 1000;
const kSampleWidth = 96;
const kSampleHeight = 54;

let nonce = 0;

export class LivePlayer {
  /// `currentCamera()` gives the camera's newest state; `onChange(player)` runs when status or picture changed.
  constructor(img, { camera, is_stream, currentCamera, onChange }) {
    this.status = 'connecting'; // connecting | playing | retrying | stopped
    this.last_frame_ms = 0;
    this.last_change_ms = 0;
    this.connected_ms = 0;
    this.next_try_ms = 0;
    this.failures = 0;
    this.img = img;
    this.camera = camera;
    this.is_stream = is_stream;
    this.currentCamera = currentCamera;
    this.onChange = onChange;
    this.sampler = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    this.sampler.canvas.width = kSampleWidth;
    this.sampler.canvas.height = kSampleHeight;
    this.sample = null;
  }

  start() {
    this.img.onload = () => this.#arrived();
    this.img.onerror = () => this.#failed();
    this.watch = setInterval(() => this.#look(), kSampleMs);
    this.#connect();
  }

  stop() {
    clearInterval(this.watch);
    clearTimeout(this.timer);
    this.img.onload = null;
    this.img.onerror = null;
    this.img.removeAttribute('src'); // closes the connection
    this.#set('stopped');
  }

  #set(status) {
    this.status = status;
    this.onChange(this);
  }

  #connect() {
    clearTimeout(this.timer);
    nonce += 1;
    this.connected_ms = Date.now();
    if (this.status === 'retrying') this.#set('connecting');
    const stamp = `${Date.now().toString(36)}${nonce}`;
    this.img.src = this.is_stream ? liveUrl(this.camera, stamp) : snapshotUrl(this.camera, stamp);
  }

  #arrived() {
    const now = Date.now();
    this.last_frame_ms = now;
    this.last_change_ms = now;
    this.failures = 0;
    this.#set('playing');
    if (!this.is_stream) this.timer = setTimeout(() => this.#connect(), kStillMs);
  }

  #failed() {
    this.failures += 1;
    const wait_ms = backoffMs(this.failures);
    this.next_try_ms = Date.now() + wait_ms;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#connect(), wait_ms);
    this.#set('retrying');
  }

  /// A stream of pictures tells nothing when it ends: compare what is shown with what was shown.
  #look() {
    if (!this.is_stream || this.status === 'retrying') return;
    const now = Date.now();
    if (this.img.naturalWidth > 0 && this.#differs()) {
      this.last_frame_ms = now;
      this.last_change_ms = now;
      this.failures = 0;
      this.#set('playing');
    }
    if (isStalled(this.currentCamera(), this, now)) this.#failed();
  }

  #differs() {
    this.sampler.drawImage(this.img, 0, 0, kSampleWidth, kSampleHeight);
    const pixels = this.sampler.getImageData(0, 0, kSampleWidth, kSampleHeight).data;
    const before = this.sample;
    this.sample = pixels;
    return !before || pixels.some((value, at) => value !== before[at]);
  }
}
