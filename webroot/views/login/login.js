// The login form: what a password manager expects, an error in words, and the wait after too many tries.
import { html, useAppState, useEffect, useNow, useRef, useState } from '../../ui.js';
import { logIn } from '../../session.js';
import { LinkBanner, ThemeButton } from '../../parts/shell.js';
import { loginErrorText } from './login_text.js';

export function LoginView() {
  const [error, setError] = useState(null);
  const [blocked_until_ms, setBlocked] = useState(0);
  const [is_busy, setBusy] = useState(false);
  const name_field = useRef(null);
  const password_field = useRef(null);
  const now = useNow();
  useAppState();
  useEffect(() => name_field.current.focus(), []);

  const submit = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    setBusy(true);
    const result = await logIn(form.username.value.trim(), form.password.value);
    setBusy(false);
    if (result.ok) return;
    setError(result.error);
    if (result.error.status === 429) setBlocked(Date.now() + (result.error.retry_after_s || 30) * 1000);
    if (password_field.current) password_field.current.select();
  };
  const wait_s = Math.max(0, Math.ceil((blocked_until_ms - now) / 1000));
  const text = loginErrorText(error, wait_s);
  return html`<div class="login-page"><${LinkBanner} />
    <form class="login" method="post" onSubmit=${submit} aria-describedby="login-error">
      <div class="login-head"><img src="icons/icon.svg" alt="" width="56" height="56" />
        <h1>Porchlight</h1></div>
      <label>Name<input ref=${name_field} name="username" autocomplete="username" autocapitalize="none"
        autocorrect="off" spellcheck=${false} required /></label>
      <${PasswordField} field=${password_field} />
      <p id="login-error" class="form-error" role="alert" data-test="login-error">${text}</p>
      <button class="primary" type="submit" disabled=${is_busy || wait_s > 0}>
        ${is_busy ? 'Checking…' : wait_s > 0 ? `Wait ${wait_s} s` : 'Log in'}</button>
      <div class="login-foot"><${ThemeButton} /></div>
    </form></div>`;
}

function PasswordField({ field }) {
  const [is_shown, setShown] = useState(false);
  return html`<div class="field"><label for="password">Password</label><div class="with-button">
    <input id="password" ref=${field} name="password" type=${is_shown ? 'text' : 'password'}
      autocomplete="current-password" required />
    <button type="button" class="quiet" aria-pressed=${is_shown} onClick=${() => setShown(!is_shown)}>
      ${is_shown ? 'Hide' : 'Show'}</button></div></div>`;
}
