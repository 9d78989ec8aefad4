// Who is told of events: what waits for each, what was given up and why; tried again, dropped, tested.
import { html, useAnswer, useState } from '../../ui.js';
import * as api from '../../api.js';
import { momentTitle, parseTime } from '../../time.js';
import { targetWords, trialWords } from './alerts_plan.js';

const kRefreshMs = 10000;

export function Alerts() {
  const [count, setCount] = useState(0);
  const [said, setSaid] = useState('');
  const result = useAnswer(() => api.alerts({ limit: 200 }), [count], kRefreshMs);
  const { targets = [], alerts = [] } = (result && result.ok && result.value) || {};
  const dead = alerts.filter(({ state }) => state === 'dead');
  const run = async (call, words) => {
    const answer = await call();
    setSaid(answer.ok ? words(answer.value) : answer.error.message);
    setCount((before) => before + 1);
  };
  const retry = (choice) => run(() => api.retryAlerts(choice), ({ changed }) => `${changed} tried again.`);
  const drop = (choice) => run(() => api.dropAlerts(choice), ({ changed }) => `${changed} dropped.`);
  return html`<section class="card pad" data-test="alerts"><h2>Alerts</h2>
    ${!result ? html`<p class="loading">Loading…</p>` : !result.ok ? html`<p class="form-error">${result.error.message}</p>` : null}
    ${result && result.ok && targets.length === 0 && html`<p class="dim">Nobody is told: no alert plugin is configured.</p>`}
    <ul class="plain">${targets.map((target) => html`<li key=${target.name}><p><strong>${target.name}</strong> <span class="dim">${targetWords(target)}</span>
      ${' '}<button type="button" onClick=${() => run(() => api.testAlert(target.name), trialWords)}>Send a test</button></p></li>`)}</ul>
    ${said && html`<p role="status">${said}</p>`}
    ${dead.length > 0 && html`<p><button type="button" onClick=${() => retry({ dead: true })}>Try all again</button>
      ${' '}<button type="button" onClick=${() => drop({ dead: true })}>Drop all</button></p>
      <ul class="plain">${dead.map((alert) => html`<li key=${alert.target + alert.id}><p>${momentTitle(parseTime(alert.at), Date.now())} ${alert.camera}
        ${alert.kind === 'event_end' ? ' (end)' : ''} <span class="dim">for ${alert.target}: ${alert.reason}</span>
        ${' '}<button type="button" onClick=${() => retry({ ids: [alert.id], target: alert.target })}>Try again</button>
        ${' '}<button type="button" onClick=${() => drop({ ids: [alert.id], target: alert.target })}>Drop</button></p></li>`)}</ul>`}
  </section>`;
}
