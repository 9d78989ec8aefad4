// The machine: disk, memory, what was dropped, plugins, stalls of the host, and the log.
import { html, useAppState, useAnswer } from '../../ui.js';
import * as api from '../../api.js';
import { isAdmin } from '../../session.js';
import { routeHash } from '../../router.js';
import { bytesTitle } from '../../time.js';
import { factsOf } from '../system/facts.js';
import { read } from './health_data.js';
import { storageFacts, writtenByPurpose } from './disk_plan.js';
import { LogTail } from './log_tail.js';
import { dropsOf, memoryShares, storageShares } from './system_plan.js';

const kRefreshMs = 10000;

export function SystemPart({ cameras }) {
  const { storage } = useAppState();
  const system = read(useAnswer(api.system, [], kRefreshMs));
  const plugins = read(useAnswer(api.plugins));
  const report = system.value || {};
  return html`<h2 class="part">This machine</h2>
    ${(report.problems || []).length > 0 && html`<ul class="plain problems" role="alert">${report.problems.map((text) => html`<li key=${text}>${text}</li>`)}</ul>`}
    ${system.problem && html`<p class="form-error">${system.problem}</p>`}
    <div class="columns health-columns">
      <${Disk} storage=${{ ...report.storage, ...storage }} />
      <${Memory} memory=${report.memory || {}} cameras=${cameras} />
      <${Drops} report=${report} cameras=${cameras} />
      <${Plugins} list=${(plugins.value && plugins.value.plugins) || []} />
      ${isAdmin() && html`<${LogTail} cameras=${cameras} />`}
    </div>`;
}

/// Parts of a whole as one bar with its legend.
function Meter({ label, shares }) {
  return html`<div class="meter" role="img" aria-label=${`${label}: ${shares.map(({ title, bytes }) => `${title} ${bytesTitle(bytes)}`).join(', ')}`}>
    ${shares.map(({ title, share, tone }) => html`<span key=${title} class=${tone} style=${{ width: `${share * 100}%` }}></span>`)}</div>
    <ul class="plain sums">${shares.map(({ title, bytes, tone }) => html`<li key=${title}><span class=${`swatch ${tone}`}></span>
      <span class="grow">${title}</span><span>${bytesTitle(bytes)}</span></li>`)}</ul>`;
}

const rest = (object, known) => Object.fromEntries(Object.entries(object).filter(([key]) => !known.includes(key)));

function Disk({ storage }) {
  const is_volume = storage.volume_total_bytes > 0; // footage may lie on a disk of its own
  const shares = storageShares(is_volume ? { ...storage, total_bytes: storage.volume_total_bytes, free_bytes: storage.volume_free_bytes } : storage);
  const written = writtenByPurpose(storage.written, Date.now());
  return html`<section class="card pad" data-test="disk"><h2>Disk</h2>${shares.length ? html`<${Meter} label="Disk" shares=${shares} />`
    : html`<p class="dim">Not told.</p>`}<${Facts} facts=${storageFacts(storage)} />
    ${written.length > 0 && html`<table class="written"><caption>Written</caption><thead><tr><th scope="col">For</th><th scope="col">Today</th>
      <th scope="col">A day</th><th scope="col">Syncs today</th></tr></thead><tbody>${written.map((row) => html`<tr key=${row.title}>
      <th scope="row">${row.title}</th><td>${bytesTitle(row.today_bytes)}</td><td>${row.mean_bytes === null ? '–' : bytesTitle(row.mean_bytes)}</td>
      <td>${row.today_syncs}</td></tr>`)}</tbody></table>`}</section>`;
}

function Memory({ memory, cameras }) {
  const shares = memoryShares(memory, cameras);
  return html`<section class="card pad"><h2>Memory</h2>${shares.length ? html`<${Meter} label="Memory" shares=${shares} />`
    : html`<p class="dim">Not told.</p>`}
    <${Facts} facts=${factsOf(rest(memory, ['total_bytes', 'available_bytes', 'core_rss_bytes']), Date.now())} /></section>`;
}

function Drops({ report, cameras }) {
  const drops = dropsOf(report, cameras);
  return html`<section class="card pad"><h2>Dropped under load</h2>
    ${drops.length === 0 ? html`<p class="dim">Nothing was dropped since Porchlight started.</p>`
      : html`<ul class="plain sums">${drops.map(({ who, what, count }) => html`<li key=${who + what}><span class="grow"><strong>${who}</strong> ${what}</span>
        <span>${count}</span></li>`)}</ul>`}
    <${Facts} facts=${factsOf(report.queues || {}, Date.now())} /></section>`;
}

function Facts({ facts }) {
  if (!facts.length) return null;
  return html`<dl class="facts more-facts">${facts.map(([key, value]) => html`<div key=${key}><dt>${key}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function Plugins({ list }) {
  const refused = list.filter((plugin) => plugin.reason);
  return html`<section class="card pad"><h2>Plugins</h2><p>${list.length - refused.length} loaded${refused.length
    ? html`, <strong class="form-error">${refused.length} refused</strong>` : ', none refused'}.
    ${' '}<a href=${routeHash('system')}>All of them</a></p>
    ${refused.map((plugin) => html`<p key=${plugin.file} class="refusal">${plugin.name || plugin.file}: ${plugin.reason}</p>`)}</section>`;
}
