// A camera's controls in a real browser: by pointer, by keys, by what a screen reader does, on phone and desktop, light and dark.
//
//   node control.mjs build/dev/webroot        with OUT=folder: pictures of it
//
// The camera is made up (synthetic.mjs), the page is real. Prints a line per check; fails with the first that does not hold.
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { expect, until } from './browser.mjs';
import { SyntheticDaemon } from './synthetic.mjs';

const kOffer = { is_there: true, problem: null, is_detecting: true, infrared: 'auto', clock_ahead_us: -90e6, description: 'Maker IPC-7, firmware 2.1',
  actions: ['keyframe', 'move', 'stop', 'go_to_preset', 'save_preset', 'remove_preset', 'go_home', 'set_output', 'set_infrared', 'set_time', 'restart'],
  advice: 'Its keyframes are 10 s apart.', presets: [{ token: '1', name: 'Gate' }, { token: '2', name: '' }],
  outputs: [{ token: 'r1', name: 'Lamp', is_on: true }] };

const daemon = new SyntheticDaemon({ webroot: resolve(process.argv[2]), count: 1, cameras: ['yard'], offer: kOffer });
const base = await daemon.listen();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });

async function open(width, height, colorScheme) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme });
  const page = await context.newPage();
  page.on('pageerror', (error) => { throw error; });
  await page.goto(`${base}/#/camera/yard`);
  await page.waitForSelector('.camera-view');
  return page;
}

const button = (page, name) => page.getByRole('button', { name, exact: true });
const taken = () => daemon.commands.splice(0);
/// What was said from now until `run` is over and the last word is out.
async function said(run, wanted = 1) {
  taken();
  await run();
  await until(() => daemon.commands.length >= wanted, `fewer than ${wanted} commands came`);
  await new Promise((done) => setTimeout(done, 300));
  return taken();
}

function expectHeld(commands, axis, sign) {
  expect(commands.length >= 3, `a held button says move again and again: ${JSON.stringify(commands)}`);
  expect(commands.at(-1).action === 'stop', 'and stop when it is let go');
  for (const one of commands.slice(0, -1)) expect(one.action === 'move' && Math.sign(one[axis]) === sign && one.lasts_ms === 1000, JSON.stringify(one));
}

async function checkHands(page) {
  await page.waitForSelector('.camera-control');
  const left = button(page, 'Move left');
  const hold = async (down, up) => {
    await down();
    await page.waitForTimeout(900);
    await up();
  };
  await left.hover();
  expectHeld(await said(() => hold(() => page.mouse.down(), () => page.mouse.up()), 3), 'pan', -1);
  await left.focus();
  expectHeld(await said(() => hold(() => page.keyboard.down('ArrowUp'), () => page.keyboard.up('ArrowUp')), 3), 'tilt', 1);
  expectHeld(await said(() => hold(() => page.keyboard.down(' '), () => page.keyboard.up(' ')), 3), 'pan', -1);
  const lost = await said(async () => {
    await page.keyboard.down('+');
    await page.waitForTimeout(300);
    await page.evaluate(() => window.dispatchEvent(new Event('blur')));
  }, 2);
  expect(lost.at(-1).action === 'stop', 'a page that loses the keys stops');
  await page.keyboard.up('+');
  const nudge = await said(() => left.evaluate((element) => element.click()));
  expect(nudge.length === 1 && nudge[0].lasts_ms === 400, `a screen reader's press is one short movement: ${JSON.stringify(nudge)}`);
  console.log('ok pointer, keys and screen readers move it');
}

async function checkRest(page) {
  const one = async (run) => JSON.stringify(await said(run));
  const same = (got, wanted) => expect(got === JSON.stringify([wanted]), `${got}, not ${JSON.stringify(wanted)}`);
  same(await one(() => button(page, 'Move to Gate').click()), { action: 'go_to_preset', token: '1' });
  await button(page, 'Remove Gate').click();
  expect(daemon.commands.length === 0, 'removing asks once more');
  same(await one(() => button(page, 'Remove?').click()), { action: 'remove_preset', token: '1' });
  await page.getByLabel('Where it looks now, as').fill('Door');
  same(await one(() => button(page, 'Save').click()), { action: 'save_preset', name: 'Door' });
  same(await one(() => page.getByRole('switch', { name: 'Lamp' }).click()), { action: 'set_output', token: 'r1', is_on: false });
  same(await one(() => button(page, 'Off').click()), { action: 'set_infrared', token: 'off' });
  same(await one(() => button(page, 'Set time').click()), { action: 'set_time' });
  await button(page, 'Restart the camera').click();
  same(await one(() => button(page, 'Really restart it?').click()), { action: 'restart' });
  daemon.refusal = 'the camera said no';
  const refused = await said(async () => {
    await button(page, 'Move left').hover();
    await page.mouse.down();
    await page.waitForTimeout(900);
    await page.mouse.up();
  });
  daemon.refusal = '';
  expect(refused.length === 1, `what was refused is not said again: ${JSON.stringify(refused)}`);
  await page.getByText('the camera said no').waitFor();
  console.log('ok places, outputs, infrared, clock and restart; a refusal is told');
}

async function checkLooks() {
  for (const [name, width, height] of [['phone', 360, 740], ['desktop', 1280, 900]]) {
    for (const scheme of ['light', 'dark']) {
      const page = await open(width, height, scheme);
      await page.waitForSelector('.camera-control');
      const px = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(px <= 0, `${px} px wider than a ${width} px screen`);
      const small = await page.evaluate(() => [...document.querySelectorAll('.camera-control button')]
        .filter((element) => Math.min(element.offsetHeight, element.offsetWidth) < 40).map((element) => element.textContent));
      expect(small.length === 0, `too small to tap: ${small}`);
      if (process.env.OUT) await page.locator('.camera-control').screenshot({ path: join(process.env.OUT, `control-${name}-${scheme}.png`) });
      await page.context().close();
    }
  }
  console.log('ok phone and desktop, light and dark');
}

async function checkOffered() {
  daemon.offer = { ...kOffer, actions: ['set_time'], advice: null, presets: [], outputs: [] };
  let page = await open(1280, 900, 'light');
  await page.waitForSelector('.camera-control');
  expect(await page.locator('.camera-control button').count() === 1, 'only what is offered is shown');
  await page.context().close();
  daemon.offer = null;
  page = await open(1280, 900, 'light');
  expect(await page.locator('.camera-control').count() === 0, 'and nothing where nothing is');
  console.log('ok only what is offered');
}

let is_failed = false;
try {
  const page = await open(1280, 900, 'light');
  await checkHands(page);
  await checkRest(page);
  await checkLooks();
  await checkOffered();
} catch (error) {
  is_failed = true;
  console.error(`FAILED: ${error.message}`);
}
await browser.close();
daemon.close();
process.exit(is_failed ? 1 : 0);
