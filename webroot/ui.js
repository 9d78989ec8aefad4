// Preact and htm under one name, and the two hooks every view uses.
import { html, render, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from './vendor/preact.js';
import { subscribe, state } from './state.js';

export { html, render, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState };

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

/// The newest answer {ok, value | error} of `call()`, null before the first; asked again every `every_ms` (0: never) while
/// the page is visible, and whenever one of `deps` changes. An answer that failed keeps the good one before it as `stale`.
export function useAnswer(call, deps = [], every_ms = 0) {
  const [result, setResult] = useState(null);
  useEffect(() => {
    let is_current = true;
    let last_good = null;
    const load = async () => {
      const answer = await call();
      if (!is_current) return;
      if (answer.ok) last_good = answer;
      setResult(answer.ok ? answer : { ...answer, stale: last_good });
    };
    load();
    const timer = every_ms ? setInterval(() => !document.hidden && load(), every_ms) : 0;
    return () => {
      is_current = false;
      clearInterval(timer);
    };
  }, deps);
  return result;
}

/// [ref, width_px]: the width of an element, followed.
export function useWidth() {
  const element = useRef(null);
  const [width_px, setWidth] = useState(0);
  useLayoutEffect(() => {
    if (!element.current) return undefined;
    setWidth(element.current.clientWidth);
    const watcher = new ResizeObserver((entries) => setWidth(Math.floor(entries.at(-1).contentRect.width)));
    watcher.observe(element.current);
    return () => watcher.disconnect();
  }, []);
  return [element, width_px];
}
