// The timeline shows what happened, by mouse and by keyboard, and opens it at that moment.
import { expect, until } from './browser.mjs';

const timelineOf = (page) => page.getByTestId('timeline');
const said = (page) => timelineOf(page).getAttribute('aria-valuetext');

/// The first pixel of the canvas that has the colour of an event, {x, y} in its own coordinates; null when there is none.
const findEvent = (page) => timelineOf(page).evaluate((canvas) => {
  const style = getComputedStyle(canvas);
  const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const colours = ['event-new', 'event-seen', 'event-kept'].map((name) => {
    probe.fillStyle = style.getPropertyValue(`--${name}`).trim();
    probe.fillRect(0, 0, 1, 1);
    return [...probe.getImageData(0, 0, 1, 1).data.slice(0, 3)].join();
  });
  const { data, width } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const scale = canvas.width / canvas.clientWidth;
  for (let at = 0; at < data.length; at += 4) {
    if (!colours.includes(`${data[at]},${data[at + 1]},${data[at + 2]}`)) continue;
    return { x: ((at / 4) % width) / scale, y: Math.floor(at / 4 / width) / scale };
  }
  return null;
});

export async function checkTimeline(world) {
  const { page, go } = world;
  await go('#/events');
  await page.getByTestId('event').first().waitFor();
  await page.getByTestId('span-hour').click();
  await until(() => findEvent(page), 'no event is drawn on the timeline');
  await timelineOf(page).focus();
  await page.keyboard.press('End');
  await page.keyboard.press('p');
  const first = await until(async () => /Motion|Person|Car/i.test(await said(page) || '') && said(page), 'p reaches no event');
  const bubble = page.getByTestId('bubble');
  await until(() => bubble.locator('img').evaluate((img) => img.complete && img.naturalWidth > 0), 'the cursor shows no thumbnail');
  await page.keyboard.press('ArrowLeft');
  await until(async () => await said(page) !== first, 'the left arrow does not move');
  await page.keyboard.press('+');
  await page.keyboard.press('n');
  await until(async () => /Motion|Person|Car/i.test(await said(page) || ''), 'n reaches no event');
  await page.keyboard.press('Enter');
  await until(() => /#\/event\/[0-9a-f]{16}\?at=/.test(page.url()), 'Enter opens no event');
  await page.getByTestId('clip').or(page.getByTestId('no-clip')).first().waitFor();
  await page.goBack();
  await timelineOf(page).waitFor();
  expect(await page.getByTestId('span-day').getAttribute('aria-pressed') === 'false', 'coming back, the zoom is lost');
  await hoverAndClick(page);
  return 'events are drawn, keys walk over them, Enter and a click open them';
}

/// The pointer over an event says what it is; a click opens it.
async function hoverAndClick(page) {
  await page.getByTestId('span-hour').click();
  await until(() => findEvent(page), 'coming back, no event is drawn');
  const box = await timelineOf(page).boundingBox();
  const spot = await findEvent(page);
  await page.mouse.move(box.x + spot.x + 1, box.y + spot.y + 6);
  await until(async () => /:/.test(await page.getByTestId('bubble').textContent().catch(() => '')), 'the pointer shows nothing');
  await page.mouse.click(box.x + spot.x + 1, box.y + spot.y + 6);
  await until(() => page.url().includes('#/event/'), 'a click on an event opens nothing');
}
