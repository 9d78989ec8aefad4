// A camera without a picture: whoever watches its stream sees the placeholder, its clock running, and then the camera again -
// in the same stream. The dashboard's own page says the same in its words, and never shows an old picture as a live one.
import { changedPixels, expect, hasContrast, pixelsOf, until } from './browser.mjs';

const put = (page, path, body) => page.evaluate(async ([url, text]) => (await fetch(url, { method: 'PUT', body: text,
  headers: { 'Content-Type': 'application/json' } })).status, [`api/v1${path}`, JSON.stringify(body)]);
const cameraOf = (page, name) => page.evaluate(async (url) => (await fetch(url)).json(), `api/v1/cameras/${name}`);

/// Shares of the placeholder's dark ground and of its letters: a picture of the test scene has next to none of the first.
async function isPlaceholder(picture) {
  const pixels = await pixelsOf(picture, 160, 90);
  return pixels.length > 0 && pixels.filter((value) => value > 15 && value < 32).length > 0.6 * pixels.length;
}

export async function checkPlaceholder({ page, go, wait_ms, screenshot }) {
  await go('#/cameras');
  const name = (await until(async () => (await page.evaluate(async () => (await (await fetch('api/v1/cameras')).json()).cameras))
    .find((camera) => camera.state === 'running'), 'no camera runs', wait_ms)).name;
  // As another program shows it: an <img> on the stream. It is opened while the camera is off, and never opened again.
  expect(await put(page, `/cameras/${name}/enabled`, { enabled: false }) === 200, 'the camera cannot be switched off');
  await page.evaluate((url) => {
    const img = document.createElement('img');
    img.src = url;
    img.id = 'raw-stream';
    img.style.width = '320px';
    document.body.append(img);
  }, `api/v1/cameras/${name}/live.mjpeg`);
  const raw = page.locator('#raw-stream');
  await until(() => isPlaceholder(raw), 'the stream of a camera that is off shows no placeholder', 30000);
  const path = await screenshot('placeholder');
  const before = await pixelsOf(raw, 320, 180);
  await until(async () => changedPixels(before, await pixelsOf(raw, 320, 180), 12) > 5, 'the clock of the placeholder stands still', 20000);
  await until(async () => /Switched off/.test(await page.getByTestId(`card-${name}`).textContent()), 'the card does not say that it is off');
  expect(!/Live/.test(await page.getByTestId(`card-${name}`).getByTestId('age').textContent({ timeout: 500 }).catch(() => '')),
    'a camera that is off calls itself live');
  expect(await put(page, `/cameras/${name}/enabled`, { enabled: true }) === 200, 'the camera cannot be switched on');
  await until(async () => hasContrast(await pixelsOf(raw)) && !(await isPlaceholder(raw)), 'the same stream does not go on with pictures', wait_ms);
  // Its worker is killed: at most the frame timeout later the last picture is gone, and then the camera is back.
  const { worker } = await until(async () => {
    const camera = await cameraOf(page, name);
    return camera.state === 'running' && camera.worker.pid > 0 && camera;
  }, 'it does not run again', wait_ms);
  process.kill(worker.pid, 'SIGKILL');
  await until(async () => (await cameraOf(page, name)).worker.starts > worker.starts, 'no new worker', wait_ms);
  const last = await pixelsOf(raw, 320, 180);
  await until(async () => changedPixels(last, await pixelsOf(raw, 320, 180), 12) > 5, 'the stream stands still after its worker was killed', wait_ms);
  await page.evaluate(() => document.getElementById('raw-stream').remove());
  return `${name}: off, placeholder with a running clock (${path}), pictures again in the same stream`;
}
