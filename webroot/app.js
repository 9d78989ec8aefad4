// The dashboard: picks the view for the address and draws it.
import { html, render, useAppState, useEffect, useState } from './ui.js';
import { Notice, LinkBanner, Shell, Toasts } from './parts/shell.js';
import { currentRoute, onRoute, routeHash } from './router.js';
import { initSession } from './session.js';
import { CameraView } from './views/camera/camera.js';
import { CamerasView } from './views/cameras/cameras.js';
import { EventView } from './views/event/event.js';
import { EventsView } from './views/events/events.js';
import { LoginView } from './views/login/login.js';
import { HealthView } from './views/health/health.js';
import { MomentView } from './views/moment/moment.js';
import { OpenView } from './views/open/open.js';
import { SystemView } from './views/system/system.js';

const kViews = {
  cameras: { view: CamerasView, title: 'Cameras' },
  camera: { view: CameraView, title: 'Camera' },
  events: { view: EventsView, title: 'Events' },
  event: { view: EventView, title: 'Event' },
  moment: { view: MomentView, title: 'Footage' },
  open: { view: OpenView, title: 'Link' },
  health: { view: HealthView, title: 'Health' },
  system: { view: SystemView, title: 'System' },
};

function useRoute() {
  const [route, setRoute] = useState(currentRoute());
  useEffect(() => onRoute(() => setRoute(currentRoute())), []);
  useEffect(() => {
    document.title = `${(kViews[route.view] || { title: 'Not found' }).title} · Porchlight`;
    window.scrollTo(0, 0);
  }, [route.view, route.id]);
  return route;
}

function App() {
  const { session } = useAppState();
  const route = useRoute();
  if (session.status === 'unknown') return html`<${LinkBanner} /><p class="loading">Connecting…</p>`;
  if (session.status === 'anonymous') return html`<${LoginView} />`;
  const known = kViews[route.view];
  return html`<${Shell} route=${route}>
      ${known ? html`<${known.view} key=${`${route.view}/${route.id}`} route=${route} />`
        : html`<${Notice} title="There is no such page"><a href=${routeHash('cameras')}>To the cameras</a></${Notice}>`}
    </${Shell}><${Toasts} />`;
}

initSession();
render(html`<${App} />`, document.getElementById('app'));
