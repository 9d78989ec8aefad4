// All cameras, live: the page one opens at the door.
import { html, useAppState } from '../../ui.js';
import { Notice } from '../../parts/shell.js';
import { CameraState } from '../../parts/camera_state.js';
import { LivePicture } from '../../parts/live_picture.js';
import { routeHash } from '../../router.js';

export function CamerasView() {
  const { cameras } = useAppState();
  if (!cameras.is_loaded) {
    return cameras.error
      ? html`<${Notice} title="No answer yet" text=${cameras.error.message} />`
      : html`<p class="loading">Loading cameras…</p>`;
  }
  if (cameras.list.length === 0) {
    return html`<${Notice} title="No cameras yet"
      text="Add a file to cameras.d in the configuration folder; porchlight doctor lists the devices it can see." />`;
  }
  return html`<h1 class="away">Cameras</h1>
    <div class=${`grid count-${Math.min(cameras.list.length, 3)}`}>
      ${cameras.list.map((camera) => html`<${CameraCard} key=${camera.name} camera=${camera} />`)}
    </div>`;
}

function CameraCard({ camera }) {
  const href = routeHash('camera', camera.name);
  return html`<article class="card camera-card" data-test=${`card-${camera.name}`}>
    <a class="picture-link" href=${href} tabindex="-1">
      <${LivePicture} camera=${camera} /></a>
    <div class="card-body">
      <h2><a href=${href}>${camera.title || camera.name}</a></h2>
      <${CameraState} camera=${camera} />
    </div>
  </article>`;
}
