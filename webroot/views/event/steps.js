// To the newer or older event by arrow key, n and p, j and k, or swipe.
import { useEffect } from '../../ui.js';
import { go, routeHash } from '../../router.js';

const kSwipePx = 60;
const kControlsPx = 64; // the lower edge of a video belongs to its seek bar

/// 'newer', 'older' or null for a finger that moved by (dx, dy). Pure.
export function planSwipe(dx, dy) {
  if (Math.abs(dx) < kSwipePx || Math.abs(dx) < 2 * Math.abs(dy)) return null;
  return dx < 0 ? 'older' : 'newer';
}

const kKeys = { ArrowLeft: 'newer', ArrowRight: 'older', n: 'newer', p: 'older', k: 'newer', j: 'older' };
const takesKeys = (element) => element.closest('video, input, textarea, select, [contenteditable]') !== null;

function onSeekBar(touch) {
  if (touch.target.tagName !== 'VIDEO') return false;
  return touch.target.getBoundingClientRect().bottom - touch.clientY < kControlsPx;
}

export function useSteps(page, near) {
  useEffect(() => {
    const step = (direction) => {
      if (near[direction]) go(routeHash('event', near[direction]));
    };
    const onKey = (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey || takesKeys(event.target)) return;
      const direction = kKeys[event.key];
      if (direction) step(direction);
    };
    let start = null;
    const onStart = (event) => {
      start = event.touches.length === 1 && !onSeekBar(event.touches[0]) && !takesKeysButVideo(event.target)
        ? event.touches[0] : null;
    };
    const onEnd = (event) => {
      if (!start) return;
      const end = event.changedTouches[0];
      const direction = planSwipe(end.clientX - start.clientX, end.clientY - start.clientY);
      start = null;
      if (direction) step(direction);
    };
    document.addEventListener('keydown', onKey);
    const element = page.current;
    element?.addEventListener('touchstart', onStart, { passive: true });
    element?.addEventListener('touchend', onEnd, { passive: true });
    return () => {
      document.removeEventListener('keydown', onKey);
      element?.removeEventListener('touchstart', onStart);
      element?.removeEventListener('touchend', onEnd);
    };
  }, [near.newer, near.older, page.current]);
}

const takesKeysButVideo = (element) => element.tagName !== 'VIDEO' && takesKeys(element);
