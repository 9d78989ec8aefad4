// The browser, the page and what every check uses. playwright-core stays at 1.61, the last to run on the node 18 of Debian 12.
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, selectors } from 'playwright-core';

/// How long anything may take that should be immediate: a busy machine is no fault of the page.
export const kPatienceMs = 60000;

export function fail(text) {
  console.error(`FAILED: ${text}`);
  process.exit(2);
}

function need(name) {
  if (!process.env[name]) fail(`set ${name}`);
  return process.env[name];
}

const kArguments = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-dev-shm-usage',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];
if (process.env.RESOLVE) kArguments.push(`--host-resolver-rules=${process.env.RESOLVE}`);

/// The world of the checks: page, base address, account, and what the page complained about.
export async function launch() {
  selectors.setTestIdAttribute('data-test');
  const world = { base_url: need('BASE_URL').replace(/\/$/, ''), user: need('USER'), password: need('PASSWORD'),
    wait_ms: Number(process.env.WAIT_S || 60) * 1000, page_errors: [], console_lines: [] };
  const out = process.env.OUT || mkdtempSync(join(tmpdir(), 'porchlight-browser-'));
  mkdirSync(out, { recursive: true });
  world.out = out;
  world.browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: kArguments });
  const context = await world.browser.newContext({ viewport: { width: 1280, height: 800 }, ignoreHTTPSErrors: true });
  world.page = await context.newPage();
  world.page.setDefaultTimeout(kPatienceMs);
  world.page.on('pageerror', (error) => world.page_errors.push(error.message));
  world.page.on('console', (message) => {
    const text = message.text();
    if (message.type() === 'error') world.console_lines.push(text);
    if (text.includes('Content Security Policy')) world.page_errors.push(text);
  });
  world.go = (hash) => world.page.goto(`${world.base_url}/${hash}`);
  world.screenshot = async (name) => {
    const path = join(out, `${name}.png`);
    await world.page.screenshot({ path }).catch(() => {});
    return path;
  };
  world.close = () => world.browser.close();
  return world;
}

export function expect(is_true, text) {
  if (!is_true) throw new Error(text);
}

/// Calls `probe` until it gives something truthy; throws with `text` after `limit_ms`.
export async function until(probe, text, limit_ms = kPatienceMs, pause_ms = 250) {
  const end = Date.now() + limit_ms;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > end) throw new Error(`${text} (waited ${limit_ms / 1000} s)`);
    await new Promise((resolve) => setTimeout(resolve, pause_ms));
  }
}

/// Small grey pixels of an <img> or <video>, empty while it has none.
export function pixelsOf(locator, width = 64, height = 36) {
  return locator.evaluate((element, [width_px, height_px]) => {
    if (!(element.naturalWidth || element.videoWidth)) return [];
    const canvas = document.createElement('canvas');
    canvas.width = width_px;
    canvas.height = height_px;
    const drawing = canvas.getContext('2d');
    drawing.drawImage(element, 0, 0, width_px, height_px);
    const { data } = drawing.getImageData(0, 0, width_px, height_px);
    return Array.from({ length: width_px * height_px }, (_, at) => (data[at * 4] + data[at * 4 + 1] + data[at * 4 + 2]) / 3);
  }, [width, height]);
}

/// How many of the pixels differ by more than noise of an encoder.
export function changedPixels(before, after, noise = 2) {
  return before.reduce((sum, value, at) => sum + (Math.abs(value - after[at]) > noise ? 1 : 0), 0);
}

/// True for a picture that shows something: not all of one colour.
export function hasContrast(pixels) {
  return pixels.length > 0 && Math.max(...pixels) - Math.min(...pixels) > 20;
}
