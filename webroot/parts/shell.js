// What surrounds every view: the bar, the navigation, the banner when the daemon is gone, the toasts.
import { html, useAppState, useNow, useState } from '../ui.js';
import { logOut } from '../session.js';
import { routeHash } from '../router.js';
import { dropToast } from '../state.js';
import { currentTheme, nextTheme, setTheme } from '../theme.js';
import { clockTimeWithSeconds, span } from '../time.js';
import { Icon } from './icons.js';

const kTabs = [
  { view: 'cameras', title: 'Cameras', also: ['camera'] },
  { view: 'events', title: 'Events', also: ['event', 'moment'] },
  { view: 'health', title: 'Health', also: [] },
  { view: 'system', title: 'System', also: [] },
];

export function Shell({ route, children }) {
  return html`
    <a class="skip" href="#main" onClick=${skipToMain}>Skip to content</a>
    <header class="bar">
      <a class="brand" href=${routeHash('cameras')}><img src="icons/icon.svg" alt="" width="28" height="28" />Porchlight</a>
      <nav class="tabs" aria-label="Main">
        ${kTabs.map((tab) => html`<${Tab} key=${tab.view} tab=${tab} route=${route} />`)}
      </nav>
      <span class="grow"></span>
      <${ThemeButton} />
      <button class="quiet icon-only" data-test="logout" onClick=${logOut} aria-label="Log out" title="Log out">
        <${Icon} of="leave" /></button>
    </header>
    <${LinkBanner} />
    <${StorageBanner} />
    <main id="main" tabindex="-1">${children}</main>`;
}

function skipToMain(event) {
  event.preventDefault();
  document.getElementById('main').focus();
}

function Tab({ tab, route }) {
  const is_here = tab.view === route.view || tab.also.includes(route.view);
  return html`<a href=${routeHash(tab.view)} aria-current=${is_here ? 'page' : undefined}>
    <${Icon} of=${tab.view} /><span>${tab.title}</span></a>`;
}

export function ThemeButton() {
  const [theme, remember] = useState(currentTheme());
  const words = { auto: 'as the device', light: 'light', dark: 'dark' };
  const turn = () => {
    setTheme(nextTheme(theme));
    remember(currentTheme());
  };
  const title = `Colours: ${words[theme]}`;
  return html`<button class="quiet icon-only" onClick=${turn} aria-label=${title} title=${title}>
    <${Icon} of=${{ auto: 'auto', light: 'sun', dark: 'moon' }[theme]} /></button>`;
}

/// Says that the daemon is unreachable, since when, and when the page asks again.
export function LinkBanner() {
  const { link } = useAppState();
  const now = useNow();
  if (link.is_up) return html`<div role="status" class="banner-place"></div>`;
  const wait_ms = link.next_try_ms - now;
  return html`<div role="status" class="banner-place"><p class="banner" data-test="offline">
    <${Icon} of="warn" /><span><strong>Porchlight cannot be reached</strong> since
    ${' '}${clockTimeWithSeconds(link.down_since_ms)}. What you see is old.
    ${' '}${wait_ms > 500 ? `Trying again in ${span(wait_ms + 500)}.` : 'Trying again now.'}</span></p></div>`;
}

/// What is wrong with the disks of the recordings, on every view: an owner who does not look at the health page must see it too.
function StorageBanner() {
  const { storage } = useAppState();
  const problems = (storage && storage.problems) || [];
  if (!problems.length) return html`<div role="status" class="banner-place"></div>`;
  return html`<div role="status" class="banner-place"><p class="banner" data-test="storage-problem">
    <${Icon} of="warn" /><span><strong>Storage:</strong> ${problems.join(' · ')}
    ${' '}<a href=${routeHash('health')}>More</a></span></p></div>`;
}

export function Toasts() {
  const { toasts } = useAppState();
  return html`<div class="toasts" role="status" aria-live="polite">
    ${toasts.map((toast) => html`<div key=${toast.id} class="toast ${toast.kind}">
      <span>${toast.text}</span>
      ${toast.action && html`<button class="link" onClick=${() => {
        dropToast(toast.id);
        toast.action.run();
      }}>${toast.action.title}</button>`}
    </div>`)}
  </div>`;
}

/// The same words for every view that waits, failed or has nothing.
export function Notice({ title, text, children }) {
  return html`<div class="notice"><h2>${title}</h2>${text && html`<p>${text}</p>`}${children}</div>`;
}
