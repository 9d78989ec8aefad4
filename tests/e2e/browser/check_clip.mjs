// The clip of an event plays and seeks.
import { changedPixels, expect, hasContrast, pixelsOf, until } from './browser.mjs';
import { checkEvents } from './check_events.mjs';

const facts = (clip) => clip.evaluate((video) => ({ time_s: video.currentTime, length_s: video.duration,
  width_px: video.videoWidth, ready: video.readyState, error: video.error && video.error.message }));

function seek(clip, to_s) {
  return clip.evaluate((video, at_s) => new Promise((resolve) => {
    const timer = setTimeout(() => resolve(`not sought to ${at_s} s within 10 s`), 10000);
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
  return pixelsOf(clip);
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
  const { length_s, width_px } = await facts(clip);
  expect(Number.isFinite(length_s) && length_s > 1, `the clip says it is ${length_s} s long`);
  expect(width_px > 0, 'the clip has no picture');
  await clip.evaluate((video) => video.pause());
  const early = await soughtPixels(clip, Math.min(0.2, length_s * 0.05));
  expect(hasContrast(early), 'the clip shows nothing');
  // Pre-roll and post-roll may both show the empty scene: the motion lies somewhere between them.
  let changed = 0;
  for (const share of [0.7, 0.55, 0.45, 0.3]) {
    const later = await soughtPixels(clip, length_s * share);
    expect(hasContrast(later), `the clip shows nothing at ${Math.round(share * 100)} %`);
    changed = Math.max(changed, changedPixels(early, later));
  }
  expect(changed > 2, 'the picture is the same after seeking');
  await clip.evaluate((video) => video.play());
  await until(async () => (await facts(clip)).time_s > length_s * 0.3 + 0.3, 'the clip does not play on after seeking');
  return `${length_s.toFixed(1)} s, plays, seeks forwards and back`;
}
