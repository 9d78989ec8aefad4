// The pad: eight directions and zoom, by pointer, by keys, and for who cannot hold a button.
import { html, useEffect, useRef, useState } from '../../ui.js';
import { controlCamera } from '../../api.js';
import { Icon } from '../../parts/icons.js';
import { addToast } from '../../state.js';
import { offers, padPlaces, scaled, speedOfKey } from './control_words.js';
import { HeldMove } from './held_move.js';

const kPlaces = padPlaces();

export function ControlPad({ camera }) {
  const [share, setShare] = useState(0.5);
  const move = useRef(null);
  const held_key = useRef('');
  if (!move.current) {
    move.current = new HeldMove((command) => controlCamera(camera.name, command), (error) => addToast(error.message, { kind: 'bad' }));
  }
  const begin = (speed) => move.current.begin(scaled(speed, share), offers(camera, 'stop'));
  const end = () => {
    held_key.current = '';
    move.current.end();
  };
  useEffect(() => {
    // Nobody holds anything on a page that is not seen.
    const leave = () => document.hidden && end();
    document.addEventListener('visibilitychange', leave);
    window.addEventListener('blur', end);
    return () => {
      document.removeEventListener('visibilitychange', leave);
      window.removeEventListener('blur', end);
      end();
    };
  }, []);
  const onKeyDown = (event) => {
    const speed = speedOfKey(event.key);
    if (!speed || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    if (event.repeat || held_key.current === event.key) return;
    held_key.current = event.key;
    begin(speed);
  };
  const onKeyUp = (event) => held_key.current === event.key && end();
  const hold = { begin, end, nudge: (speed) => move.current.nudge(scaled(speed, share)), held_key };
  return html`<div class="control-move">
    <div class="pad-and-zoom" role="group" aria-label="Move the camera: hold a button, or an arrow key, + and -" onKeyDown=${onKeyDown}
      onKeyUp=${onKeyUp} onFocusOut=${() => held_key.current && end()}>
      <div class="move-pad">${kPlaces.map((place) => (place
        ? html`<${HoldButton} key=${place.title} title=${`Move ${place.title}`} speed=${{ pan: place.pan, tilt: place.tilt }}
            of="up" turn=${place.turn_deg} hold=${hold} />`
        : html`<${HomeButton} key="home" camera=${camera} />`))}</div>
      <div class="zoom-pad"><${HoldButton} title="Zoom in" speed=${{ zoom: 1 }} of="plus" hold=${hold} />
        <${HoldButton} title="Zoom out" speed=${{ zoom: -1 }} of="minus" hold=${hold} /></div>
    </div>
    <label class="pace">Speed<input type="range" min="0.1" max="1" step="0.1" value=${share}
      aria-valuetext=${`${Math.round(share * 100)} percent`} onInput=${(event) => setShare(Number(event.currentTarget.value))} /></label>
  </div>`;
}

/// Moves while it is held. A click without a pointer is that of a screen reader: one short movement.
function HoldButton({ title, speed, of, turn, hold }) {
  const had_pointer = useRef(false);
  const down = (event) => {
    if (event.button !== 0) return;
    had_pointer.current = true;
    event.currentTarget.setPointerCapture(event.pointerId);
    hold.begin(speed);
  };
  const key = (event) => {
    if (event.key !== ' ' && event.key !== 'Enter') return;
    event.preventDefault();
    if (event.repeat || hold.held_key.current) return;
    hold.held_key.current = event.key;
    hold.begin(speed);
  };
  const click = () => {
    if (!had_pointer.current) hold.nudge(speed);
    had_pointer.current = false;
  };
  return html`<button type="button" class="icon-only" aria-label=${title} title=${title} data-turn=${turn} onPointerDown=${down}
    onPointerUp=${hold.end} onPointerCancel=${hold.end} onKeyDown=${key} onClick=${click}
    onContextMenu=${(event) => event.preventDefault()}><${Icon} of=${of} /></button>`;
}

function HomeButton({ camera }) {
  if (!offers(camera, 'go_home')) return html`<span></span>`;
  const go = async () => {
    const result = await controlCamera(camera.name, { action: 'go_home' });
    if (!result.ok) addToast(result.error.message, { kind: 'bad' });
  };
  return html`<button type="button" class="icon-only" aria-label="Move to its home" title="Move to its home" onClick=${go}><${Icon} of="home" /></button>`;
}
