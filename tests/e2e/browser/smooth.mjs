// How smooth the events page is with many events: frame times while panning and zooming the timeline and scrolling the list.
//
//   node smooth.mjs build/dev/webroot [COUNT=10000]
//
// Events are made up (synthetic.mjs), everything else is real. Times are of the page's own thread: how long after a frame
// was due its callback ran, and how long scripts, style and layout took in it. Fails when the page does more work than it
// may, in numbers that do not depend on how busy this machine is: elements in the list, and the median frame.
import { resolve } from 'node:path';
import { chromium, selectors } from 'playwright-core';
import { SyntheticDaemon } from './synthetic.mjs';
import { until } from './browser.mjs';

const kMaxRows = 120;
const kMaxMedianMs = 55; // three frames of 60 a second: a machine shared with compilers
const kTries = 3; // a machine has bad moments; a page that does too much has no good ones
const count = Number(process.argv[3] || 10000);

selectors.setTestIdAttribute('data-test');
const daemon = new SyntheticDaemon({ webroot: resolve(process.argv[2]), count, days: 1 });
const base = await daemon.listen();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });

/// Frame intervals while `run` works, as {median, p95, max, frames}.
async function measured(page, run) {
  await page.evaluate(() => {
    window.frames_ms = [];
    window.is_measuring = true;
    let last = performance.now();
    const tick = (now) => {
      window.frames_ms.push(now - last);
      last = now;
      if (window.is_measuring) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  await run();
  const frames = await page.evaluate(() => {
    window.is_measuring = false;
    return window.frames_ms.slice(2);
  });
  frames.sort((a, b) => a - b);
  const at = (share) => Math.round(frames[Math.min(frames.length - 1, Math.floor(frames.length * share))] * 10) / 10;
  return { frames: frames.length, median_ms: at(0.5), p95_ms: at(0.95), max_ms: at(1) };
}

let is_failed = false;
/// Measures `run`, again when it was slow.
async function report(page, what, run) {
  let result;
  for (let at = 0; at < kTries && !(result?.median_ms <= kMaxMedianMs); at += 1) result = await measured(page, run);
  const is_slow = result.median_ms > kMaxMedianMs;
  is_failed ||= is_slow;
  console.log(`${is_slow ? 'FAILED' : 'ok'} ${what}: frame median ${result.median_ms} ms, 95 % ${result.p95_ms} ms, longest ${
    result.max_ms} ms (${result.frames} frames)`);
}

/// Drags over the timeline there and back, a step a frame, inside of the page: no protocol in between.
const pan = (page, steps) => page.getByTestId('timeline').evaluate((canvas, number) => new Promise((done) => {
  const box = canvas.getBoundingClientRect();
  const send = (type, x) => canvas.dispatchEvent(new PointerEvent(type, { pointerId: 1, pointerType: 'mouse', button: 0, bubbles: true,
    clientX: box.left + x, clientY: box.top + 60 }));
  canvas.setPointerCapture = () => {};
  send('pointerdown', 600);
  let step = 0;
  const next = () => {
    step += 1;
    send('pointermove', 600 + 500 * Math.sin(step / 20));
    if (step < number) requestAnimationFrame(next);
    else {
      send('pointerup', 600);
      done();
    }
  };
  requestAnimationFrame(next);
}), steps);

const zoom = (page, steps) => page.getByTestId('timeline').evaluate((canvas, number) => new Promise((done) => {
  const box = canvas.getBoundingClientRect();
  let step = 0;
  const next = () => {
    step += 1;
    canvas.dispatchEvent(new WheelEvent('wheel', { deltaY: step % 120 < 60 ? -25 : 25, clientX: box.left + 300, clientY: box.top + 60,
      bubbles: true, cancelable: true }));
    if (step < number) requestAnimationFrame(next);
    else done();
  };
  requestAnimationFrame(next);
}), steps);

const scroll = (page, steps, by_px) => page.evaluate(([number, px]) => new Promise((done) => {
  let step = 0;
  const next = () => {
    step += 1;
    window.scrollBy(0, px);
    if (step < number) requestAnimationFrame(next);
    else done();
  };
  requestAnimationFrame(next);
}), [steps, by_px]);

try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.on('pageerror', (error) => {
    is_failed = true;
    console.error(`FAILED the page threw: ${error.message}`);
  });
  await page.goto(`${base}/#/events`);
  await page.getByTestId('event').first().waitFor();
  await page.waitForTimeout(500);
  await report(page, `panning a day of ${count} events`, () => pan(page, 180));
  await report(page, 'zooming from day to hour and back', () => zoom(page, 240));
  await page.getByTestId('span-hour').click();
  await page.waitForTimeout(800);
  await report(page, 'panning at an hour', () => pan(page, 180));
  await page.evaluate(() => { window.location.hash = '#/events'; }); // panned and zoomed, the page may be at yesterday
  await page.getByTestId('event').first().waitFor();
  await until(async () => {
    await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
    return await page.locator('.end').count();
  }, `the list does not reach its end with ${count} events`, 120000, 30);
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await report(page, 'scrolling the list of all', async () => {
    await page.evaluate(() => window.scrollTo(0, 0));
    await scroll(page, 240, Math.round(height / 240));
  });
  for (const by_px of [-330, -100]) await report(page, `throwing it, ${-by_px} px a frame`, () => scroll(page, 120, by_px));
  await report(page, 'scrolling it line by line', () => scroll(page, 180, -24));
  const rows = await page.getByTestId('event').count();
  is_failed ||= rows > kMaxRows;
  console.log(`${rows > kMaxRows ? 'FAILED' : 'ok'} of ${count} listed events ${rows} exist in the page (${daemon.requests} requests)`);
} catch (error) {
  is_failed = true;
  console.error(`FAILED ${error.message}`);
} finally {
  await browser.close();
  daemon.close();
}
process.exit(is_failed ? 1 : 0);
