// Who is using the page: asks once at start, then follows logins, logouts and sessions that ended.
import * as api from './api.js';
import { backoffMs } from './backoff.js';
import * as store from './state.js';
import { startSync, stopSync } from './sync.js';

let failures = 0;

export function initSession() {
  api.watchRequests({ unauthorized: endSession, link: (is_up) => store.setLink(is_up) });
  whoAmI();
}

async function whoAmI() {
  const result = await api.me();
  if (result.ok) {
    failures = 0;
    store.setSession({ status: 'known', name: result.value.name, role: result.value.role });
    startSync();
  } else if (result.error.status === 401) {
    endSession();
  } else {
    failures += 1;
    const wait_ms = backoffMs(failures);
    store.setNextTry(Date.now() + wait_ms);
    setTimeout(whoAmI, wait_ms);
  }
}

function endSession() {
  stopSync();
  store.clearPrivate();
  store.setSession({ status: 'anonymous', name: '', role: '' });
}

/// The result of the login; on success the page is already being filled.
export async function logIn(username, password) {
  const result = await api.login(username, password);
  if (result.ok) await whoAmI();
  return result;
}

export async function logOut() {
  const result = await api.logout();
  if (result.ok || result.error.status === 401) endSession();
  else store.addToast(`Not logged out: ${result.error.message}`, { kind: 'bad' });
}

export const isAdmin = () => store.state.session.role === 'admin';
