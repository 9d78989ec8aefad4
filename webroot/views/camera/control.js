// What the camera offers beside its pictures: only what it offers is shown, and only to who may tell it something.
import { html, useState } from '../../ui.js';
import { controlCamera } from '../../api.js';
import { Icon } from '../../parts/icons.js';
import { isAdmin } from '../../session.js';
import { addToast } from '../../state.js';
import { pollNow } from '../../sync.js';
import { clockWords, hasControls, isClockOff, itemTitle, offers } from './control_words.js';
import { ControlPad } from './control_pad.js';

export function CameraControl({ camera }) {
  const [is_busy, setBusy] = useState(false);
  if (!isAdmin() || !hasControls(camera)) return null;
  const { offer } = camera;
  const tell = async (command, done) => {
    setBusy(true);
    const result = await controlCamera(camera.name, command);
    setBusy(false);
    addToast(result.ok ? done : result.error.message, result.ok ? {} : { kind: 'bad' });
    pollNow();
    return result.ok;
  };
  const parts = { camera, offer, tell, is_busy };
  return html`<section class="card pad camera-control"><h2>Control</h2>
    ${offer.description && html`<p class="dim">${offer.description}</p>`}
    ${!offer.is_there && html`<p class="refusal">It does not answer now${offer.problem ? `: ${offer.problem}` : '.'}</p>`}
    ${offers(camera, 'move') && html`<${ControlPad} key=${camera.name} camera=${camera} />`}
    <${Presets} ...${parts} /><${Outputs} ...${parts} /><${Infrared} ...${parts} /><${Clock} ...${parts} />
    ${offer.advice && html`<details class="advice" open><summary>Advice</summary><p>${offer.advice}</p></details>`}
    ${offers(camera, 'restart') && html`<div class="actions"><${Twice} title="Restart the camera" sure="Really restart it?" of="power"
      is_busy=${is_busy} onClick=${() => tell({ action: 'restart' }, 'The camera restarts.')} /></div>`}
  </section>`;
}

function Presets({ camera, offer, tell, is_busy }) {
  const can_save = offers(camera, 'save_preset');
  if (!offers(camera, 'go_to_preset') && !can_save) return null;
  return html`<h3>Places</h3>
    ${offer.presets.length > 0 ? html`<ul class="plain control-rows">${offer.presets.map((item) => html`<li key=${item.token}>
      <span>${itemTitle(item)}</span>
      ${offers(camera, 'go_to_preset') && html`<button disabled=${is_busy} aria-label=${`Move to ${itemTitle(item)}`}
        onClick=${() => tell({ action: 'go_to_preset', token: item.token }, `It moves to ${itemTitle(item)}.`)}>Go</button>`}
      ${offers(camera, 'remove_preset') && html`<${Twice} title="" label=${`Remove ${itemTitle(item)}`} sure="Remove?" of="trash" is_busy=${is_busy}
        onClick=${() => tell({ action: 'remove_preset', token: item.token }, `${itemTitle(item)} is removed.`)} />`}
    </li>`)}</ul>` : html`<p class="dim">It has no places yet.</p>`}
    ${can_save && html`<${SavePreset} tell=${tell} is_busy=${is_busy} />`}`;
}

function SavePreset({ tell, is_busy }) {
  const [name, setName] = useState('');
  const save = async (event) => {
    event.preventDefault();
    if (await tell({ action: 'save_preset', name: name.trim() }, `Where it looks now is ${name.trim()}.`)) setName('');
  };
  return html`<form class="control-save" onSubmit=${save}><label>Where it looks now, as
    <input value=${name} maxlength="32" onInput=${(event) => setName(event.currentTarget.value)} /></label>
    <button disabled=${is_busy || !name.trim()}><${Icon} of="plus" />Save</button></form>`;
}

function Outputs({ camera, offer, tell, is_busy }) {
  if (!offers(camera, 'set_output') || offer.outputs.length === 0) return null;
  const set = (item, is_on) => tell({ action: 'set_output', token: item.token, is_on }, `${itemTitle(item)} is ${is_on ? 'on' : 'off'}.`);
  return html`<h3>Outputs</h3><ul class="plain control-rows">${offer.outputs.map((item) => html`<li key=${item.token}>
    <label class="switch"><input type="checkbox" role="switch" checked=${item.is_on} disabled=${is_busy}
      onChange=${(event) => set(item, event.currentTarget.checked)} /><span>${itemTitle(item)}</span></label></li>`)}</ul>`;
}

const kInfrared = [['auto', 'By itself'], ['on', 'On'], ['off', 'Off']];

function Infrared({ camera, offer, tell, is_busy }) {
  if (!offers(camera, 'set_infrared')) return null;
  return html`<h3>Infrared light</h3><div class="actions" role="group" aria-label="Infrared light">${kInfrared.map(([token, title]) => html`
    <button key=${token} disabled=${is_busy} aria-pressed=${offer.infrared === token}
      onClick=${() => tell({ action: 'set_infrared', token }, 'The camera has taken it.')}>${title}</button>`)}</div>`;
}

function Clock({ camera, offer, tell, is_busy }) {
  const words = clockWords(offer);
  if (!words) return null;
  return html`<h3>Clock</h3><div class="control-clock"><span>${words === 'right' ? 'Its clock is right.' : `Its clock is ${words}.`}</span>
    ${offers(camera, 'set_time') && isClockOff(offer) && html`<button disabled=${is_busy}
      onClick=${() => tell({ action: 'set_time' }, 'Its clock is set.')}><${Icon} of="clock" />Set time</button>`}</div>`;
}

/// A button that asks once more before it does what cannot be undone.
function Twice({ title, label, sure, of, is_busy, onClick }) {
  const [is_sure, setSure] = useState(false);
  const click = () => {
    if (is_sure) onClick();
    setSure(!is_sure);
  };
  return html`<button type="button" class=${is_sure ? 'danger' : ''} disabled=${is_busy} aria-label=${is_sure ? undefined : label} onBlur=${() => setSure(false)}
    onClick=${click}><${Icon} of=${of} />${is_sure ? sure : title}</button>`;
}
