// The live picture of each running camera changes, says its age, and stops when nobody looks.
import { changedPixels, hasContrast, pixelsOf, until } from './browser.mjs';

const camerasOf = (page) => page.evaluate(async () => (await (await fetch('api/v1/cameras')).json()).cameras);

async function watchCamera(page, name) {
  const picture = page.getByTestId(`live-${name}`);
  const first = await until(async () => {
    const pixels = await pixelsOf(picture);
    return hasContrast(pixels) && pixels;
  }, `no live picture of ${name}`);
  await until(async () => changedPixels(first, await pixelsOf(picture)) > 2, `the live picture of ${name} stands still`);
  // A busy machine may be late with a picture; then the chip rightly says so. It must come back to Live.
  let age = '';
  await until(async () => {
    age = await page.getByTestId(`card-${name}`).getByTestId('age').textContent();
    return /^Live/.test(age) && /\d/.test(age);
  }, `the picture of ${name} does not become live again`, 30000).catch((error) => { throw new Error(`${error.message}, it says "${age}"`); });
}

async function viewersOf(page, name) {
  return (await camerasOf(page)).find((camera) => camera.name === name).viewers;
}

export async function checkLive({ page, go, wait_ms }) {
  await go('#/cameras');
  const running = await until(async () => {
    const list = (await camerasOf(page)).filter((camera) => camera.state === 'running');
    return list.length > 0 && list;
  }, 'no camera is running', wait_ms);
  const seen = running.slice(0, 4);
  for (const { name } of seen) {
    await page.getByTestId(`card-${name}`).scrollIntoViewIfNeeded();
    await watchCamera(page, name);
  }
  const { name } = seen[0];
  await go(`#/camera/${name}`);
  await until(async () => hasContrast(await pixelsOf(page.getByTestId(`live-${name}`))), `no large picture of ${name}`);
  await go('#/system');
  await until(async () => await viewersOf(page, name) === 0, `${name} is still streamed to a page that does not show it`);
  return `${seen.map((camera) => camera.name).join(', ')} change and say their age; nobody watches after leaving`;
}
