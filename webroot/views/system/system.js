// What runs here: storage, plugins with the reason of each refused one, versions, accounts and the audit log.
import { html, useAppState, useAnswer } from '../../ui.js';
import * as api from '../../api.js';
import { isAdmin } from '../../session.js';
import { momentTitle, parseTime } from '../../time.js';
import { flattenFacts } from './facts.js';
import { Alerts } from './alerts.js';

const kRefreshMs = 10000;

export function SystemView() {
  const { session } = useAppState();
  return html`<div class="page-head"><h1>System</h1></div>
    <div class="columns system">
      <${SystemFacts} />
      <${Plugins} />
      ${isAdmin() && html`<${Alerts} /><${Users} /><${Tokens} /><${Audit} />`}
    </div><p class="dim end">Logged in as ${session.name} (${session.role}).</p>`;
}

function Section({ title, result, children }) {
  return html`<section class="card pad"><h2>${title}</h2>
    ${!result ? html`<p class="loading">Loading…</p>`
      : !result.ok ? html`<p class="form-error">${result.error.message}</p>` : children}</section>`;
}

function FactList({ facts }) {
  return html`<dl class="facts">${facts.map(([key, value]) => html`<div key=${key}><dt>${key}</dt>
    <dd>${value}</dd></div>`)}</dl>`;
}

/// What the health page shows as a table is no line here.
function withoutTables({ storage, ...report }) {
  const { written, ...facts } = storage || {};
  return { ...report, storage: facts };
}

function SystemFacts() {
  const { storage } = useAppState();
  const result = useAnswer(api.system, [], kRefreshMs);
  const groups = result && result.ok ? flattenFacts(withoutTables(result.value), storage && withoutTables({ storage }).storage) : [];
  return groups.length ? groups.map((group) => html`<${Section} key=${group.title} title=${group.title} result=${result}>
    <${FactList} facts=${group.facts} /></${Section}>`) : html`<${Section} title="System" result=${result}>
    <p class="dim">Nothing reported.</p></${Section}>`;
}

function Plugins() {
  const result = useAnswer(api.plugins);
  const list = (result && result.ok && result.value.plugins) || [];
  return html`<${Section} title="Plugins" result=${result}><ul class="plain plugin-list">
    ${list.map((plugin) => html`<li key=${plugin.file}>
      <p><strong>${plugin.name}</strong> <span class="dim">${[plugin.kind, plugin.version].filter(Boolean).join(' · ')}</span>
        ${' '}<span class=${`pill ${plugin.reason ? 'bad' : 'good'}`}>${plugin.reason ? 'Refused' : 'Loaded'}</span></p>
      ${plugin.reason && html`<p class="refusal">${plugin.reason}</p>`}
      ${plugin.summary && html`<p class="dim">${plugin.summary}</p>`}
      ${(plugin.built_with || plugin.runtime) && html`<p class="dim small">${
        [plugin.built_with && `Built with ${plugin.built_with}`, plugin.runtime && `runs with ${plugin.runtime}`]
          .filter(Boolean).join(' · ')}</p>`}
    </li>`)}</ul></${Section}>`;
}

function Users() {
  const result = useAnswer(api.users);
  const list = (result && result.ok && result.value.users) || [];
  return html`<${Section} title="Accounts" result=${result}><ul class="plain">
    ${list.map((user) => html`<li key=${user.name}><strong>${user.name}</strong> <span class="dim">${user.role}</span></li>`)}
  </ul><p class="dim small">Add or change accounts with <code>porchlight user</code>.</p></${Section}>`;
}

function Tokens() {
  const result = useAnswer(api.tokens);
  const list = (result && result.ok && result.value.tokens) || [];
  if (result && result.ok && list.length === 0) return null;
  const words = (token) => [token.role, token.maker && `made by ${token.maker}`,
    token.last_used_at ? `used ${momentTitle(parseTime(token.last_used_at), Date.now())}` : 'never used'].filter(Boolean).join(' · ');
  return html`<${Section} title="Tokens for scripts" result=${result}><ul class="plain">
    ${list.map((token) => html`<li key=${token.name}><strong>${token.name}</strong> <span class="dim">${words(token)}</span></li>`)}</ul></${Section}>`;
}

function Audit() {
  const result = useAnswer(api.audit);
  const list = (result && result.ok && (result.value.audit)) || [];
  return html`<${Section} title="Audit log" result=${result}>
    ${list.length === 0 && html`<p class="dim">Nothing yet.</p>`}<ul class="plain small audit" tabindex="0" aria-label="Audit log, newest first">
    ${list.slice(0, 50).map((entry, at) => html`<li key=${at}>
      <span class="dim">${momentTitle(parseTime(entry.done_at), Date.now())}</span>
      ${' '}${[entry.user, entry.action, entry.detail, entry.address].filter(Boolean).join(' · ')}</li>`)}</ul>
    <${FailedLogins} list=${(result && result.ok && result.value.failed_logins) || []} /></${Section}>`;
}

function FailedLogins({ list }) {
  if (list.length === 0) return null;
  return html`<h3>Refused logins</h3><ul class="plain small audit" tabindex="0" aria-label="Refused logins, newest first">
    ${list.slice(0, 50).map((entry) => html`<li key=${`${entry.user} ${entry.address}`}>
      <span class="dim">${momentTitle(parseTime(entry.last_at), Date.now())}</span>
      ${' '}${[entry.user, entry.address, entry.tries > 1 ? `${entry.tries} times` : ''].filter(Boolean).join(' · ')}</li>`)}</ul>`;
}
