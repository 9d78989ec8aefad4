// Incidents and recovery attempts as lists for people.
import { html, useNow, useState } from '../../ui.js';
import { clockTimeWithSeconds, momentTitle, parseTime, span } from '../../time.js';
import { faultWords, outcomeWords, rungTitle } from './health_words.js';
import { incidentLengthMs, isOpen, orderIncidents } from './incident_plan.js';

const kFirst = 8;

/// The first of a list, and a button for the rest.
function Shortened({ items, draw, what }) {
  const [is_long, setLong] = useState(false);
  const shown = is_long ? items : items.slice(0, kFirst);
  return html`<ul class="plain history-list">${shown.map(draw)}</ul>
    ${items.length > shown.length && html`<button class="quiet" onClick=${() => setLong(true)}>All ${items.length} ${what}</button>`}`;
}

export function Incidents({ incidents }) {
  const now = useNow(5000);
  if (!incidents.length) return html`<p class="dim">None in this time.</p>`;
  return html`<${Shortened} items=${orderIncidents(incidents)} what="incidents"
    draw=${(incident) => html`<${Incident} key=${incident.started_at} incident=${incident} now=${now} />`} />`;
}

function Incident({ incident, now }) {
  const words = faultWords(incident.issue);
  const length = span(incidentLengthMs(incident, now));
  return html`<li data-test="incident"><p><strong>${words.title}</strong>
      ${isOpen(incident) ? html` <span class="pill bad">Open</span>` : ''}
      ${incident.kind === 'critical' ? html` <span class="pill bad">A person is needed</span>` : ''}</p>
    <p class="dim">${momentTitle(parseTime(incident.started_at), now)}, ${isOpen(incident) ? `for ${length} now` : `lasted ${length}`}${
      incident.failures > 1 ? `, ${incident.failures} failures` : ''}</p>
    ${incident.detail && html`<p class="small detail">${incident.detail}</p>`}</li>`;
}

export function Recoveries({ recoveries }) {
  const now = useNow(10000);
  if (!recoveries.length) return html`<p class="dim">None in this time.</p>`;
  return html`<${Shortened} items=${recoveries} what="attempts"
    draw=${(one, at) => html`<${Recovery} key=${`${one.at}-${at}`} recovery=${one} now=${now} />`} />`;
}

function Recovery({ recovery, now }) {
  const outcome = outcomeWords(recovery.outcome);
  const at_ms = parseTime(recovery.at);
  const steps = recovery.steps || [];
  const title = rungTitle(recovery.rung_name || recovery.rung);
  const cause = recovery.kind ? `, after: ${faultWords(recovery.kind).title.toLowerCase()}` : '';
  return html`<li data-test="recovery"><p><strong>${title}</strong> <span class=${`pill ${outcome.tone}`}>${outcome.title}</span></p>
    <p class="dim"><span title=${clockTimeWithSeconds(at_ms)}>${momentTitle(at_ms, now)}</span>, took ${
      recovery.duration_us < 1e6 ? `${Math.round(recovery.duration_us / 1000)} ms` : span(recovery.duration_us / 1000)}${cause}</p>
    ${steps.length > 0 && html`<${Steps} steps=${steps} />`}</li>`;
}

export function Steps({ steps }) {
  return html`<details class="steps"><summary>${steps.length} ${steps.length === 1 ? 'step' : 'steps'}</summary>
    <ol class="small">${steps.map((step, at) => html`<li key=${at}>${typeof step === 'string' ? step : JSON.stringify(step)}</li>`)}</ol></details>`;
}
