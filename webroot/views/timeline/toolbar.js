// Above the lanes: which day, how much of it, and what the colours mean.
import { html, useState } from '../../ui.js';
import { Icon } from '../../parts/icons.js';
import { kGapTones, toneTitle } from '../../parts/gap_causes.js';
import { dayKey, dayTitle, shortDay } from '../../time.js';
import { dayStart, presetOf, spanOf, kDayMs, startOfDay } from './view_plan.js';

function viewTitle(view, now_ms) {
  const middle = (view.from_ms + view.to_ms) / 2;
  if (spanOf(view) <= 1.6 * kDayMs) return dayTitle(middle, now_ms);
  return `${shortDay(view.from_ms)} – ${shortDay(view.to_ms - 1)}`;
}

export function Toolbar({ stage, onDay }) {
  const [has_legend, setLegend] = useState(false);
  const now = Date.now();
  const shown_ms = stage.day || startOfDay(now);
  const is_today = shown_ms >= startOfDay(now);
  const pick = (event) => {
    const at_ms = dayStart(event.currentTarget.value);
    if (!Number.isNaN(at_ms)) onDay(Math.min(at_ms, startOfDay(now)));
  };
  const shown = presetOf(stage.view);
  return html`<div class="timeline-bar">
    <div class="group"><button class="quiet icon-only" onClick=${() => onDay(startOfDay(shown_ms, -1))} aria-label="Day before"
        title="Day before"><${Icon} of="previous" /></button>
      <label class="day-picker"><span class="away">Day</span><span class="day-name" aria-hidden="true">${viewTitle(stage.view, now)}</span>
        <input type="date" max=${dayKey(now)} value=${dayKey(shown_ms)} onChange=${pick} onClick=${openPicker} data-test="day" /></label>
      <button class="quiet icon-only" disabled=${is_today} onClick=${() => onDay(startOfDay(shown_ms, 1))} aria-label="Day after"
        title="Day after"><${Icon} of="next" /></button>
      ${!is_today && html`<button class="quiet" onClick=${() => onDay(startOfDay(now))}>Today</button>`}</div>
    <span class="grow"></span>
    <div class="group" role="group" aria-label="How much time is shown">
      ${['hour', 'day', 'week'].map((name) => html`<button key=${name} class="quiet span" aria-pressed=${shown === name}
        onClick=${() => stage.preset(name)} data-test=${`span-${name}`}>${name[0].toUpperCase() + name.slice(1)}</button>`)}
      <button class="quiet icon-only" onClick=${() => stage.zoom(2)} aria-label="Show more time" title="Show more time (−)">
        <${Icon} of="minus" /></button>
      <button class="quiet icon-only" onClick=${() => stage.zoom(0.5)} aria-label="Show less time" title="Show less time (+)">
        <${Icon} of="plus" /></button>
      <button class="quiet icon-only" aria-pressed=${has_legend} onClick=${() => setLegend(!has_legend)}
        aria-label="What the colours mean" title="What the colours mean"><${Icon} of="help" /></button></div>
  </div>${has_legend && html`<${Legend} />`}`;
}

function openPicker(event) {
  if (typeof event.currentTarget.showPicker !== 'function') return;
  try {
    event.currentTarget.showPicker();
  } catch (error) {
    console.info('day: this browser opens the calendar by itself', error.name);
  }
}

function Legend() {
  const events = [['event-new', 'New event'], ['event-seen', 'Seen'], ['event-kept', 'Kept']];
  return html`<ul class="plain legend">
    ${events.map(([name, title]) => html`<li key=${name}><span class=${`swatch ${name}`}></span>${title}</li>`)}
    ${kGapTones.map((tone) => html`<li key=${tone}><span class=${`swatch gap-${tone}`}></span>${
      tone === 'recorded' ? 'Recorded' : `Not recorded: ${toneTitle(tone).toLowerCase()}`}</li>`)}
  </ul>`;
}
