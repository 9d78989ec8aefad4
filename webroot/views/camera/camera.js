// One camera: the picture as large as the screen allows, what is known of it, and its switches.
import { html, useAppState, useNow, useRef, useState } from '../../ui.js';
import * as api from '../../api.js';
import { CameraState } from '../../parts/camera_state.js';
import { scoreWords } from '../../parts/camera_words.js';
import { Icon } from '../../parts/icons.js';
import { LivePicture } from '../../parts/live_picture.js';
import { cameraAgeMs, isAge } from '../../parts/picture_age.js';
import { Notice } from '../../parts/shell.js';
import { routeHash } from '../../router.js';
import { isAdmin } from '../../session.js';
import { addToast, findCamera, mergeCamera } from '../../state.js';
import { pollNow } from '../../sync.js';
import { bytesTitle, span } from '../../time.js';
import { CameraControl } from './control.js';
import { HealthStrip } from './health_strip.js';

export function CameraView({ route }) {
  const { cameras } = useAppState();
  const stage = useRef(null);
  const camera = findCamera(route.id);
  if (!camera) {
    return cameras.is_loaded
      ? html`<${Notice} title="There is no such camera"><a href=${routeHash('cameras')}>To the cameras</a></${Notice}>`
      : html`<p class="loading">Loading…</p>`;
  }
  return html`<div class="camera-view">
    <div class="page-head"><a class="button quiet icon-only" href=${routeHash('cameras')} aria-label="Back to all cameras">
      <${Icon} of="back" /></a><h1>${camera.title || camera.name}</h1></div>
    <div class="stage" ref=${stage}>
      <${LivePicture} camera=${camera} is_eager=${true}><button class="on-picture icon-only"
        onClick=${() => toggleFullscreen(stage.current)} aria-label="Full screen" title="Full screen"><${Icon} of="full" /></button></${LivePicture}>
    </div>
    <div class="columns">
      <section class="card pad"><h2 class="away">State</h2><${CameraState} camera=${camera} />
        <${Actions} camera=${camera} /></section>
      <${CameraControl} camera=${camera} />
      <section class="card pad"><div class="health-head"><h2>Health</h2>
        <a href=${routeHash('health', camera.name)}>In full</a></div><${HealthStrip} camera=${camera} /><${Facts} camera=${camera} /></section>
    </div>
  </div>`;
}

function toggleFullscreen(element) {
  if (document.fullscreenElement) document.exitFullscreen();
  else if (element.requestFullscreen) element.requestFullscreen().catch(() => addToast('Full screen was refused.'));
  else addToast('This browser has no full screen here.');
}

function Actions({ camera }) {
  const [is_busy, setBusy] = useState(false);
  const act = async (call, done) => {
    setBusy(true);
    const result = await call();
    setBusy(false);
    if (result.ok) done(result.value);
    else addToast(result.error.message, { kind: 'bad' });
    pollNow();
  };
  const setDetect = (enabled) => act(() => api.setDetect(camera.name, enabled), () => {
    mergeCamera({ name: camera.name, is_detect_on: enabled });
    addToast(enabled ? 'Detection is on.' : 'Detection is off.');
  });
  const recover = () => act(() => api.recoverCamera(camera.name, 2), () => addToast('Restarting the stream.'));
  return html`<div class="actions">
    ${isAdmin() ? html`
      <label class="switch"><input type="checkbox" role="switch" checked=${camera.is_detect_on} disabled=${is_busy}
        onChange=${(event) => setDetect(event.currentTarget.checked)} /><span>Detect</span></label>
      <button disabled=${is_busy} onClick=${recover}><${Icon} of="refresh" />Restart stream</button>`
    : html`<p class="dim">Detection is ${camera.is_detect_on ? 'on' : 'off'}.</p>`}
    <a class="button" href=${api.snapshotUrl(camera.name)} download=${`${camera.name}.jpg`}>
      <${Icon} of="download" />Still</a>
    <a class="button" href=${routeHash('events', '', { camera: camera.name })}><${Icon} of="events" />Events</a>
  </div>`;
}

const kRecordModes = { off: 'never', motion: 'on motion', continuous: 'always' };

function Facts({ camera }) {
  const now = useNow();
  const worker = camera.worker || {};
  const age_ms = cameraAgeMs(camera, now);
  const picture = camera.width_px > 0 ? `${camera.width_px} × ${camera.height_px}` : '';
  const rate = camera.rate_hz > 0 ? `${camera.rate_hz.toFixed(1)} pictures/s` : '';
  const score = scoreWords(camera.score);
  const facts = [
    ['Score', `${camera.score} (${score.title})`],
    ['Failures in a row', camera.consecutive_failures],
    ['Recovery', camera.rung && camera.rung !== 'none' ? camera.rung.replaceAll('_', ' ') : 'none running'],
    ['Newest picture', age_ms === null ? 'never' : `${span(age_ms)} old`],
    ['Last on disk', isAge(camera.durable_age_us) ? `${span(camera.durable_age_us / 1000)} ago` : 'not recording'],
    ['Video', [camera.codec, picture, rate].filter(Boolean).join(', ') || 'unknown'],
    ['Source', camera.source || 'unknown'],
    ['Records', kRecordModes[camera.record_mode] || camera.record_mode || 'unknown'],
    ['Watching now', camera.viewers ?? 0],
    ['Worker', worker.pid ? `pid ${worker.pid}, ${bytesTitle(worker.rss_bytes)}, ${(worker.cpu_percent || 0).toFixed(0)} % CPU, started ${
      worker.starts} ${worker.starts === 1 ? 'time' : 'times'}` : 'not running'],
  ];
  const counters = Object.entries(camera.counters || {});
  return html`<dl class="facts">${facts.map(([key, value]) => html`<div key=${key}><dt>${key}</dt><dd>${value}</dd></div>`)}</dl>
    ${counters.length > 0 && html`<details><summary>Counters</summary><dl class="facts">
      ${counters.map(([key, value]) => html`<div key=${key}><dt>${key.replaceAll('_', ' ')}</dt>
        <dd>${String(value)}</dd></div>`)}</dl></details>`}`;
}
