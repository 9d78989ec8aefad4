// Saves a range of time: one camera as one MP4, or several as an evidence pack.
import { html, useAppState, useEffect, useRef, useState } from '../../ui.js';
import * as api from '../../api.js';
import { Icon } from '../../parts/icons.js';
import { addToast } from '../../state.js';
import { clockTimeWithSeconds, parseTime, shortDay, span } from '../../time.js';
import { editedField, exportFault, fieldsOf } from './export_plan.js';

/// `range` = {from_ms, to_ms, cameras}; no cameras means all.
export function ExportDialog({ range, close }) {
  const { cameras } = useAppState();
  const dialog = useRef(null);
  const [{ from, to }, setFields] = useState(() => fieldsOf(range, Date.now()));
  const [chosen, setChosen] = useState(new Set(range.cameras && range.cameras.length ? range.cameras
    : cameras.list.map((camera) => camera.name)));
  const [kind, setKind] = useState(chosen.size === 1 ? 'video' : 'evidence');
  const [note, setNote] = useState('');
  const [problem, setProblem] = useState(null);
  const [is_busy, setBusy] = useState(false);
  useEffect(() => {
    dialog.current.showModal();
  }, []);

  const wanted = { from_ms: from.at_ms, to_ms: to.at_ms, cameras: [...chosen], kind };
  const fault = exportFault(wanted, Date.now());
  const submit = async (event) => {
    event.preventDefault();
    if (fault) return;
    setBusy(true);
    const failed = kind === 'video' ? await saveVideos(wanted) : saveEvidence(wanted, note);
    setBusy(false);
    if (failed) setProblem(failed);
    else close();
  };
  const chooseKind = (next) => {
    setKind(next);
    if (next === 'video' && chosen.size > 1) setChosen(new Set([...chosen].slice(0, 1)));
  };
  const toggle = (name) => {
    const next = new Set(kind === 'video' ? [] : chosen);
    if (!chosen.has(name) || kind === 'video') next.add(name);
    else next.delete(name);
    setChosen(next);
  };
  return html`<dialog ref=${dialog} class="dialog card" onClose=${close} aria-labelledby="export-title" data-test="export-dialog">
    <form class="dialog-form" onSubmit=${submit}><div class="page-head"><h2 id="export-title" class="grow">Export</h2>
        <button type="button" class="quiet icon-only" onClick=${close} aria-label="Close"><${Icon} of="close" /></button></div>
      <fieldset class="kinds"><legend class="away">What to save</legend>
        <${Kind} value="video" kind=${kind} set=${chooseKind} title="Video" text="One camera as one MP4, not encoded again" />
        <${Kind} value="evidence" kind=${kind} set=${chooseKind} title="Evidence pack"
          text="Clips of several cameras as a zip, with hashes and a statement of gaps and of the clock" /></fieldset>
      <div class="two"><label>From<input type="datetime-local" step="1" value=${from.text}
          onInput=${(e) => setFields({ from: editedField(e.currentTarget.value), to })} /></label>
        <label>To<input type="datetime-local" step="1" value=${to.text}
          onInput=${(e) => setFields({ from, to: editedField(e.currentTarget.value, from.at_ms) })} /></label></div>
      <fieldset class="choices"><legend>${kind === 'video' ? 'Camera' : 'Cameras'}</legend>
        ${cameras.list.map((camera) => html`<label key=${camera.name} class="choice"><input type=${kind === 'video' ? 'radio' : 'checkbox'}
          name="camera" checked=${chosen.has(camera.name)} onChange=${() => toggle(camera.name)} />${camera.title || camera.name}</label>`)}
      </fieldset>
      ${kind === 'evidence' && html`<label>Note for the pack<textarea rows="2" maxlength="2000" value=${note}
        onInput=${(e) => setNote(e.currentTarget.value)}></textarea></label>`}
      <p class=${fault ? 'form-error' : 'dim'} role="status">${fault || `${span(wanted.to_ms - wanted.from_ms)} of footage`}</p>
      ${problem && html`<${Problem} problem=${problem} camera=${wanted.cameras[0]} />`}
      <div class="actions"><button class="primary" type="submit" disabled=${is_busy || Boolean(fault)} data-test="export-save">
        <${Icon} of="download" />${is_busy ? 'Preparing…' : 'Save'}</button>
        <button type="button" onClick=${close}>Cancel</button></div></form></dialog>`;
}

function Kind({ value, kind, set, title, text }) {
  return html`<label class=${`kind ${kind === value ? 'is-on' : ''}`}><input type="radio" name="kind" value=${value}
    checked=${kind === value} onChange=${() => set(value)} /><span><strong>${title}</strong><span class="dim small">${text}</span></span></label>`;
}

function save(url) {
  const link = document.createElement('a');
  link.href = url;
  link.download = '';
  document.body.append(link);
  link.click();
  link.remove();
}

const iso = (at_ms) => new Date(at_ms).toISOString();

/// Null when it was handed to the browser, else the daemon's error.
async function saveVideos({ cameras, from_ms, to_ms }) {
  const url = api.exportUrl(cameras[0], iso(from_ms), iso(to_ms), true);
  const result = await api.fileProblem(url);
  if (!result.ok) return result.error;
  save(url);
  addToast('The video is being saved.');
  return null;
}

function saveEvidence({ cameras, from_ms, to_ms }, note) {
  save(api.evidenceUrl(cameras, iso(from_ms), iso(to_ms), note.trim()));
  addToast('The evidence pack is being saved.');
  return null;
}

function Problem({ problem, camera }) {
  if (!problem.parts.length) return html`<p class="form-error" role="alert">${problem.message}</p>`;
  return html`<div role="alert"><p>${problem.message}</p><ul class="plain parts">${problem.parts.map((part) => html`<li key=${part.from_at}>
    <a class="button" href=${api.exportUrl(camera, part.from_at, part.to_at, true)} download=""><${Icon} of="download" />
      ${shortDay(parseTime(part.from_at))}, ${clockTimeWithSeconds(parseTime(part.from_at))} – ${
        clockTimeWithSeconds(parseTime(part.to_at))}</a></li>`)}</ul></div>`;
}
