// The history lists events by day with thumbnails, and one can be kept and let go.
import { expect, until } from './browser.mjs';

const firstClosed = (page) => page.evaluate(async () => {
  const { events } = await (await fetch('api/v1/events?limit=50')).json();
  return events.find((event) => event.state === 'closed' && event.clip_url) || null;
});

export async function checkEvents(world) {
  const { page, go, wait_ms } = world;
  world.event = await until(() => firstClosed(page), 'no closed event with a clip', wait_ms, 1000);
  await go('#/events');
  const rows = page.getByTestId('event');
  await rows.first().waitFor();
  expect(await page.locator('.day h2').count() > 0, 'the events are not grouped by day');
  const row = page.locator(`a[href="#/event/${world.event.id}"]`);
  await row.scrollIntoViewIfNeeded();
  await until(() => row.locator('img').evaluate((img) => img.complete && img.naturalWidth > 0),
    `event ${world.event.id} shows no thumbnail`);
  await row.click();
  await page.getByTestId('keep').click();
  const isKept = () => page.evaluate(async (id) => (await (await fetch(`api/v1/events/${id}`)).json()).kept, world.event.id);
  await until(isKept, 'Keep did not reach the daemon');
  await page.getByTestId('keep').click();
  await until(async () => !(await isKept()), 'letting go did not reach the daemon');
  return `event ${world.event.id} has a thumbnail, was kept and let go`;
}
