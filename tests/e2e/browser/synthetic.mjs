// A stand-in for the daemon with as many events as one likes, for measuring the dashboard alone: the real modules, made-up
// history. Answers have the shapes of docs/openapi.yaml. Nothing here is used where the real daemon runs.
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const kTypes = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.png': 'image/png',
  '.json': 'application/json' };
const kDayMs = 86400000;
const kListed = 400;
const kZones = ['path', 'drive', ''];
const kLabels = ['', '', 'person', 'car'];
const kPixel = Buffer.from('R0lGODlhAQABAIAAAHyKmv///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64');

/// Numbers in 0..1 that are the same in every run.
function dice(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

const iso = (ms) => new Date(ms).toISOString().replace('Z', '000Z');

/// `count` events over `days` days before `now_ms`, oldest first.
export function makeEvents({ cameras, count, days, now_ms }) {
  const random = dice(7);
  const events = [];
  for (let at = 0; at < count; at += 1) {
    const started_ms = now_ms - ((count - at) / count) * days * kDayMs + random() * 1000;
    const ended_ms = started_ms + 3000 + random() * 25000;
    const id = (0x100000000000 + at * 7919).toString(16).padStart(16, '0');
    events.push({ id, camera: cameras[Math.floor(random() * cameras.length)], state: 'closed', started_at: iso(started_ms),
      ended_at: iso(ended_ms), clip_started_at: iso(started_ms - 5000), clip_ended_at: iso(ended_ms + 5000),
      duration_us: Math.round((ended_ms - started_ms) * 1000), score: random(), area_percent: random() * 8,
      zone: kZones[at % kZones.length], label: kLabels[Math.floor(random() * kLabels.length)], kept: at % 57 === 0,
      reviewed: random() < 0.6, note: at % 90 === 0 ? 'The parcel arrived' : '', close_reason: 'quiet',
      thumbnail_url: `/api/v1/events/${id}/thumbnail.jpg`, clip_url: `/api/v1/events/${id}/clip.mp4`, footage_gone_reason: '' });
  }
  return events;
}

const ms = (text) => (text.startsWith('-') ? Date.now() - parseFloat(text.slice(1)) * (text.endsWith('d') ? kDayMs : 3600000)
  : Date.parse(text));

function fits(event, query) {
  const camera = query.get('camera');
  if (camera && !camera.split(',').includes(event.camera)) return false;
  for (const key of ['zone', 'label']) if (query.get(key) && event[key] !== query.get(key)) return false;
  for (const key of ['kept', 'reviewed']) if (query.get(key) && String(event[key]) !== query.get(key)) return false;
  if (query.get('text') && !event.note.toLowerCase().includes(query.get('text').toLowerCase())) return false;
  const at_ms = Date.parse(event.started_at);
  return !(query.get('from') && at_ms < ms(query.get('from'))) && !(query.get('to') && at_ms >= ms(query.get('to')));
}

export class SyntheticDaemon {
  constructor({ webroot, count = 10000, days = 1, cameras = ['front', 'yard', 'garage', 'street'], offer = null }) {
    this.webroot = webroot;
    this.names = cameras;
    this.now_ms = Date.now();
    this.events = makeEvents({ cameras, count, days, now_ms: this.now_ms - 60000 });
    this.requests = 0;
    this.offer = offer; // of each camera
    this.commands = []; // what control was sent
    this.refusal = ''; // why control fails; empty: it does not
  }

  async listen() {
    this.server = createServer((request, response) => this.#answer(request, response));
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${this.server.address().port}`;
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }

  #answer(request, response) {
    const url = new URL(request.url, 'http://localhost');
    this.requests += 1;
    if (!url.pathname.startsWith('/api/v1/')) return this.#file(url.pathname, response);
    const path = url.pathname.slice('/api/v1'.length);
    if (path === '/stream') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      return response.write(': quiet\n\n');
    }
    if (path.endsWith('thumbnail.jpg') || path.endsWith('snapshot.jpg')) {
      response.writeHead(200, { 'Content-Type': 'image/gif', 'Cache-Control': 'max-age=60' });
      return response.end(kPixel);
    }
    if (path.endsWith('/control')) return this.#control(request, response);
    const value = this.#value(path, url.searchParams);
    response.writeHead(value ? 200 : 404, { 'Content-Type': 'application/json' });
    return response.end(JSON.stringify(value || { error: { code: 'not_found', message: 'not made up', field: '' } }));
  }

  async #control(request, response) {
    let body = '';
    for await (const part of request) body += part;
    this.commands.push(JSON.parse(body));
    response.writeHead(this.refusal ? 502 : 200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(this.refusal ? { error: { code: 'camera_refused', message: this.refusal, field: '' } } : { done: true }));
  }

  #file(path, response) {
    const file = join(this.webroot, normalize(path === '/' ? '/index.html' : path));
    if (!file.startsWith(this.webroot) || !existsSync(file)) {
      response.writeHead(404);
      return response.end();
    }
    response.writeHead(200, { 'Content-Type': kTypes[extname(file)] || 'application/octet-stream' });
    return createReadStream(file).pipe(response);
  }

  #value(path, query) {
    if (path === '/me') return { name: 'admin', role: 'admin' };
    if (path === '/cameras') return { cameras: this.names.map((name) => this.#camera(name)) };
    if (path === '/timeline') return this.#timeline(ms(query.get('from')), ms(query.get('to')));
    if (path === '/events/summary') return this.#summary();
    if (path === '/events') return this.#page(query);
    return null;
  }

  #camera(name) {
    return { name, title: name[0].toUpperCase() + name.slice(1), state: 'disabled', state_since_at: iso(this.now_ms), reason: '', action: '',
      score: 100, consecutive_failures: 0, rung: 'none', worker: {}, counters: {}, viewers: 0, is_recording: false, offer: this.offer };
  }

  #summary() {
    const by = (key) => [...new Set(this.events.map((event) => event[key]).filter(Boolean))]
      .map((name) => ({ name, count: this.events.filter((event) => event[key] === name).length }));
    return { count: this.events.length, by_zone: by('zone'), by_label: by('label'), by_camera: by('camera') };
  }

  #page(query) {
    const limit = Number(query.get('limit') || 50);
    const begin = Number(query.get('cursor') || 0);
    const found = [...this.events].reverse().filter((event) => fits(event, query));
    const next = begin + limit < found.length ? String(begin + limit) : null;
    return { events: found.slice(begin, begin + limit), next_cursor: next };
  }

  #timeline(from_ms, to_ms) {
    const inside = this.events.filter((event) => Date.parse(event.started_at) < to_ms && Date.parse(event.ended_at) > from_ms);
    const bucket_us = inside.length > kListed ? Math.ceil(((to_ms - from_ms) * 1000) / 288) : 0;
    const end_ms = Math.min(to_ms, Date.now());
    const gap_ms = Math.min(end_ms, from_ms + (to_ms - from_ms) * 0.3);
    const cameras = this.names.map((camera, at) => {
      const own = inside.filter((event) => event.camera === camera);
      const back_ms = Math.min(end_ms, gap_ms + (to_ms - from_ms) * 0.02 * (at + 1));
      return { camera, event_count: own.length, recorded_us: 0,
        spans: end_ms > from_ms ? [[from_ms * 1000, gap_ms * 1000], [back_ms * 1000, end_ms * 1000]] : [],
        gaps: end_ms > from_ms ? [[gap_ms * 1000, back_ms * 1000, ['connection_lost', 'host_stall', 'disk_full', 'no_motion'][at % 4]]] : [],
        events: bucket_us ? [] : own.map((event) => ({ ...event, started_at_us: Date.parse(event.started_at) * 1000,
          ended_at_us: Date.parse(event.ended_at) * 1000, has_thumbnail: true, has_footage: true })),
        buckets: bucket_us ? bucketsOf(own, from_ms, bucket_us) : [] };
    });
    return { from_us: from_ms * 1000, to_us: to_ms * 1000, bucket_us, resolution_us: 0, cameras };
  }
}

function bucketsOf(events, from_ms, bucket_us) {
  const buckets = new Map();
  for (const event of events) {
    const number = Math.max(0, Math.floor(((Date.parse(event.started_at) - from_ms) * 1000) / bucket_us));
    const bucket = buckets.get(number) || [from_ms * 1000 + number * bucket_us, 0, 0, 0];
    bucket[1] += 1;
    bucket[2] += event.reviewed ? 0 : 1;
    bucket[3] += event.kept ? 1 : 0;
    buckets.set(number, bucket);
  }
  return [...buckets.values()].sort((a, b) => a[0] - b[0]);
}
