// One camera's health in full: now, the score, what was recorded, incidents, recoveries, faults, and what an owner can do.
import { html, useNow, useState } from '../../ui.js';
import { CameraState } from '../../parts/camera_state.js';
import { Icon } from '../../parts/icons.js';
import { cameraAgeMs, isAge } from '../../parts/picture_age.js';
import { routeHash } from '../../router.js';
import { isAdmin } from '../../session.js';
import { bytesTitle, parseTime, span } from '../../time.js';
import { CameraActions } from './camera_actions.js';
import { CoverageBar } from './coverage_bar.js';
import { read, useCoverage, useHealth } from './health_data.js';
import { faultCounts, faultWords, rungTitle } from './health_words.js';
import { Incidents, Recoveries } from './history_lists.js';
import { Score } from './score.js';
import { ScorePlot } from './score_plot.js';

export function CameraHealth({ camera }) {
  const [window, setWindow] = useState('day');
  const health = read(useHealth(camera, window));
  const coverage = read(useCoverage(camera, window));
  return html`<div class="page-head"><a class="button quiet icon-only" href=${routeHash('health')} aria-label="Back to the health of all cameras">
      <${Icon} of="back" /></a><h1 class="grow">${camera.title || camera.name}</h1>
      <a class="button quiet" href=${routeHash('camera', camera.name)}><${Icon} of="cameras" /><span>Live</span></a></div>
    <div class="health-detail">
      <section class="card pad"><div class="health-head"><h2>Now</h2><${Score} camera=${camera} /></div>
        <${CameraState} camera=${camera} /><${NowFacts} camera=${camera} />
        ${isAdmin() && html`<${CameraActions} camera=${camera} />`}</section>
      <div class="stack"><section class="card pad"><div class="health-head"><h2>Score</h2><${Windows} window=${window} set=${setWindow} /></div>
        <${Part} part=${health}>${(value) => html`<${ScorePlot} samples=${value.samples || []} from_ms=${value.from_ms} to_ms=${value.to_ms} />`}</${Part}>
        <h2 class="sub">Recorded</h2>
        <${Part} part=${coverage}>${(value) => html`<${CoverageBar} coverage=${value} from_ms=${value.from_ms} to_ms=${value.to_ms}
          name=${camera.name} />`}</${Part}></section>
      <div class="columns health-columns"><section class="card pad"><h2>Incidents</h2><${Part} part=${health}>${(value) => html`<${Incidents} incidents=${value.incidents || []} />`}</${Part}></section>
      <section class="card pad"><h2>Recovery attempts</h2><${Part} part=${health}>${(value) => html`<${Recoveries} recoveries=${value.recoveries || []} />`}</${Part}></section>
      <section class="card pad"><h2>Faults since the start</h2><${Faults} camera=${camera} /></section></div></div>
    </div>`;
}

function Part({ part, children }) {
  if (part.value) return html`${children(part.value)}${part.problem && html`<p class="form-error small">${part.problem}</p>`}`;
  return html`<p class="dim">${part.problem || 'Loading…'}</p>`;
}

function Windows({ window, set }) {
  const one = (name, title) => html`<button class="quiet span" aria-pressed=${window === name} onClick=${() => set(name)}>${title}</button>`;
  return html`<div class="group" role="group" aria-label="How far back">${one('hour', '1 h')}${one('day', '24 h')}${one('week', '7 days')}</div>`;
}

/// "54 MiB of 160 MiB"
function ofLimit(text, limit_text) {
  return limit_text ? `${text} of ${limit_text}` : text;
}

function nextAttempt({ next_attempt_at }, now_ms) {
  const at_ms = parseTime(next_attempt_at);
  if (Number.isNaN(at_ms)) return '';
  return at_ms > now_ms ? `in ${span(at_ms - now_ms + 500)}` : 'now';
}

function NowFacts({ camera }) {
  const now = useNow();
  const worker = camera.worker || {};
  const age_ms = cameraAgeMs(camera, now);
  const memory_max = worker.memory_max_bytes || worker.max_rss_bytes;
  const facts = [
    ['Newest picture', age_ms === null ? 'never' : `${span(age_ms)} old`],
    ['Last on disk', isAge(camera.durable_age_us) ? `${span(camera.durable_age_us / 1000)} ago` : 'not recording'],
    ['Black for', isAge(camera.black_age_us) ? span(camera.black_age_us / 1000) : ''],
    ['Rate', camera.rate_hz > 0 ? `${camera.rate_hz.toFixed(1)} pictures/s` : 'no pictures'],
    ['Fault', camera.kind ? faultWords(camera.kind).title : ''],
    ['Failures in a row', camera.consecutive_failures],
    ['Recovery', rungTitle(camera.rung) || 'none needed'],
    ['Next attempt', nextAttempt(camera, now)],
    ['Memory', worker.pid ? ofLimit(bytesTitle(worker.rss_bytes), memory_max > 0 && bytesTitle(memory_max)) : ''],
    ['CPU', worker.pid ? `${(worker.cpu_percent || 0).toFixed(0)} % of a core` : ''],
    ['Open files', worker.descriptors > 0 ? ofLimit(String(worker.descriptors), worker.descriptors_max) : ''],
    ['Process', worker.pid ? `number ${worker.pid}, started ${worker.starts} ${worker.starts === 1 ? 'time' : 'times'}` : 'not running'],
  ].filter(([, value]) => value !== '' && value !== undefined);
  return html`<dl class="facts now-facts">${facts.map(([key, value]) => html`<div key=${key}><dt>${key}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function Faults({ camera }) {
  const counts = faultCounts(camera.faults);
  if (!camera.faults) return html`<p class="dim">This daemon does not tell it yet.</p>`;
  if (!counts.length) return html`<p class="dim">None since Porchlight started.</p>`;
  return html`<ul class="plain fault-list">${counts.map(({ kind, count }) => html`<li key=${kind}><span class="grow">
      <strong>${faultWords(kind).title}</strong><span class="dim small">${faultWords(kind).help}</span></span><span>${count} ×</span></li>`)}</ul>`;
}
