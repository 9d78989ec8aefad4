// The one connection by which a page gets the live streams of all cameras it shows. Owns the WebSocket: opened with the
// first camera, closed behind the last, opened again with growing patience.
import { me, watchUrl } from '../api.js';
import { backoffMs } from '../backoff.js';
import { readPiece } from './live_codec.js';

const kSilentMs = 12000; // the appliance says something every four seconds
const kLookMs = 1000;
const kRefusalsMax = 3; // connections in a row that never opened: a proxy in between does not pass them on
const kRefusalLastsMs = 300000;

/// Whether the appliance answers at all: then it is not for its sake that no WebSocket opened.
async function isReachable() {
  const answer = await me();
  return answer.ok || answer.error.status > 0;
}

export class LiveLink {
  #isReachable;
  #watchers = new Map(); // number -> {camera, onPiece, onLost}
  #next_number = 1;
  #socket = null;
  #timer = 0;
  #look = 0;
  #heard_ms = 0;
  #failures = 0;
  #refusals = 0;
  #refused_ms = 0;

  constructor(isReachableNow = isReachable) {
    this.#isReachable = isReachableNow;
  }

  /// False once it is known that no WebSocket gets through: cameras are shown in another way.
  get isPossible() {
    if (Date.now() - this.#refused_ms > kRefusalLastsMs) this.#refusals = 0; // it may have been full
    return typeof WebSocket === 'function' && this.#refusals < kRefusalsMax;
  }

  /// `onPiece(piece)` for each message, `onLost(next_try_ms)` when the connection went. Returns what ends it.
  watch(camera, { onPiece, onLost }) {
    const number = this.#next_number;
    this.#next_number = (this.#next_number % 65000) + 1;
    this.#watchers.set(number, { camera, onPiece, onLost });
    if (this.#isOpen()) this.#send({ watch: camera, number });
    else if (!this.#socket && !this.#timer) this.#connect();
    return () => this.#leave(number);
  }

  #leave(number) {
    if (!this.#watchers.delete(number)) return;
    if (this.#isOpen()) this.#send({ leave: number });
    if (this.#watchers.size === 0) this.#close();
  }

  #isOpen = () => this.#socket?.readyState === WebSocket.OPEN;
  #send = (message) => this.#socket.send(JSON.stringify(message));

  #connect() {
    this.#timer = 0;
    const socket = new WebSocket(watchUrl());
    socket.binaryType = 'arraybuffer';
    let did_open = false;
    this.#socket = socket;
    this.#heard_ms = Date.now();
    clearInterval(this.#look);
    this.#look = setInterval(() => Date.now() - this.#heard_ms > kSilentMs && this.#lost(socket, did_open), kLookMs);
    socket.onopen = () => {
      did_open = true;
      this.#refusals = 0;
      for (const [number, { camera }] of this.#watchers) this.#send({ watch: camera, number });
    };
    socket.onmessage = ({ data }) => {
      this.#heard_ms = Date.now();
      this.#failures = 0;
      const piece = readPiece(data);
      this.#watchers.get(piece.number)?.onPiece(piece);
    };
    socket.onclose = () => this.#lost(socket, did_open);
  }

  async #lost(socket, did_open) {
    if (socket !== this.#socket) return;
    this.#drop();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {}, 0); // nobody connects meanwhile
    if (!did_open && await this.#isReachable()) {
      this.#refusals += 1;
      this.#refused_ms = Date.now();
    }
    if (this.#socket || this.#watchers.size === 0) return;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#failures += 1;
    const wait_ms = backoffMs(this.#failures);
    if (this.isPossible && this.#watchers.size > 0) this.#timer = setTimeout(() => this.#connect(), wait_ms);
    for (const { onLost } of [...this.#watchers.values()]) onLost(Date.now() + wait_ms);
  }

  #drop() {
    clearInterval(this.#look);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #close() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#drop();
  }
}

export const live_link = new LiveLink();
