// One clip of every camera plays and seeks (CHECKS=login,clips).
import { expect } from './browser.mjs';
import { checkClip } from './check_clip.mjs';

export async function checkClips(world) {
  const events = await world.page.evaluate(async () => (await (await fetch('/api/v1/events?limit=500')).json()).events);
  const first = new Map();
  for (const event of events) if (event.clip_ended_at && event.clip_url) first.set(event.camera, event);
  expect(first.size > 0, 'no camera has an event with a clip');
  const said = [];
  for (const [camera, event] of first) {
    world.event = event;
    said.push(`${camera} ${await checkClip(world).catch((error) => { throw new Error(`${camera}: ${error.message}`); })}`);
  }
  return said.join('; ');
}
