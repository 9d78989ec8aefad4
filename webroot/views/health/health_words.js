// Faults, rungs and outcomes in the owner's words. Pure.

const kFaults = {
  frame_timeout: ['No pictures arrive', 'The camera is connected but sends nothing.'],
  frozen_picture: ['The picture is frozen', 'Pictures arrive, but they are all the same.'],
  black_picture: ['The picture is black', 'The lens is covered, or the camera sees nothing.'],
  buffer_error: ['Damaged video', 'What the camera sends is cut off or cannot be decoded.'],
  connection_error: ['No connection', 'The camera refuses the connection, or it was lost.'],
  capture_failure: ['Capturing failed', 'The source reported an error.'],
  auth_refused: ['Wrong name or password', 'The camera refuses the account in its settings: only you can change that.'],
  misconfigured: ['The settings do not work', 'Only you can correct them: the reason says what.'],
  not_found: ['Nothing there', 'The camera, path or file that the settings name is not there.'],
  not_supported: ['Not supported', 'What the camera sends, or how, is not understood.'],
  ended: ['The file has ended', 'It is not repeated (loop: false).'],
  heartbeat_missing: ['The process does not answer', 'The camera’s process stood still.'],
  hung: ['Stuck in the driver', 'A call into the camera’s driver did not come back.'],
  worker_died: ['The process ended', 'The camera’s process crashed or ended.'],
  worker_garbage: ['The process sent nonsense', 'What the camera’s process sent could not be read; it was replaced.'],
  worker_flood: ['Far too many pictures', 'The camera’s process sent more than any camera can; it was replaced.'],
  memory_limit: ['Too much memory', 'The camera’s process grew over its limit and was replaced.'],
  cpu_limit: ['Too much CPU', 'The camera’s process used more CPU than its limit, and was replaced.'],
  cpu_busy: ['Much CPU', 'The camera’s process uses more CPU than its limit, a new one as much. It records on.'],
  low_rate: ['Too few pictures', 'Less than half of the usual picture rate.'],
  tampered: ['Tampered with', 'The camera itself says that it was covered, turned or opened. It records on.'],
  video_lost: ['The camera lost its picture', 'The camera itself says that its sensor gives nothing. What it sends is recorded on.'],
  unproven: ['Not read back', 'No other program could try whether the recordings play. They are made all the same.'],
  unplayable: ['Recordings do not play', 'Pictures come, but what is recorded of them cannot be played: another program tried.'],
  descriptor_leak: ['Too many open files', 'The camera’s process opened files without end and was replaced.'],
};

const capital = (text) => (text ? text[0].toUpperCase() + text.slice(1).replaceAll('_', ' ') : '');

/// {title, help} of a kind of fault or a class of issue.
export function faultWords(kind) {
  const known = kFaults[kind];
  return known ? { title: known[0], help: known[1] } : { title: capital(kind) || 'Trouble', help: '' };
}

export const kRungs = [
  { rung: 1, name: 'retry', title: 'Try again', help: 'Asks the source for the next picture once more.' },
  { rung: 2, name: 'restart_stream', title: 'Restart the stream', help: 'Closes the source and opens it again.' },
  { rung: 3, name: 'respawn_worker', title: 'New process', help: 'Ends the camera’s process and starts a new one.' },
  { rung: 4, name: 'reset_device', title: 'Reset the device', help: 'Takes the device off the bus and puts it back (USB).' },
  { rung: 5, name: 'owner_action', title: 'Your last resort', help: 'Runs the command in the camera’s settings, or restarts the machine.' },
];

export function rungTitle(rung) {
  const known = kRungs.find((one) => one.rung === rung || one.name === rung || `${one.name}s` === rung);
  if (known) return known.title;
  if (rung === 'owners_action') return kRungs[4].title;
  return rung && rung !== 'none' ? capital(String(rung)) : '';
}

const kOutcomes = {
  recovered: { title: 'Worked', tone: 'good' },
  failed: { title: 'Did not help', tone: 'bad' },
  refused: { title: 'Not possible', tone: 'warn' },
  running: { title: 'Under way', tone: 'warn' },
};
export const outcomeWords = (outcome) => kOutcomes[outcome] || { title: capital(outcome) || 'Unknown', tone: 'off' };

const kTones = { excellent: 'good', good: 'good', warning: 'warn', critical: 'bad' };

/// Level of the score as the daemon judges it; by the usual thresholds when it does not say.
export function levelOf({ level, score }) {
  const name = level || (score >= 90 ? 'excellent' : score >= 70 ? 'good' : score >= 30 ? 'warning' : 'critical');
  return { title: capital(name), tone: kTones[name] || 'off' };
}

/// {kind: count} or [{kind, count}] as [{kind, count}], the most frequent first, without those that never occurred.
export function faultCounts(faults) {
  const list = Array.isArray(faults) ? faults : Object.entries(faults || {}).map(([kind, count]) => ({ kind, count }));
  return list.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count || (a.kind < b.kind ? -1 : 1));
}

/// What a capture test says: a line, and whether it went well.
export function testWords({ n, successes, latency_median_us, faults }) {
  const ms = typeof latency_median_us === 'number' ? `, usually after ${Math.round(latency_median_us / 1000)} ms` : '';
  const why = (faults || []).map(({ kind, count, detail }) => `${count} × ${detail || faultWords(kind).title.toLowerCase()}`);
  return { is_ok: successes === n, text: `${successes} of ${n} pictures arrived${ms}.${why.length ? ` ${why.join('; ')}` : ''}` };
}

/// Where a switch says other than the configuration.
export function switchWords(one) {
  const title = { enabled: 'Camera', detect: 'Detection', record: 'Recording' }[one.key] || one.key;
  return `${title}: switched to ${one.value} by ${one.by}, also after a restart. The configuration says ${one.configured}.`;
}
