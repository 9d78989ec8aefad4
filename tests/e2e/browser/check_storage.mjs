// What is wrong with the disk of the recordings stands over every view, and goes when it is over, without reloading.
import { rename } from 'node:fs/promises';
import { expect, until } from './browser.mjs';

export async function checkStorage({ page, go, wait_ms }) {
  const marker = `${process.env.OUT}/data/recordings/.porchlight-volume`;
  const banner = page.getByTestId('storage-problem');
  expect(await banner.count() === 0, 'there is a problem before there is one');
  await rename(marker, `${marker}.away`); // to the appliance the disk is gone
  try {
    await until(async () => /missing/.test(await banner.textContent().catch(() => '')), 'the page does not say that the disk is missing', wait_ms);
    for (const view of ['#/events', '#/cameras']) {
      await go(view);
      expect(await banner.count() === 1, `it does not stand over ${view}`);
    }
    await page.reload();
    await until(async () => await banner.count() === 1, 'it is gone after reloading', wait_ms);
  } finally {
    await rename(`${marker}.away`, marker);
  }
  await until(async () => await banner.count() === 0, 'it stays although the disk is back', wait_ms);
  return 'told on every view, gone when it was over';
}
