// Health: how the cameras fare and what is done about it; of one camera in full, of all in short, and of the machine.
import { html, useAppState } from '../../ui.js';
import { CameraState } from '../../parts/camera_state.js';
import { Icon } from '../../parts/icons.js';
import { Notice } from '../../parts/shell.js';
import { routeHash } from '../../router.js';
import { findCamera } from '../../state.js';
import { CameraHealth } from './camera_health.js';
import { CoverageBar } from './coverage_bar.js';
import { knownWindow } from './coverage_plan.js';
import { read, useCoverage, useHealth } from './health_data.js';
import { isOpen } from './incident_plan.js';
import { Score } from './score.js';
import { SystemPart } from './system_part.js';

export function HealthView({ route }) {
  const { cameras } = useAppState();
  if (!cameras.is_loaded) {
    return cameras.error ? html`<${Notice} title="No answer yet" text=${cameras.error.message} />`
      : html`<p class="loading">Loading…</p>`;
  }
  if (!route.id) return html`<${Overview} cameras=${cameras.list} />`;
  const camera = findCamera(route.id);
  return camera ? html`<${CameraHealth} camera=${camera} />`
    : html`<${Notice} title="There is no such camera"><a href=${routeHash('health')}>To all cameras</a></${Notice}>`;
}

function Overview({ cameras }) {
  return html`<div class="page-head"><h1>Health</h1></div>
    <div class="health-grid">${cameras.map((camera) => html`<${HealthCard} key=${camera.name} camera=${camera} />`)}</div>
    ${cameras.length === 0 && html`<p class="dim end">There are no cameras yet.</p>`}
    <${SystemPart} cameras=${cameras} />`;
}

function historyText(incidents, recoveries) {
  if (!incidents && !recoveries) return 'No incident in 24 h';
  const count = (number, one) => `${number} ${one}${number === 1 ? '' : 's'}`;
  return `${count(incidents, 'incident')} and ${count(recoveries, 'recovery attempt')} in 24 h`;
}

function HealthCard({ camera }) {
  const health = read(useHealth(camera, 'day'));
  const coverage = read(useCoverage(camera, 'day'));
  const incidents = (health.value && health.value.incidents) || [];
  const open = incidents.filter(isOpen).length;
  const href = routeHash('health', camera.name);
  return html`<article class="card pad health-card" data-test=${`health-${camera.name}`}>
    <div class="health-head"><h2><a href=${href}>${camera.title || camera.name}</a></h2><${Score} camera=${camera} /></div>
    <${CameraState} camera=${camera} />
    ${coverage.value ? html`<${CoverageBar} coverage=${coverage.value} ...${knownWindow(coverage.value)}
      is_small=${true} name=${camera.name} />` : html`<p class="dim small">${coverage.problem || 'Asking what was recorded…'}</p>`}
    <p class="small">${health.value ? html`${open > 0 && html`<strong class="form-error">${open} open ${open === 1 ? 'incident' : 'incidents'}</strong> · `}
      ${historyText(incidents.length, (health.value.recoveries || []).length)}` : html`<span class="dim">${health.problem}</span>`}
      ${' '}<a href=${href} aria-label=${`Details of ${camera.title || camera.name}`}>Details <${Icon} of="next" /></a></p>
  </article>`;
}
