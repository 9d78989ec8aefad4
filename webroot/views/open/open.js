// '#/open?to=api/v1/…': somebody followed a link to a picture or file and had to log in first. Goes on to where it leads.
import { html, useEffect, useState } from '../../ui.js';
import { Notice } from '../../parts/shell.js';
import { routeHash } from '../../router.js';
import { openTarget } from './target.js';

const kTried = 'open-tried';
const kAgainMs = 10000;

/// False when this very address sent us back a moment ago: its request comes without the session, for whatever reason.
function mayGo(target) {
  try {
    const [tried, at_ms] = JSON.parse(sessionStorage.getItem(kTried) || '["", 0]');
    if (tried === target && Date.now() - at_ms < kAgainMs) return false;
    sessionStorage.setItem(kTried, JSON.stringify([target, Date.now()]));
    return true;
  } catch {
    return false; // no storage: a click is needed
  }
}

export function OpenView({ route }) {
  const target = openTarget(route.query.to);
  const [is_going, setGoing] = useState(false);
  useEffect(() => {
    if (!target || !mayGo(target)) return;
    setGoing(true);
    location.assign(target);
  }, [target]);
  const cameras = html`<a href=${routeHash('cameras')}>To the cameras</a>`;
  if (!target) return html`<${Notice} title="There is no such page">${cameras}</${Notice}>`;
  return html`<${Notice} title=${is_going ? 'Opening…' : 'This is what the link leads to'}>
    <a href=${target} data-test="open">Open it</a> ${cameras}</${Notice}>`;
}
