// Drives the dashboard of a running appliance in headless Chromium.
//
//   BASE_URL=http://127.0.0.1:8443 USER=admin PASSWORD=... [CHECKS=login,live] [OUT=folder] node run.mjs   (or run.py, which fetches the driver first)
//
// Checks run in order, each in the session the first one opened: login live events clip clips phone logout; on demand also
// timeline chips keys note undo health placeholder storage export parts follow links paths (case_dashboard.py, case_history.py, case_clip.py,
// case_proxy.py).
// Needs: one running camera whose picture changes and one event with a clip (it waits up to WAIT_S, 60, for it).
// Prints a line per check; the first that fails ends the run with exit 1, its reason and the path of a screenshot.
import { launch, fail } from './browser.mjs';
import { checkClip } from './check_clip.mjs';
import { checkClips } from './check_clips.mjs';
import { checkEvents } from './check_events.mjs';
import { checkExport, checkParts } from './check_export.mjs';
import { checkFollow } from './check_follow.mjs';
import { checkHealth } from './check_health.mjs';
import { checkChips, checkKeys, checkNote, checkUndo } from './check_history.mjs';
import { checkLinks } from './check_links.mjs';
import { checkLive } from './check_live.mjs';
import { checkLogin, checkLogout, logIn } from './check_login.mjs';
import { checkPaths } from './check_paths.mjs';
import { checkPhone } from './check_phone.mjs';
import { checkPlaceholder } from './check_placeholder.mjs';
import { checkStorage } from './check_storage.mjs';
import { checkWatch } from './check_watch.mjs';
import { checkTimeline } from './check_timeline.mjs';

const kChecks = { login: checkLogin, live: checkLive, events: checkEvents, clip: checkClip, clips: checkClips,
  timeline: checkTimeline, chips: checkChips, keys: checkKeys, note: checkNote, undo: checkUndo, health: checkHealth,
  placeholder: checkPlaceholder, storage: checkStorage, export: checkExport, parts: checkParts, follow: checkFollow, links: checkLinks, paths: checkPaths, phone: checkPhone,
  watch: checkWatch, logout: checkLogout };
const kOnlyWhenAsked = ['watch', 'timeline', 'chips', 'keys', 'note', 'undo', 'health', 'placeholder', 'storage', 'export', 'parts', 'follow', 'links', 'paths']; // they need more than one camera and change things

const wanted = process.env.CHECKS ? process.env.CHECKS.split(',')
  : Object.keys(kChecks).filter((name) => !kOnlyWhenAsked.includes(name));
const unknown = wanted.filter((name) => !kChecks[name]);
if (unknown.length) fail(`no such check: ${unknown.join(', ')} (there are ${Object.keys(kChecks).join(', ')})`);

const world = await launch();
let is_failed = false;
try {
  if (wanted[0] !== 'login') await logIn(world);
  for (const name of wanted) {
    const started = Date.now();
    world.check = name;
    const said = await kChecks[name](world);
    console.log(`ok ${name}: ${said} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  }
  if (world.page_errors.length) throw new Error(`the page threw: ${world.page_errors.join(' | ')}`);
} catch (error) {
  is_failed = true;
  const path = await world.screenshot(`failed-${world.check || 'start'}`);
  const [why, ...log] = error.message.replace(/\u001b\[\d+m/g, '').split('\n').filter((line) => line.trim());
  console.error(`FAILED ${world.check || 'start'}: ${why}`);
  for (const line of log.slice(0, 12)) console.error(`  driver: ${line.trim()}`);
  console.error(`  screenshot: ${path}`);
  for (const line of [...world.page_errors, ...world.console_lines].slice(-10)) console.error(`  page: ${line}`);
} finally {
  await world.close();
}
process.exit(is_failed ? 1 : 0);
