// Preact and htm under one name, and the two hooks every view uses.
import { html, render, useEffect, useLayoutEffect, useRef, useState } from './vendor/preact.js';
import { subscribe, state } from './state.js';

export { html, render, useEffect, useLayoutEffect, useRef, useState };

/// The one state; renders again when it changes.
export function useAppState() {
  const [, bump] = useState(0);
  useEffect(() => subscribe(() => bump((count) => count + 1)), []);
  return state;
}

/// Date.now(), ticking each `interval_ms` while the page is visible.
export function useNow(interval_ms = 1000) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setNow(Date.now());
    }, interval_ms);
    return () => clearInterval(timer);
  }, [interval_ms]);
  return now;
}

/// True while the page is in front of someone.
export function usePageVisible() {
  const [is_visible, setVisible] = useState(!document.hidden);
  useEffect(() => {
    const update = () => setVisible(!document.hidden);
    document.addEventListener('visibilitychange', update);
    return () => document.removeEventListener('visibilitychange', update);
  }, []);
  return is_visible;
}
