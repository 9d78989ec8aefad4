// State, since when, why, and what is being done about it: the four lines every camera shows.
import { html, useAppState, useNow } from '../ui.js';
import { sinceText, stateWords } from './camera_words.js';

export function StatePill({ state }) {
  const { link } = useAppState();
  const words = stateWords(state);
  if (!link.is_up) return html`<span class="pill" data-test="state">Last heard: ${words.title}</span>`;
  return html`<span class=${`pill ${words.tone}`} data-test="state">${words.title}</span>`;
}

export function CameraState({ camera }) {
  const now = useNow(5000);
  return html`<div class="camera-state">
    <p class="state-line"><${StatePill} state=${camera.state} /> <span class="dim">${sinceText(camera.state_since_at, now)}</span>
      ${camera.is_recording && html`<span class="pill rec"><span class="dot" aria-hidden="true"></span>Recording</span>`}
      ${camera.active_event && html`<span class="pill motion">Motion</span>`}</p>
    ${camera.reason && html`<p><span class="dim">Why:</span> ${camera.reason}</p>`}
    ${camera.action && html`<p><span class="dim">Being done:</span> ${camera.action}</p>`}
  </div>`;
}
