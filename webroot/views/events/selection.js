// Choosing several events, and what can be done with them at once.
import { html, useState } from '../../ui.js';
import { Icon } from '../../parts/icons.js';
import { isAdmin } from '../../session.js';
import { deleteWithUndo, markMany } from './events_data.js';

/// {selection, start(), stop()}; selection is null outside of the mode.
export function useSelection(items) {
  const [chosen, setChosen] = useState(null);
  const [last_at, setLast] = useState(-1);
  const toggle = (at, is_range) => {
    const next = new Set(chosen);
    const range = is_range && last_at >= 0 ? items.slice(Math.min(at, last_at), Math.max(at, last_at) + 1) : [];
    if (range.length) range.forEach((item) => next.add(item.id));
    else if (!next.delete(items[at].id)) next.add(items[at].id);
    setLast(at);
    setChosen(next);
  };
  const selection = chosen && {
    ids: items.filter((item) => chosen.has(item.id)).map((item) => item.id),
    items: items.filter((item) => chosen.has(item.id)),
    has: (id) => chosen.has(id),
    toggle,
    all: () => setChosen(new Set(items.map((item) => item.id))),
  };
  return { selection, start: () => setChosen(new Set()), stop: () => setChosen(null) };
}

export function SelectionBar({ selection, stop, onExport }) {
  const { ids } = selection;
  const has_any = ids.length > 0;
  const act = async (run) => {
    await run();
    stop();
  };
  const are_kept = has_any && selection.items.every((item) => item.kept);
  const are_seen = has_any && selection.items.every((item) => item.reviewed);
  return html`<div class="selection-bar" role="toolbar" aria-label="Chosen events" data-test="selection-bar">
    <strong aria-live="polite">${ids.length} chosen</strong>
    <button class="link" onClick=${selection.all} aria-label="Choose all that are shown">All</button><span class="grow"></span>
    <button disabled=${!has_any} onClick=${() => act(() => markMany(ids, { reviewed: !are_seen }))}>
      <${Icon} of="check" /><span>${are_seen ? 'New' : 'Seen'}</span></button>
    ${isAdmin() && html`<button disabled=${!has_any} onClick=${() => act(() => markMany(ids, { kept: !are_kept }))}>
      <${Icon} of="star" /><span>${are_kept ? 'Let go' : 'Keep'}</span></button>`}
    <button disabled=${!has_any} onClick=${onExport}><${Icon} of="archive" /><span>Export</span></button>
    ${isAdmin() && html`<button class="danger" disabled=${!has_any} onClick=${() => act(() => deleteWithUndo(ids))}
      data-test="bulk-delete"><${Icon} of="trash" /><span>Delete</span></button>`}
    <button class="quiet icon-only" onClick=${stop} aria-label="End choosing" title="End choosing"><${Icon} of="close" /></button>
  </div>`;
}
