// The list: chips narrow it, j and k walk in it, notes stay, several are chosen, and what was deleted comes back.
import { expect, until } from './browser.mjs';

const api = (page, path, method = 'GET') => page.evaluate(async ([url, verb]) => {
  const answer = await fetch(url, { method: verb });
  return { status: answer.status, body: await answer.json().catch(() => null) };
}, [`api/v1${path}`, method]);

const shown = (page) => page.getByTestId('event').evaluateAll((rows) => rows.map((row) => row.getAttribute('href').split('/').pop()));
const closedEvents = async (page) => (await api(page, '/events?limit=200')).body.events.filter((event) => event.state === 'closed');

export async function checkChips(world) {
  const { page, go, wait_ms } = world;
  await until(async () => (await closedEvents(page)).length >= 3, 'fewer than three closed events', wait_ms, 1000);
  const [event] = await closedEvents(page);
  await go('#/events');
  await page.getByTestId('event').first().waitFor();
  await go(`#/event/${event.id}`);
  if (await page.getByTestId('keep').getAttribute('aria-pressed') !== 'true') await page.getByTestId('keep').click();
  await until(async () => (await api(page, `/events/${event.id}`)).body.kept, 'Keep did not reach the daemon');
  await go('#/events');
  await page.getByTestId('chip-kept').click();
  await until(async () => (await shown(page)).join() === event.id, 'the chip Kept does not show just the kept event');
  await page.getByTestId('chip-all').click();
  await until(async () => (await shown(page)).length > 1, 'the chip All does not show the others');
  const camera = page.locator(`[data-test="chip-camera-${event.camera}"]`);
  if (await camera.count()) {
    await camera.click();
    await until(() => page.url().includes(`camera=${event.camera}`), 'the chip of a camera is not in the address');
    await page.getByTestId('chip-all').click();
  }
  await page.getByTestId('chip-new').click();
  await until(async () => !(await shown(page)).includes(event.id), 'an event that was looked at is still new');
  await page.getByTestId('chip-all').click();
  await go(`#/event/${event.id}`);
  await page.getByTestId('keep').click();
  await until(async () => !(await api(page, `/events/${event.id}`)).body.kept, 'letting go did not reach the daemon');
  return 'kept, camera and new narrow the list';
}

export async function checkKeys({ page, go }) {
  await go('#/events');
  await page.getByTestId('event').first().waitFor();
  await page.locator('h1').click();
  // By what is in the line, not by its number: a new event moves all lines down, and the focus with them.
  const focused = () => page.evaluate(() => document.activeElement.closest('[data-at]')?.querySelector('a').getAttribute('href').split('/').pop() ?? '');
  await page.keyboard.press('j');
  await until(focused, 'j does not go to the first line', 4000);
  const first_line = await focused();
  const all = await shown(page);
  const lines = all.slice(all.indexOf(first_line));
  for (const [key, steps_down] of [['j', 1], ['j', 2], ['k', 1]]) {
    await page.keyboard.press(key);
    await until(async () => await focused() === lines[steps_down],
      `${key} does not go ${steps_down} below the first line but to "${await focused()}" of ${lines.slice(0, 4)}`, 4000);
  }
  await page.keyboard.press('Enter');
  await until(() => page.url().includes('#/event/'), 'Enter opens nothing');
  const first = page.url();
  await until(async () => {
    await page.keyboard.press('j');
    return page.url() !== first;
  }, 'j does not go to the older event');
  return 'j, k and Enter walk in the list and in the event';
}

export async function checkNote({ page, go }) {
  const [event] = await closedEvents(page);
  await go(`#/event/${event.id}`);
  await page.getByTestId('note').click();
  await page.fill('textarea', 'The <b>parcel</b> arrived');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await until(async () => (await api(page, `/events/${event.id}`)).body.note === 'The <b>parcel</b> arrived', 'the note did not reach the daemon');
  await go('#/events');
  await page.getByTestId('search').fill('parcel arrived');
  await until(async () => (await shown(page)).join() === event.id, 'searching notes does not find the event');
  await page.getByTestId('search').fill('');
  return 'a note is written, shown as text and found';
}

export async function checkUndo({ page, go }) {
  const before = await closedEvents(page);
  await go('#/events');
  const victim = before.at(-1);
  await go(`#/event/${victim.id}`);
  await page.getByTestId('delete').click();
  await until(async () => [404, 410].includes((await api(page, `/events/${victim.id}`)).status), 'the daemon still has the deleted event');
  await page.locator('.toast button').first().click();
  await until(async () => (await api(page, `/events/${victim.id}`)).status === 200, 'Undo did not bring the event back');
  await go('#/events');
  await until(async () => (await shown(page)).includes(victim.id), 'the restored event is not listed');
  return `event ${victim.id} was deleted and restored; ${await bulk(page, go)}`;
}

async function bulk(page, go) {
  await go('#/events');
  await page.getByTestId('event').first().waitFor();
  await page.getByTestId('choose').click();
  const victims = (await closedEvents(page)).slice(0, 2).map((event) => event.id);
  expect(victims.length === 2, 'too few events to choose from');
  const left = async () => (await closedEvents(page)).filter((event) => victims.includes(event.id)).length;
  for (const id of victims) await page.locator(`[data-test=event-choice][data-event="${id}"]`).click();
  await page.getByTestId('bulk-delete').click();
  await until(async () => await left() === 0, 'two chosen events were not deleted');
  await page.locator('.toast button').first().click();
  await until(async () => await left() === 2, 'Undo did not bring both back');
  return 'two at once too';
}
