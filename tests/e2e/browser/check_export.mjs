// The export dialog saves what it says: a range as one MP4, an evidence pack that opens without a server, and the parts of a
// range that does not fit one file. EXPORT = {"from", "to" (ISO 8601, whole seconds), "camera", "parts" (how many files the range needs)}.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, kPatienceMs, until } from './browser.mjs';

const two = (value) => String(value).padStart(2, '0');

/// What a person would type: local time, to the second; as the browser gives it back, without seconds where they are 0.
function localInput(iso) {
  const at = new Date(iso);
  const seconds = at.getSeconds() ? `:${two(at.getSeconds())}` : '';
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}${seconds}`;
}

async function openDialog({ page, go }, wish, kind) {
  await go('#/events');
  await page.getByTestId('export').click();
  const dialog = page.getByTestId('export-dialog');
  await dialog.waitFor();
  await dialog.locator(`input[name=kind][value=${kind}]`).check();
  await dialog.locator('input[type=datetime-local]').nth(0).fill(localInput(wish.from));
  await dialog.locator('input[type=datetime-local]').nth(1).fill(localInput(wish.to));
  return dialog;
}

async function saved({ page, out }, dialog, name) {
  const [download] = await Promise.all([page.waitForEvent('download', { timeout: 60000 }), dialog.getByTestId('export-save').click()]);
  const problem = await download.failure();
  expect(!problem, `the download of ${name} failed: ${problem}`);
  const path = join(out, name);
  await download.saveAs(path);
  return { path, name: download.suggestedFilename() };
}

async function saveVideo(world, wish) {
  const dialog = await openDialog(world, wish, 'video');
  await dialog.locator(`label.choice:has-text("${wish.camera}") input`).check();
  const file = await saved(world, dialog, 'dialog.mp4');
  expect(file.name.startsWith(`${wish.camera}-`) && file.name.endsWith('.mp4'), `the video is called ${file.name}`);
  return file;
}

async function savePack(world, wish) {
  const dialog = await openDialog(world, wish, 'evidence');
  for (const box of await dialog.locator('input[name=camera]').all()) await box.check();
  await dialog.locator('textarea').fill('For <b>the insurance</b>');
  return saved(world, dialog, 'dialog.zip');
}

/// The unpacked folder in a browser without any network.
async function openOffline(world, folder) {
  const context = await world.browser.newContext({ offline: true, viewport: { width: 390, height: 844 } });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(kPatienceMs);
    const errors = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(pathToFileURL(join(folder, 'index.html')).href);
    const shown = await page.locator('#rows tr').evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
    const sums = new Map(readFileSync(join(folder, 'SHA256SUMS'), 'utf8').trim().split('\n').map((line) => line.split('  ').reverse()));
    const files = await page.locator('figcaption a').allTextContents();
    expect(files.length >= 2 && shown.length === files.length, `the page lists ${shown.length} clips with ${files.length} links`);
    files.forEach((file, at) => expect(shown[at].at(-1) === sums.get(file), `${file}: the page says ${shown[at].at(-1)}`));
    const statement = await page.locator('#statement').textContent();
    expect(/Recorded: /.test(statement) && /\nClock\n/.test(statement), `the page's statement: ${statement}`);
    expect((await page.locator('#note').textContent()).includes('For <b>the insurance</b>'), 'the note is not shown as text');
    for (const video of await page.locator('video').all()) {
      await video.evaluate((element) => element.play());
      await until(() => video.evaluate((element) => element.currentTime > 0.3 && element.videoWidth > 0), 'a clip of the pack does not play');
    }
    const wide_px = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(wide_px <= 0, `the page of the pack is ${wide_px} px wider than a phone`);
    expect(errors.length === 0, `the page of the pack threw: ${errors.join(' | ')}`);
    await page.screenshot({ path: join(world.out, 'pack.png'), fullPage: true });
    return files.length;
  } finally {
    await context.close();
  }
}

export async function checkExport(world) {
  const wish = JSON.parse(process.env.EXPORT);
  const video = await saveVideo(world, wish);
  const pack = await savePack(world, wish);
  const folder = join(world.out, 'unpacked');
  mkdirSync(folder, { recursive: true });
  execFileSync('python3', ['-m', 'zipfile', '-e', pack.path, folder]);
  const verdict = execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: folder, encoding: 'utf8' });
  const clips = await openOffline(world, folder);
  return `${video.name}; ${pack.name}: ${verdict.trim().split('\n').length} hashes match, ${clips} clips play offline`;
}

export async function checkParts(world) {
  const wish = JSON.parse(process.env.EXPORT);
  const dialog = await openDialog(world, wish, 'video');
  await dialog.locator(`label.choice:has-text("${wish.camera}") input`).check();
  await dialog.getByTestId('export-save').click();
  const links = dialog.locator('.parts a');
  await until(async () => await links.count() === wish.parts, `the dialog does not offer ${wish.parts} parts`, 60000);
  await world.screenshot('parts');
  const [download] = await Promise.all([world.page.waitForEvent('download', { timeout: 60000 }), links.last().click()]);
  expect(!await download.failure(), `the last part does not download: ${await download.failure()}`);
  await download.saveAs(join(world.out, 'last-part.mp4'));
  return `${wish.parts} parts are offered, the last one was saved`;
}
