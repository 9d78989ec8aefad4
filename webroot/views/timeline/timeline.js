// The day over all cameras: a lane each, with what was recorded, what happened and why there is nothing.
import { html, useAppState, useEffect, useLayoutEffect, useRef, useState, useWidth } from '../../ui.js';
import { Bubble, cursorText } from './bubble.js';
import { watchGestures } from './gestures.js';
import { heightOf } from './painter.js';
import { Stage } from './stage.js';
import { Toolbar } from './toolbar.js';
import { planKey } from './keys.js';
import { dayStart, startOfDay } from './view_plan.js';

let left_view = null; // where the page was when it was left: coming back from an event goes on there

const wantedDay = (day) => (day ? dayStart(day) : startOfDay(Date.now()));

let shown = null;     // the mounted timeline's stage

/// What the timeline on the page shows: {from_ms, to_ms}; the last hour when there is none.
export function shownView() {
  return shown ? { ...shown.view } : { from_ms: Date.now() - 3600000, to_ms: Date.now() };
}

export function Timeline({ day, query, onDay }) {
  const { cameras } = useAppState();
  const [box, width_px] = useWidth();
  const canvas = useRef(null);
  const stage = useRef(null);
  const [, bump] = useState(0);
  const wanted = query.camera ? query.camera.split(',') : null;
  const lanes = cameras.list.filter((camera) => !wanted || wanted.includes(camera.name))
    .map((camera) => ({ name: camera.name, title: camera.title || camera.name }));

  if (!stage.current) stage.current = new Stage({ onChange: () => bump((count) => count + 1) });
  const own = stage.current;
  own.setScene({ lanes, width_px, query });

  useLayoutEffect(() => {
    own.attach(canvas.current);
    shown = own;
    if (left_view && left_view.day_ms === wantedDay(day)) own.showView(left_view.view);
    const stop = watchGestures(canvas.current, gesturesOf(own));
    return () => {
      left_view = { day_ms: own.day, view: own.view };
      shown = null;
      stop();
      own.close();
    };
  }, []);
  useEffect(() => own.showDay(wantedDay(day)), [day]);
  useEffect(() => {
    own.onDay = onDay;
  });

  const onKey = (event) => {
    const command = planKey(event);
    if (command && own.obey(command)) event.preventDefault();
  };
  const { cursor } = own;
  return html`<section class="card timeline" aria-label="Timeline">
    <${Toolbar} stage=${own} day=${day} onDay=${onDay} />
    <div class="timeline-box" ref=${box}>
      <canvas ref=${canvas} style=${{ height: `${heightOf(lanes.length)}px` }} tabindex="0" role="slider" data-test="timeline"
        aria-label="Moment shown on the timeline" aria-orientation="horizontal" aria-valuemin=${0}
        aria-valuemax=${1440} aria-valuenow=${own.minuteOfDay()} aria-valuetext=${cursorText(cursor, lanes)}
        aria-describedby="timeline-help" onKeyDown=${onKey} onFocus=${() => own.focus(true)} onBlur=${() => own.focus(false)} />
      ${own.note && html`<p class="timeline-note">${own.note.text}
        ${own.note.can_retry && html` <button class="link" onClick=${() => own.retry()}>Try again</button>`}</p>`}
      <${Bubble} cursor=${cursor} width_px=${width_px} x_px=${own.cursorX()} open=${() => own.open()} />
    </div>
    <p id="timeline-help" class="away">Left and right move in time, up and down choose the camera, n and p go to the next and
      previous event, plus and minus zoom, Home and End go to the ends of the day, Page Up and Page Down change the day,
      Enter opens.</p>
  </section>`;
}

function gesturesOf(stage) {
  return {
    hover: (x, y) => stage.pointAt(x, y, 'hover'),
    leave: () => stage.leave(),
    pan: (dx) => stage.panPx(dx),
    zoom: (factor, x) => stage.zoomPx(factor, x),
    scrub: (x) => stage.scrub(x),
    tap: (x, y, kind) => {
      stage.pointAt(x, y, kind === 'mouse' ? 'hover' : 'held');
      if (kind === 'mouse') stage.open();
    },
  };
}
