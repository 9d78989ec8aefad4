// A camera's live picture with the age of what is shown. Nothing is fetched while it is hidden or scrolled away.
import { html, useEffect, useNow, usePageVisible, useRef, useState } from '../ui.js';
import { findCamera } from '../state.js';
import { span } from '../time.js';
import { cameraProblem, stillProblem } from './camera_words.js';
import { canWatch, MsePlayer } from './live_mse.js';
import { LivePlayer } from './live_player.js';
import { live_slots } from './live_slots.js';
import { kLiveMs, shownAgeMs } from './picture_age.js';

function useOnScreen(element) {
  const [is_on_screen, setOnScreen] = useState(false);
  useEffect(() => {
    const watcher = new IntersectionObserver((entries) => setOnScreen(entries.at(-1).isIntersecting),
      { rootMargin: '80px' });
    watcher.observe(element.current);
    return () => watcher.disconnect();
  }, []);
  return is_on_screen;
}

function useSlot(is_wanted) {
  const [has_slot, setSlot] = useState(null); // null: not asked yet
  useEffect(() => {
    if (!is_wanted) {
      setSlot(null);
      return undefined;
    }
    return live_slots.request(setSlot);
  }, [is_wanted]);
  return has_slot;
}

const kIdle = { status: 'stopped', last_frame_ms: 0, next_try_ms: 0 };

/// `children` stand in the bar below the picture, which covers nothing: cameras write their clock into a corner.
export function LivePicture({ camera, is_eager = false, children }) {
  const frame = useRef(null);
  const picture = useRef(null);
  const [player, setPlayer] = useState(kIdle);
  const [unfit, setUnfit] = useState(null); // the stream that the browser did not take
  const is_shown = [usePageVisible(), useOnScreen(frame)].every(Boolean) && camera.state !== 'disabled';
  const stream = `${camera.codec} ${camera.record_mode}`;
  const is_watching = unfit !== stream && canWatch(camera);
  const has_slot = useSlot(is_shown && !is_watching);
  const now = useNow();

  const onChange = ({ status, last_frame_ms, next_try_ms, is_timed }) => setPlayer({ status, last_frame_ms, next_try_ms, is_timed });
  useEffect(() => {
    if (!is_shown || (!is_watching && has_slot === null)) return undefined;
    const live = is_watching
      ? new MsePlayer(picture.current, { camera: camera.name, onChange, onUnfit: () => setUnfit(stream) })
      : new LivePlayer(picture.current, {
        camera: camera.name,
        is_stream: has_slot,
        currentCamera: () => findCamera(camera.name),
        onChange,
      });
    live.start();
    return () => live.stop();
  }, [is_shown, is_watching, is_watching ? null : has_slot, camera.name]);

  const age_ms = shownAgeMs(camera, player, now);
  const is_old = age_ms === null || age_ms >= kLiveMs;
  const size = camera.width_px > 0 ? { width: camera.width_px, height: camera.height_px } : { width: 16, height: 9 };
  const alt = `Live picture of ${camera.title || camera.name}`;
  return html`<div class="picture-frame"><div class=${`picture ${is_old ? 'is-old' : ''} ${player.last_frame_ms ? 'has-frame' : ''}`}
      ref=${frame}>
    ${is_watching
      ? html`<video key="watched" ref=${picture} aria-label=${alt} ...${size} muted playsinline disablepictureinpicture
          data-test=${`live-${camera.name}`}></video>`
      : html`<img key="pictures" ref=${picture} alt=${alt} ...${size} loading=${is_eager ? 'eager' : undefined}
          draggable=${false} data-test=${`live-${camera.name}`} />`}
    <${Placeholder} camera=${camera} player=${player} age_ms=${age_ms} now=${now} /></div>
    <div class="picture-bar"><${AgeChip} age_ms=${age_ms} camera=${camera} /><span class="grow"></span>${children}</div></div>`;
}

function AgeChip({ age_ms, camera }) {
  if (camera.state === 'disabled') return null;
  const is_live = age_ms !== null && age_ms < kLiveMs;
  const text = age_ms === null ? 'No picture yet' : is_live ? 'Live' : 'Old picture';
  return html`<span class=${`age ${is_live ? 'is-live' : 'is-stale'}`} data-test="age">
    <span class="dot" aria-hidden="true"></span>${text}${age_ms !== null &&
    html`<span class="age-value">${span(age_ms)}<span class="away"> old</span></span>`}</span>`;
}

/// In place of a picture that is missing or lies: what is wrong, since when, and what is being done.
function Placeholder({ camera, player, age_ms, now }) {
  const is_old = age_ms === null || age_ms >= kLiveMs;
  const problem = is_old ? cameraProblem(camera, now) : null;
  if (problem) return html`<${Problem} problem=${problem} />`;
  if (player.status === 'retrying') {
    const wait_ms = Math.max(0, player.next_try_ms - now);
    return html`<${Problem} problem=${{ title: 'The live picture stopped', text: '',
      doing: wait_ms > 500 ? `Connecting again in ${span(wait_ms + 500)}` : 'Connecting again' }} />`;
  }
  if (!player.last_frame_ms) return html`<div class="placeholder is-waiting"><span>Connecting…</span></div>`;
  return is_old ? html`<${Problem} problem=${stillProblem(camera, age_ms)} />` : null;
}

function Problem({ problem }) {
  return html`<div class="placeholder" data-test="placeholder"><strong>${problem.title}</strong>
    ${problem.text && html`<span>${problem.text}</span>`}${problem.doing && html`<span class="doing">${problem.doing}</span>`}</div>`;
}
