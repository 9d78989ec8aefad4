// Mouse, pen, fingers and wheel on the timeline, told as: hover, pan, zoom, scrub, tap. Owns its listeners; stop() removes them.
import { kAxisPx } from './painter.js';

const kDragPx = 5;
const kWheelLinePx = 16;

/// `handlers` = {hover(x, y, kind), leave(), pan(dx), zoom(factor, x), scrub(x), tap(x, y, kind)}; x and y in pixels of the element.
export function watchGestures(element, handlers) {
  const pointers = new Map(); // id -> {x, y}
  let press = null;           // {x, y, is_dragged, is_axis}
  let box = element.getBoundingClientRect();
  const place = (event) => ({ x: event.clientX - box.left, y: event.clientY - box.top });

  const onDown = (event) => {
    if (event.pointerType === 'mouse' && event.button !== 0) return;
    box = element.getBoundingClientRect();
    element.setPointerCapture(event.pointerId);
    const at = place(event);
    pointers.set(event.pointerId, at);
    press = pointers.size === 1 ? { ...at, is_dragged: false, is_axis: at.y < kAxisPx } : null;
    if (press && press.is_axis) handlers.scrub(at.x);
  };

  const pinch = (before) => {
    const [a, b] = [...pointers.values()];
    const [c, d] = before;
    const width = Math.max(20, Math.abs(a.x - b.x));
    const width_before = Math.max(20, Math.abs(c.x - d.x));
    const middle = (a.x + b.x) / 2;
    handlers.pan((c.x + d.x) / 2 - middle);
    handlers.zoom(width_before / width, middle);
  };

  const onMove = (event) => {
    const at = { x: event.clientX - box.left, y: event.clientY - box.top };
    const known = pointers.get(event.pointerId);
    if (!known) {
      box = element.getBoundingClientRect();
      if (event.pointerType !== 'touch') handlers.hover(event.clientX - box.left, event.clientY - box.top, event.pointerType);
      return;
    }
    const before = [...pointers.values()];
    pointers.set(event.pointerId, at);
    if (pointers.size === 2) return void pinch(before);
    if (!press || pointers.size > 2) return;
    if (press.is_axis) return void handlers.scrub(at.x);
    if (!press.is_dragged && Math.hypot(at.x - press.x, at.y - press.y) < kDragPx) return;
    press.is_dragged = true;
    handlers.pan(known.x - at.x);
  };

  const onUp = (event) => {
    if (!pointers.delete(event.pointerId)) return;
    if (press && !press.is_dragged && !press.is_axis && event.type === 'pointerup') handlers.tap(press.x, press.y, event.pointerType);
    if (pointers.size === 0) press = null;
  };

  const onWheel = (event) => {
    event.preventDefault();
    box = element.getBoundingClientRect();
    const unit = event.deltaMode === 1 ? kWheelLinePx : event.deltaMode === 2 ? 400 : 1;
    const sideways = event.deltaX || (event.shiftKey ? event.deltaY : 0);
    if (Math.abs(sideways) >= Math.abs(event.deltaY) || event.shiftKey) handlers.pan(sideways * unit);
    else handlers.zoom(Math.exp(Math.max(-120, Math.min(120, event.deltaY * unit)) * 0.004), event.clientX - box.left);
  };

  const onLeave = (event) => event.pointerType !== 'touch' && !pointers.size && handlers.leave();
  const listeners = { pointerdown: onDown, pointermove: onMove, pointerup: onUp, pointercancel: onUp, pointerleave: onLeave };
  for (const [name, listener] of Object.entries(listeners)) element.addEventListener(name, listener);
  element.addEventListener('wheel', onWheel, { passive: false });
  return () => {
    for (const [name, listener] of Object.entries(listeners)) element.removeEventListener(name, listener);
    element.removeEventListener('wheel', onWheel);
  };
}
