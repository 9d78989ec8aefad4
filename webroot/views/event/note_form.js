// A line or two about an event, in the owner's words.
import { html, useEffect, useRef } from '../../ui.js';

const kMaxChars = 500;

export function NoteForm({ event, save, close }) {
  const field = useRef(null);
  useEffect(() => field.current.focus(), []);
  const submit = (submitted) => {
    submitted.preventDefault();
    save({ note: field.current.value.trim() });
    close();
  };
  return html`<form class="card pad note-form" onSubmit=${submit}>
    <label>Note<textarea ref=${field} rows="3" maxlength=${kMaxChars}>${event.note || ''}</textarea></label>
    <div class="actions"><button class="primary" type="submit">Save</button>
      <button type="button" onClick=${close}>Cancel</button></div></form>`;
}
