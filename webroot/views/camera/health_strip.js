// One line for the last 24 hours: green where the camera delivered, and what it was where it did not.
import { html, useEffect, useState } from '../../ui.js';
import { cameraHealth } from '../../api.js';
import { momentTitle } from '../../time.js';
import { faultWords } from '../health/health_words.js';
import { planStrip, sampleMs } from './health_plan.js';

const kWindowMs = 24 * 3600 * 1000;
const kAskMs = 7 * 24 * 3600 * 1000; // changes only are stored: the state at the left edge may be days old
const kRefreshMs = 60000;

export function HealthStrip({ camera }) {
  const [health, setHealth] = useState(null);
  useEffect(() => {
    let is_current = true;
    const load = async () => {
      const to_ms = Date.now();
      const from_ms = to_ms - kWindowMs;
      const result = await cameraHealth(camera.name, new Date(to_ms - kAskMs).toISOString(), new Date(to_ms).toISOString());
      if (is_current) setHealth({ result, from_ms, to_ms });
    };
    load();
    const timer = setInterval(() => !document.hidden && load(), kRefreshMs);
    return () => {
      is_current = false;
      clearInterval(timer);
    };
  }, [camera.name, camera.state]);
  if (!health) return html`<div class="strip-place"></div>`;
  if (!health.result.ok) return html`<p class="dim">No health history: ${health.result.error.message}</p>`;
  const samples = health.result.value.samples || [];
  const stretches = planStrip(samples, health.from_ms, health.to_ms);
  const issues = samples.filter((sample) => sample.issue)
    .sort((a, b) => sampleMs(b) - sampleMs(a)).slice(0, 3);
  return html`<div class="strip-place">
    <svg class="strip" viewBox="0 0 1000 20" preserveAspectRatio="none" role="img" aria-label="Health of the last 24 hours">
      <rect class="none" x="0" y="0" width="1000" height="20" />
      ${stretches.map((stretch) => html`<rect key=${stretch.from} class=${stretch.tone} x=${stretch.from * 1000} y="0"
        width=${Math.max(1, (stretch.to - stretch.from) * 1000)} height="20" />`)}
    </svg><div class="strip-ends dim"><span>24 h ago</span><span>now</span></div></div>
    ${issues.length > 0 && html`<ul class="plain small">${issues.map((sample) => html`<li key=${sampleMs(sample)}>
      <span class="dim">${momentTitle(sampleMs(sample), Date.now())}</span>
      ${' '}${[faultWords(sample.issue).title, sample.detail].filter(Boolean).join(': ')}</li>`)}</ul>`}`;
}
