// The footage of a camera around a moment, also where no event was.
import { html, useAppState, useEffect, useNow, useRef, useState } from '../../ui.js';
import * as api from '../../api.js';
import { Icon } from '../../parts/icons.js';
import { Notice } from '../../parts/shell.js';
import { routeHash } from '../../router.js';
import { cameraTitle } from '../../state.js';
import { clockTimeWithSeconds, dayKey, momentTitle, parseTime } from '../../time.js';
import { momentRange, partAt } from './moment_plan.js';

const kStepMs = 120000;

export function MomentView({ route }) {
  const camera = route.id;
  const at_ms = parseTime(route.query.at);
  if (Number.isNaN(at_ms) || !camera) return html`<${Notice} title="There is no such moment" />`;
  return html`<${Footage} key=${`${camera}/${route.query.at}`} camera=${camera} at_ms=${at_ms} />`;
}

function Footage({ camera, at_ms }) {
  useAppState();
  const now = useNow(5000);
  const video = useRef(null);
  const [range, setRange] = useState(() => momentRange(at_ms, Date.now()));
  const [problem, setProblem] = useState(null);
  useEffect(() => () => {
    const element = video.current;
    if (!element) return;
    element.removeAttribute('src'); // ends the download
    element.load();
  }, []);
  const iso = (ms) => new Date(ms).toISOString();
  const url = api.exportUrl(camera, iso(range.from_ms), iso(range.to_ms));
  const explain = async () => {
    const result = await api.fileProblem(url);
    const part = result.ok ? null : partAt(result.error.parts, at_ms);
    if (part && !range.is_part) setRange({ ...part, is_part: true });
    else setProblem(result.ok ? { message: 'This browser cannot play what the camera records. Save it to play it elsewhere.' } : result.error);
  };
  const onMetadata = (loaded) => {
    const at_s = (at_ms - range.from_ms) / 1000;
    if (at_s > 0.5 && at_s < loaded.currentTarget.duration) loaded.currentTarget.currentTime = at_s;
  };
  const step = (by_ms) => routeHash('moment', camera, { at: iso(Math.min(Date.now() - 5000, at_ms + by_ms)) });
  const day = dayKey(at_ms);
  return html`<div class="event-view"><div class="page-head">
      <a class="button quiet icon-only" href=${routeHash('events', '', { day: day === dayKey(now) ? '' : day })}
        aria-label="Back to the timeline"><${Icon} of="back" /></a>
      <div class="grow"><h1>${cameraTitle(camera)}</h1><p class="dim">${momentTitle(at_ms, now)} · ${
        clockTimeWithSeconds(range.from_ms)} – ${clockTimeWithSeconds(range.to_ms)}</p></div>
      <a class="button quiet icon-only" href=${step(-kStepMs)} aria-label="Two minutes earlier" title="Two minutes earlier">
        <${Icon} of="previous" /></a>
      <a class="button quiet icon-only" href=${step(kStepMs)} aria-label="Two minutes later" title="Two minutes later">
        <${Icon} of="next" /></a></div>
    ${problem ? html`<div class="clip no-clip"><div class="placeholder"><strong>Nothing to play</strong>
        <span>${problem.message}</span></div></div>`
      : html`<div class="clip"><video ref=${video} src=${url} controls autoplay playsinline muted preload="auto"
        aria-label="Footage" data-test="moment" onError=${explain} onLoadedMetadata=${onMetadata}></video></div>`}
    ${!problem && html`<div class="actions tools"><a class="button" download=""
      href=${api.exportUrl(camera, iso(range.from_ms), iso(range.to_ms), true)}><${Icon} of="download" />Save</a></div>`}</div>`;
}
