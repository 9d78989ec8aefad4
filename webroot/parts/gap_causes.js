// Why a second was not recorded, in the owner's words and in one of five colours. Pure.

const kCauses = {
  // as intended
  no_motion: ['Nothing moved', 'idle'],
  record_off: ['Recording switched off', 'idle'],
  detect_off: ['Motion detection switched off', 'idle'],
  disabled: ['Camera switched off', 'idle'],
  not_configured: ['Camera not set up', 'idle'],
  // the camera
  starting: ['The camera was starting', 'camera'],
  no_frames: ['The camera sent no pictures', 'camera'],
  frozen_picture: ['The picture was frozen', 'camera'],
  auth_refused: ['The camera refused the password', 'camera'],
  connection_lost: ['The connection to the camera was lost', 'camera'],
  capture_failure: ['Capturing failed', 'camera'],
  worker_restart: ['The camera’s process was restarted', 'camera'],
  wedged: ['Stuck in the driver', 'camera'],
  misconfigured: ['The camera’s settings do not work', 'camera'],
  not_found: ['The camera’s address led nowhere', 'camera'],
  not_supported: ['The camera’s video is not supported', 'camera'],
  ended: ['The file had ended', 'camera'],
  // this machine
  dropped: ['Video was dropped under load', 'system'],
  host_stall: ['The machine stood still', 'system'],
  suspended: ['The machine was asleep', 'system'],
  clock_step: ['The clock was set', 'system'],
  power_off: ['The power was off', 'system'],
  shutdown: ['The machine was shut down', 'system'],
  daemon_stopped: ['Porchlight was stopped', 'system'],
  core_crash: ['Porchlight ended unexpectedly', 'system'],
  // the disk
  disk_full: ['The disk was full', 'storage'],
  write_error: ['The disk did not take the video', 'storage'],
  volume_missing: ['The disk was missing', 'storage'],
  retention: ['Deleted to make room', 'storage'],
  deleted: ['Deleted', 'storage'],
  unknown: ['Not explained', 'unknown'],
};

export const kGapTones = ['recorded', 'idle', 'camera', 'system', 'storage', 'unknown'];

const kToneTitles = { recorded: 'Recorded', idle: 'As intended', camera: 'Camera', system: 'This machine', storage: 'Disk',
  unknown: 'Not explained' };
export const toneTitle = (tone) => kToneTitles[tone] || tone;

const capital = (text) => (text ? text[0].toUpperCase() + text.slice(1) : text);

/// {title, tone} of a cause; of one this page does not know yet, its own words.
export function gapCause(cause) {
  const known = kCauses[cause];
  if (known) return { title: known[0], tone: known[1] };
  if (!cause) return { title: 'Not explained', tone: 'unknown' };
  const tone = /disk|storage|volume|retention|spool/.test(cause) ? 'storage'
    : /camera|picture|frame|worker|stream|device|source/.test(cause) ? 'camera'
      : /idle|motion|off$|disabled|mode/.test(cause) ? 'idle' : 'system';
  return { title: capital(cause.replaceAll('_', ' ')), tone };
}
