// What an admin can do about a camera: test it, recover it on a rung, switch it off and on, choose what is recorded.
import { html, useState } from '../../ui.js';
import * as api from '../../api.js';
import { Icon } from '../../parts/icons.js';
import { addToast, mergeCamera, noteHealthChange } from '../../state.js';
import { pollNow } from '../../sync.js';
import { kRungs, outcomeWords, switchWords, testWords } from './health_words.js';
import { Steps } from './history_lists.js';

const kTests = 5;
const kModes = [['off', 'Nothing'], ['motion', 'On motion'], ['continuous', 'Always']];

export function CameraActions({ camera }) {
  const [busy, setBusy] = useState(''); // which action runs
  const [rung, setRung] = useState(2);
  const [said, setSaid] = useState(null); // {is_ok, text, steps}
  const act = async (name, call, tell) => {
    setBusy(name);
    setSaid(null);
    const result = await call();
    setBusy('');
    setSaid(result.ok ? tell(result.value) : { is_ok: false, text: result.error.message });
    noteHealthChange(camera.name);
    pollNow();
  };
  const test = () => act('test', () => api.testCamera(camera.name, kTests), testWords);
  const recover = () => act('recover', () => api.recoverCamera(camera.name, rung), recoveryWords);
  const is_enabled = camera.state !== 'disabled';
  const chosen = kRungs.find((one) => one.rung === rung);
  return html`<div class="camera-actions"><h2 class="sub">What you can do</h2>
    <div class="action-row"><button disabled=${busy !== '' || !is_enabled} onClick=${test} data-test="test-camera"><${Icon} of="check" />
        ${busy === 'test' ? 'Testing…' : 'Test'}</button>
      <span class="dim small">Takes ${kTests} pictures and says how long each took.</span></div>
    <div class="action-row"><button disabled=${busy !== '' || !is_enabled} onClick=${recover} data-test="recover-camera"><${Icon} of="refresh" />
        ${busy === 'recover' ? 'Recovering…' : 'Recover'}</button>
      <label class="grow"><span class="away">How far to go</span><select value=${rung} onChange=${(event) => setRung(Number(event.currentTarget.value))}
        data-test="rung">${kRungs.map((one) => html`<option key=${one.rung} value=${one.rung}>${one.rung}. ${one.title}</option>`)}</select></label></div>
    <p class="dim small">${chosen.help}</p>
    <div role="status">${said && html`<p class=${said.is_ok ? 'said' : 'form-error'} data-test="said">${said.text}</p>
      ${said.steps && said.steps.length > 0 && html`<${Steps} steps=${said.steps} />`}`}</div>
    <${Switches} camera=${camera} is_enabled=${is_enabled} /></div>`;
}

/// The answer of a recovery: its outcome and steps; an older daemon only says that it began.
function recoveryWords(value) {
  if (!value || !value.outcome) return { is_ok: true, text: 'Begun; how it went appears among the attempts.' };
  return { is_ok: value.outcome === 'recovered', text: `${outcomeWords(value.outcome).title}.`, steps: value.steps };
}

function Switches({ camera, is_enabled }) {
  const [is_busy, setBusy] = useState(false);
  const change = async (call, part) => {
    setBusy(true);
    const result = await call();
    setBusy(false);
    if (result.ok) mergeCamera({ name: camera.name, ...part });
    else addToast(result.error.message, { kind: 'bad' });
    pollNow();
  };
  const enable = (event) => change(() => api.setEnabled(camera.name, event.currentTarget.checked), {});
  const detect = (event) => {
    const is_detect_on = event.currentTarget.checked;
    return change(() => api.setDetect(camera.name, is_detect_on), { is_detect_on });
  };
  return html`<div class="switches">
    <label class="switch"><input type="checkbox" role="switch" checked=${is_enabled} disabled=${is_busy} onChange=${enable}
      data-test="enable-camera" /><span>Camera on</span></label>
    <label class="switch"><input type="checkbox" role="switch" checked=${camera.is_detect_on} disabled=${is_busy} onChange=${detect} />
      <span>Detect</span></label>
    <div class="group" role="group" aria-label="What is recorded"><span class="dim group-title">Record</span>
      ${kModes.map(([mode, title]) => html`<button key=${mode} class="quiet span" aria-pressed=${camera.record_mode === mode}
        disabled=${is_busy} onClick=${() => change(() => api.setRecordMode(camera.name, mode), { record_mode: mode })}>${title}</button>`)}</div>
    ${(camera.switches || []).map((one) => html`<p key=${one.key} class="dim small" data-test="overrides">${switchWords(one)}</p>`)}
  </div>`;
}
