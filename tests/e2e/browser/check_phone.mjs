// On a narrow phone nothing is wider than the screen and everything to tap is large enough.
import { expect, until } from './browser.mjs';

const kPhones = [{ width: 360, height: 740 }, { width: 390, height: 844 }];
const kMinTargetPx = 40;

const overflowPx = (page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
const smallTargets = (page, min_px) => page.evaluate((min) => [...document.querySelectorAll('button, .button, .tabs a')]
  .filter((element) => element.offsetParent && Math.min(element.offsetHeight, element.offsetWidth) < min)
  .map((element) => element.getAttribute('aria-label') || element.textContent.trim()), min_px);

export async function checkPhone(world) {
  const { page, go } = world;
  const before = page.viewportSize();
  const first_camera = await page.evaluate(async () => (await (await fetch('api/v1/cameras')).json()).cameras[0]);
  const views = ['#/cameras', '#/events', '#/health', '#/system',
    ...(first_camera ? [`#/camera/${first_camera.name}`, `#/health/${first_camera.name}`] : []),
    ...(world.event ? [`#/event/${world.event.id}`] : [])];
  for (const size of kPhones) {
    await page.setViewportSize(size);
    for (const view of views) {
      await go(view);
      await until(async () => await page.locator('main').count() && !(await page.locator('main > .loading').count()),
        `${view} stays empty on a phone`);
      await page.waitForTimeout(400);
      const px = await overflowPx(page);
      expect(px <= 0, `${view} is ${px} px wider than a ${size.width} px screen`);
      const small = await smallTargets(page, kMinTargetPx);
      expect(small.length === 0, `${view}: too small to tap: ${small.join(', ')}`);
    }
  }
  await page.setViewportSize(before);
  return `${views.length} views fit ${kPhones.map((size) => size.width).join(' and ')} px`;
}
