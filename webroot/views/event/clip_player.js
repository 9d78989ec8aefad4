// The clip, or why it cannot be shown. A running event's clip grows while it plays.
import { html, useEffect, useRef, useState } from '../../ui.js';
import { clipProblem, clipUrl, thumbnailUrl } from '../../api.js';
import { Icon } from '../../parts/icons.js';
import { findCamera } from '../../state.js';
import { parseTime } from '../../time.js';
import { isRunning } from '../events/event_words.js';

/// `at_ms`: where to begin, NaN for the beginning. Who opened the clip while the event runs sees it to its end, and then has the
/// final one in its place, which can be sought.
export function ClipPlayer({ event, at_ms = NaN }) {
  const video = useRef(null);
  const [problem, setProblem] = useState(null);
  const [follow, setFollow] = useState(isRunning(event) ? 'running' : ''); // '', running, over: the final clip, at its end
  const is_over = follow === 'running' && !isRunning(event);
  const becomeFinal = () => is_over && setFollow('over');
  useEffect(() => {
    if (is_over && (!video.current || video.current.ended)) setFollow('over');
  }, [is_over]);
  useEffect(() => () => {
    const element = video.current;
    if (!element) return;
    element.removeAttribute('src'); // ends the download
    element.load();
  }, []);
  if (event.footage_gone_reason) {
    return html`<${NoClip} event=${event} title="The footage is gone" text=${event.footage_gone_reason} />`;
  }
  if (!event.clip_url) return html`<${NoClip} event=${event} title="No clip" text="Nothing was recorded for this event." />`;
  const explain = async () => setProblem(await describeProblem(event));
  const onMetadata = (loaded) => {
    const player = loaded.currentTarget;
    if (player.videoWidth === 0) setProblem(codecProblem(event));
    if (follow === 'over') player.currentTime = Math.max(0, player.duration - 0.05); // where the watching ended
    if (follow) return;
    const at_s = (at_ms - parseTime(event.clip_started_at)) / 1000;
    if (at_s > 0.5 && at_s < player.duration && Number.isFinite(player.duration)) player.currentTime = at_s;
  };
  if (problem) {
    return html`<${NoClip} event=${event} title=${problem.title} text=${problem.text}>
      ${problem.has_file && html`<a class="button primary" href=${clipUrl(event.id)} download=${`${event.camera}-${event.id}.mp4`}>
        <${Icon} of="download" />Download</a>`}
      ${problem.can_retry && html`<button onClick=${() => setProblem(null)}>Try again</button>`}</${NoClip}>`;
  }
  // A player keeps what it read of an address: the final clip has its own.
  const url = follow === 'running' ? `${clipUrl(event.id)}?follow=1` : clipUrl(event.id);
  return html`<div class="clip"><video ref=${video} key=${url} src=${url} poster=${event.thumbnail_url ? thumbnailUrl(event.id) : undefined}
    controls autoplay=${follow !== 'over'} playsinline muted preload="auto" data-test="clip" data-running=${follow === 'running'}
    aria-label="Clip of the event" onError=${is_over ? becomeFinal : explain} onEnded=${becomeFinal} onLoadedMetadata=${onMetadata}></video></div>`;
}

function NoClip({ event, title, text, children }) {
  return html`<div class="clip no-clip" data-test="no-clip">
    ${event.thumbnail_url && html`<img src=${thumbnailUrl(event.id)} alt="" />`}
    <div class="placeholder"><strong>${title}</strong>${text && html`<span>${text}</span>`}${children}</div></div>`;
}

function codecProblem(event) {
  const camera = findCamera(event.camera);
  const codec = camera && camera.codec ? camera.codec.toUpperCase() : '';
  const which = /^(H\.?265|HEVC|M?JPEG)/.test(codec) ? `The camera records ${codec}, which this browser does not decode.`
    : 'It does not decode this kind of video.';
  return { title: 'This browser cannot play the clip', has_file: true, can_retry: true,
    text: `${which} Download it to play it with another player.` };
}

/// The daemon's reason if it refuses the clip, else the browser's.
async function describeProblem(event) {
  const refusal = await clipProblem(clipUrl(event.id));
  if (!refusal) return codecProblem(event);
  const is_gone = refusal.status === 404 || refusal.status === 410;
  return { title: is_gone ? 'The footage is gone' : 'The clip did not load', text: refusal.message, has_file: false,
    can_retry: !is_gone };
}
