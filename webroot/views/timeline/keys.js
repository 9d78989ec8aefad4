// What a key means on the timeline. Pure.

const kCommands = {
  ArrowLeft: { move: -1 }, ArrowRight: { move: 1 },
  ArrowUp: { lane: -1 }, ArrowDown: { lane: 1 },
  n: { event: 1 }, p: { event: -1 },
  '+': { zoom: 0.5 }, '=': { zoom: 0.5 }, '-': { zoom: 2 }, _: { zoom: 2 },
  Home: { edge: 'begin' }, End: { edge: 'end' },
  PageUp: { day: -1 }, PageDown: { day: 1 },
  Enter: { open: true }, ' ': { open: true }, Escape: { leave: true },
};

/// {move | lane | event | zoom | edge | day | open | leave} of a keyboard event, null for a key that is not ours.
/// With Shift an arrow moves ten times as far.
export function planKey({ key, altKey, ctrlKey, metaKey, shiftKey }) {
  if (altKey || ctrlKey || metaKey) return null;
  const command = kCommands[key.length === 1 ? key.toLowerCase() : key] || null;
  return command && command.move && shiftKey ? { move: command.move * 10 } : command;
}

export const takesKeys = (element) => element.closest('input, textarea, select, video, dialog, [contenteditable]') !== null;
