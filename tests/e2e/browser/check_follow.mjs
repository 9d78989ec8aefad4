// An event that runs: opened at once, its clip plays from its first picture, goes on to the event's end, and is then the final
// clip, which seeks.
import { expect, hasContrast, pixelsOf, until } from './browser.mjs';

const eventsOf = (page) => page.evaluate(async () => (await (await fetch('api/v1/events?limit=20')).json()).events);
const facts = (clip) => clip.evaluate((video) => ({ time_s: video.currentTime, length_s: video.duration, is_paused: video.paused,
  is_running: video.dataset.running === 'true', ready: video.readyState, error: video.error && video.error.message }));

export async function checkFollow({ page, go, wait_ms }) {
  const known = new Set((await eventsOf(page)).map((event) => event.id));
  await go('#/cameras');
  const event = await until(async () => (await eventsOf(page)).find((one) => one.state === 'active' && !known.has(one.id)),
    'no event begins', wait_ms * 2, 100);
  const opened_ms = Date.now();
  await go(`#/event/${event.id}`);
  const clip = page.getByTestId('clip');
  await clip.waitFor();
  let furthest_s = 0;
  const first = await until(async () => {
    const now = await facts(clip);
    expect(!now.error, `the running clip failed: ${now.error}`);
    return now.ready >= 2 && now;
  }, 'the running clip shows no picture', 20000, 20);
  const wait_s = (Date.now() - opened_ms) / 1000;
  expect(first.is_running, 'the event was over before its clip was opened');
  expect(first.time_s < 2 + wait_s, `the running clip begins at ${first.time_s} s, not at its pre-roll`);
  expect(hasContrast(await pixelsOf(clip)), 'the running clip shows nothing');
  await until(async () => {
    const now = await facts(clip);
    expect(!now.error || !now.is_running, `the running clip failed at ${furthest_s} s: ${now.error}`);
    if (now.is_running) furthest_s = Math.max(furthest_s, now.time_s);
    return !now.is_running;
  }, 'the clip never becomes final', wait_ms * 2, 100);
  const final = (await eventsOf(page)).find((one) => one.id === event.id);
  const said_s = (Date.parse(final.clip_ended_at) - Date.parse(final.clip_started_at)) / 1000;
  expect(furthest_s > said_s - 2.5, `it was followed to ${furthest_s.toFixed(1)} s of ${said_s.toFixed(1)} s`);
  const last = await until(async () => {
    const now = await facts(clip);
    return now.ready >= 2 && now;
  }, 'the final clip shows no picture');
  expect(Math.abs(last.length_s - said_s) < 0.3, `the final clip lasts ${last.length_s} s, its row says ${said_s} s`);
  expect(last.time_s > said_s - 2.5, `it begins again at ${last.time_s} s when it becomes final`);
  const seek_ms = await clip.evaluate((video) => new Promise((resolve) => {
    const begun = performance.now();
    video.addEventListener('seeked', () => resolve(performance.now() - begun), { once: true });
    video.currentTime = video.duration / 2;
  }));
  expect(seek_ms < 5000, `seeking took ${Math.round(seek_ms)} ms`);
  return `picture after ${wait_s.toFixed(1)} s, followed to ${furthest_s.toFixed(1)} of ${said_s.toFixed(1)} s, then sought in ${Math.round(seek_ms)} ms`;
}
