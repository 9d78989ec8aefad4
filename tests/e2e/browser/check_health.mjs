// The health page: a camera whose process is killed has an incident or a recovery there, without reloading; switches work.
import { expect, until } from './browser.mjs';

const camerasOf = (page) => page.evaluate(async () => (await (await fetch('api/v1/cameras')).json()).cameras);
const healthOf = (page, name) => page.evaluate(async (url) => (await fetch(url)).json(), `api/v1/cameras/${name}/health`);

export async function checkHealth(world) {
  const { page, go, wait_ms } = world;
  const camera = await until(async () => (await camerasOf(page)).find((one) => one.state === 'running' && one.worker.pid > 0),
    'no camera runs', wait_ms);
  await go('#/health');
  await page.getByTestId(`health-${camera.name}`).waitFor();
  expect(/\d/.test(await page.getByTestId(`score-${camera.name}`).textContent()), 'the overview shows no score');
  await go(`#/health/${camera.name}`);
  await page.getByTestId('score-plot').locator('canvas').waitFor();
  await page.getByTestId(`coverage-${camera.name}`).waitFor();
  const before = (await page.getByTestId('incident').count()) + (await page.getByTestId('recovery').count());
  process.kill(camera.worker.pid, 'SIGKILL');
  await until(async () => {
    const { incidents, recoveries } = await healthOf(page, camera.name);
    return (incidents || []).length + (recoveries || []).length > 0;
  }, 'the daemon has neither incident nor recovery of a killed worker', wait_ms);
  await until(async () => (await page.getByTestId('incident').count()) + (await page.getByTestId('recovery').count()) > before,
    'the page shows neither incident nor recovery of a killed worker', wait_ms);
  await until(async () => (await camerasOf(page)).find((one) => one.name === camera.name).state === 'running', 'it did not recover', wait_ms);
  await page.getByTestId('test-camera').click();
  await until(async () => /of 5 pictures/.test(await page.getByTestId('said').textContent().catch(() => '')), 'Test says nothing', wait_ms);
  await switchOff(page, camera.name, wait_ms);
  return `${camera.name}: killed, shown, recovered, tested, switched off and on`;
}

async function switchOff(page, name, wait_ms) {
  const state = async () => (await camerasOf(page)).find((one) => one.name === name).state;
  await page.getByTestId('enable-camera').click();
  await until(async () => await state() === 'disabled', 'the switch does not switch the camera off', wait_ms);
  await page.getByTestId('enable-camera').click();
  await until(async () => await state() === 'running', 'the switch does not switch the camera on', wait_ms);
}
