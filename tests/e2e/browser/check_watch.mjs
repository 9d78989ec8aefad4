// Live video as it is recorded: a wall of which one camera is down, over one connection; how soon its first pictures are there,
// how old the picture on the screen is by the clock that stands in the scene, and that the last one of a camera that dies stays, grey.
import { expect, hasContrast, pixelsOf, until } from './browser.mjs';

const kFirstMs = 3000; // on a machine that is busy with the whole suite; docs/performance.md has what it takes alone
const kOldMs = 1500;

/// How many ms after the turn of a second the last digit of the scene's clock changes on the screen. 1280x720, dots of 3 px.
export const clockDelays = (locator, seconds) => locator.evaluate((element, limit_ms) => new Promise((done) => {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [15, 21];
  const drawing = canvas.getContext('2d', { willReadFrequently: true });
  const delays = [];
  const end = performance.now() + limit_ms;
  let before = null;
  const look = () => {
    const scale = (element.videoWidth || element.naturalWidth) / 1280;
    drawing.drawImage(element, 348 * scale, 24 * scale, 15 * scale, 21 * scale, 0, 0, 15, 21);
    const now = drawing.getImageData(0, 0, 15, 21).data;
    const differs = before && now.reduce((sum, value, at) => sum + Math.abs(value - before[at]), 0) / now.length > 12;
    if (differs) delays.push(Date.now() % 1000);
    if (differs || !before) before = now;
    if (performance.now() > end) done(delays);
    else if (element.requestVideoFrameCallback) element.requestVideoFrameCallback(look);
    else requestAnimationFrame(look);
  };
  look();
}), seconds * 1000);

export const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/// ms from the click until each of these has a picture.
async function firstPictures({ page, go }, names) {
  await go('#/system');
  await page.getByRole('heading', { name: 'System', level: 1 }).waitFor();
  return page.evaluate(([wanted, limit_ms]) => new Promise((done) => {
    const began = performance.now();
    window.location.hash = '#/cameras';
    const look = () => {
      const videos = wanted.map((name) => document.querySelector(`[data-test="live-${name}"]`));
      const took_ms = performance.now() - began;
      if (took_ms > limit_ms || videos.every((video) => video?.readyState >= 2)) done(took_ms);
      else requestAnimationFrame(look);
    };
    look();
  }), [names, 20000]);
}

/// A worker that hangs: its last picture stays, grey and with its age, until another one gives new ones.
async function hang(world, { name, worker }) {
  const card = world.page.getByTestId(`card-${name}`);
  process.kill(worker.pid, 'SIGSTOP');
  await until(async () => /^Old picture/.test(await card.getByTestId('age').textContent()), `${name} hangs and is called live`, 20000);
  const picture = world.page.getByTestId(`live-${name}`);
  const { visibility, filter } = await picture.evaluate((video) => ({ ...getComputedStyle(video) }));
  expect(visibility === 'visible' && filter.includes('grayscale'), `the last picture is ${visibility}, ${filter}`);
  expect(hasContrast(await pixelsOf(picture)), 'the last picture is gone');
  await world.screenshot('watch-hangs');
  await until(async () => /^Live/.test(await card.getByTestId('age').textContent()), `${name} does not come back`);
}

/// Another stream begins, from 0 again: the picture goes on in the same element.
async function restart({ page }, name) {
  const picture = page.getByTestId(`live-${name}`);
  const before_s = await picture.evaluate((video) => {
    video.is_same = true;
    return video.currentTime;
  });
  const status = await page.evaluate(async (camera) => (await fetch(`api/v1/cameras/${camera}/recover`, { method: 'POST',
    headers: { 'Content-Type': 'application/json' }, body: '{"rung": 2}' })).status, name);
  expect(status === 200, `restarting the stream: ${status}`);
  await until(() => picture.evaluate((video, from_s) => video.is_same && !video.paused && video.currentTime > from_s + 8, before_s),
    'the picture does not go on with another stream', 40000);
}

export async function checkWatch(world) {
  const { page, go } = world;
  const sockets = [];
  page.on('websocket', (socket) => sockets.push(socket));
  await page.evaluate(() => { window.is_same_page = true; });
  const list = await page.evaluate(async () => (await (await fetch('api/v1/cameras')).json()).cameras);
  const running = list.filter((camera) => camera.state === 'running').map((camera) => camera.name);
  const dead = list.filter((camera) => camera.state !== 'running').map((camera) => camera.name);
  expect(running.length >= 2 && dead.length === 1, `not the wall that is expected: ${running} run, ${dead} do not`);
  const first_ms = [];
  for (let i = 0; i < 3; i += 1) first_ms.push(await firstPictures(world, running));
  await page.waitForTimeout(3000);
  for (const name of running) {
    const picture = page.getByTestId(`live-${name}`);
    expect(await picture.evaluate((element) => element.tagName) === 'VIDEO', `${name} is no video`);
    await until(async () => hasContrast(await pixelsOf(picture)), `no picture of ${name}`);
    await until(async () => /^Live/.test(await page.getByTestId(`card-${name}`).getByTestId('age').textContent()), `${name} is not live`, 20000);
  }
  const delays = await clockDelays(page.getByTestId(`live-${running[0]}`), 10);
  expect(delays.length >= 5, `the clock of ${running[0]} changed ${delays.length} times in 10 s`);
  expect(sockets.filter((socket) => !socket.isClosed()).length === 1, `${sockets.filter((socket) => !socket.isClosed()).length} connections`);
  await world.screenshot('watch-wall');
  expect(median(first_ms) < kFirstMs, `first pictures after ${first_ms.map(Math.round)} ms`);
  expect(median(delays) < kOldMs, `pictures are old: ${delays} ms`);
  await hang(world, list.find((camera) => camera.name === running[1]));
  await page.setViewportSize({ width: 390, height: 844 });
  await page.waitForTimeout(1500);
  await world.screenshot('watch-phone');
  await page.setViewportSize({ width: 1280, height: 800 });
  await go(`#/camera/${running[0]}`);
  await until(async () => hasContrast(await pixelsOf(page.getByTestId(`live-${running[0]}`))), 'no large picture');
  await page.waitForTimeout(1500);
  await world.screenshot('watch-camera');
  await restart(world, running[0]);
  await go('#/system');
  await until(() => sockets.every((socket) => socket.isClosed()), 'the connection stays open when nobody watches', 5000);
  const told = world.console_lines.filter((line) => !line.includes('401'));
  expect(told.length === 0, `the console says: ${told.slice(0, 3).join(' | ')}`);
  return `${running.length} cameras and a dead one over one connection; first pictures after ${Math.round(median(first_ms))} ms, `
    + `the clock on the screen is ${median(delays)} ms late (${Math.min(...delays)} to ${Math.max(...delays)})`;
}
