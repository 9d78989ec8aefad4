// Behind a proxy, below a path: every picture of an event comes, its clip plays and can be saved.
import { expect, until } from './browser.mjs';

const answerOf = (locator) => locator.evaluate(async (link) => (await fetch(link.href, { headers: { Range: 'bytes=0-1' } })).status);

export async function checkPaths(world) {
  const { page, go, base_url, wait_ms } = world;
  const asked = [];
  page.on('response', (response) => asked.push(`${response.status()} ${response.url()}`));
  await go('#/events');
  const row = page.getByTestId('event').filter({ has: page.locator('img') }).first();
  await row.waitFor({ timeout: wait_ms });
  await until(() => row.locator('img').evaluate((img) => img.complete && img.naturalWidth > 0), 'the event shows no thumbnail');
  await row.click();
  const clip = page.getByTestId('clip');
  await clip.waitFor();
  await until(() => clip.evaluate((video) => video.currentTime > 0.2), 'the clip does not play');
  const poster = await clip.evaluate((video) => video.poster);
  expect(poster.startsWith(`${base_url}/api/`), `the clip's picture is at ${poster}`);
  const status = await answerOf(page.locator('a[download]').first());
  expect(status === 200 || status === 206, `the download answers ${status}`);
  const elsewhere = asked.filter((line) => !line.includes(` ${base_url}/`) || /^[45]/.test(line));
  expect(!elsewhere.length, `asked for in vain: ${elsewhere.join(', ')}`);
  return `thumbnail, clip and download, ${asked.length} answers, all below ${base_url}`;
}
