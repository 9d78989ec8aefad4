// The newest lines of the structured log, with filters; asked again while one looks.
import { html, useAnswer, useNow, useState } from '../../ui.js';
import * as api from '../../api.js';
import { clockTimeWithSeconds, dayKey, parseTime, shortDay } from '../../time.js';
import { read } from './health_data.js';
import { hasWords, logLook } from './system_plan.js';

const kRefreshMs = 5000;
const kLines = 300;

export function LogTail({ cameras }) {
  const [camera, setCamera] = useState('');
  const [errors, setErrors] = useState(false);
  const [typed, setTyped] = useState('');
  const now = useNow(30000);
  const answer = read(useAnswer(() => api.logs({ since: '-24h', camera, errors: errors ? 'true' : '', limit: kLines }),
    [camera, errors], kRefreshMs));
  const lines = ((answer.value && answer.value.lines) || []).filter((line) => hasWords(line, typed)).reverse();
  const stalls = lines.filter((line) => line.code === 'HOST_STALL').length;
  return html`<section class="card pad wide log-card"><div class="health-head"><h2>Log</h2>
      <span class="dim small">${stalls > 0 ? `${stalls} stalls of the machine in 24 h` : 'No stall of the machine in 24 h'}</span></div>
    <div class="log-filters">
      <button class="chip" aria-pressed=${errors} onClick=${() => setErrors(!errors)} data-test="log-errors">Only trouble</button>
      <label><span class="away">Camera</span><select value=${camera} onChange=${(event) => setCamera(event.currentTarget.value)}>
        <option value="">All cameras</option>${cameras.map((one) => html`<option key=${one.name} value=${one.name}>${one.title || one.name}</option>`)}
      </select></label>
      <label class="grow"><span class="away">Words in the log</span><input type="search" placeholder="Search the log" value=${typed}
        onInput=${(event) => setTyped(event.currentTarget.value)} /></label></div>
    ${answer.problem && html`<p class="dim">${answer.problem}</p>`}
    ${answer.value && lines.length === 0 && html`<p class="dim">Nothing was written.</p>`}
    <ol class="plain log" tabindex="0" aria-label="Log, newest first" data-test="log">${lines.map((line) => html`<${Line} key=${line.at + line.text} line=${line} now=${now} />`)}</ol>
  </section>`;
}

function Line({ line, now }) {
  const at_ms = parseTime(line.at);
  const { tone, mark } = logLook(line);
  const day = dayKey(at_ms) === dayKey(now) ? '' : `${shortDay(at_ms)} `;
  return html`<li><time class="dim">${day}${clockTimeWithSeconds(at_ms)}</time>
    ${mark && html`<span class=${`pill ${tone}`}>${mark}</span>`}<span><span class="dim">${line.camera || line.component}</span> ${line.text}</span></li>`;
}
