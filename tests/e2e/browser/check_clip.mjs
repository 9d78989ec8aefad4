// The clip of an event plays and seeks.
import { changedPixels, expect, hasContrast, pixelsOf, until } from './browser.mjs';
import { checkEvents } from './check_events.mjs';

const facts = (clip) => clip.evaluate((video) => ({ time_s: video.currentTime, length_s: video.duration,
  width_px: video.videoWidth, sound_bytes: video.webkitAudioDecodedByteCount, ready: video.readyState, error: video.error && video.error.message }));

function seek(clip, to_s) {
  return clip.evaluate((video, at_s) => new Promise((resolve) => {
    const timer = setTimeout(() => resolve(`not sought to ${at_s} s within 30 s`), 30000);
    video.addEventListener('seeked', () => {
      clearTimeout(timer);
      requestAnimationFrame(() => requestAnimationFrame(() => resolve('')));
    }, { once: true });
    video.currentTime = at_s;
  }), to_s);
}

async function soughtPixels(clip, to_s) {
  const problem = await seek(clip, to_s);
  expect(!problem, problem);
  const { time_s, error } = await facts(clip);
  expect(!error, `the clip failed after seeking to ${to_s} s: ${error}`);
  expect(Math.abs(time_s - to_s) < 0.5, `sought ${to_s} s, the clip is at ${time_s} s`);
  return pixelsOf(clip, 320, 180); // what moved may be small
}

export async function checkClip(world) {
  const { page, go } = world;
  if (!world.event) await checkEvents(world);
  await go(`#/event/${world.event.id}`);
  const clip = page.getByTestId('clip');
  await clip.waitFor().catch(async () => {
    const said = await page.getByTestId('no-clip').textContent().catch(() => 'nothing');
    throw new Error(`the event shows no clip, it says: ${said}`);
  });
  await until(async () => {
    const { time_s, error } = await facts(clip);
    expect(!error, `the clip failed: ${error}`);
    return time_s > 0.5;
  }, 'the clip does not play');
  const { length_s, width_px, sound_bytes } = await facts(clip);
  expect(Number.isFinite(length_s) && length_s > 1, `the clip says it is ${length_s} s long`);
  expect(width_px > 0, 'the clip has no picture');
  // The made clips come with G.711 (case_events.py).
  if (world.event.camera.startsWith('made')) expect(sound_bytes > 0, 'the clip plays without its sound');
  await clip.evaluate((video) => video.pause());
  const early = await soughtPixels(clip, Math.min(0.2, length_s * 0.05));
  expect(hasContrast(early), 'the clip shows nothing');
  // Pre-roll and post-roll may both show the empty scene: the motion lies somewhere between them.
  const kShares = [0.7, 0.5, 0.3, 0.6, 0.4, 0.8, 0.2, 0.9];
  let changed = 0;
  for (let at = 0; at < kShares.length && (at < 3 || changed <= 8); at += 1) {
    const later = await soughtPixels(clip, length_s * kShares[at]);
    expect(hasContrast(later), `the clip shows nothing at ${Math.round(kShares[at] * 100)} %`);
    changed = Math.max(changed, changedPixels(early, later, 12));
  }
  expect(changed > 8, `the picture is the same after seeking: ${changed} of 57600 pixels differ`);
  expect(!await seek(clip, length_s * 0.3), 'the clip cannot be sought any more');
  const { time_s: rests_s } = await facts(clip);
  await clip.evaluate((video) => video.play());
  await until(async () => (await facts(clip)).time_s > rests_s + 0.3, 'the clip does not play on after seeking');
  return `${length_s.toFixed(1)} s, ${sound_bytes} bytes of sound, plays, seeks forwards and back`;
}
