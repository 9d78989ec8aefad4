// The door: closed without a session, a wrong password says so, the right one opens, logging out closes.
import { expect, until } from './browser.mjs';

const status = (page, path) => page.evaluate(async (url) => (await fetch(url)).status, path);

export async function submit(page, name, password) {
  await page.fill('input[name=username]', name);
  await page.fill('input[name=password]', password);
  await page.click('button[type=submit]');
}

export async function logIn({ page, go, user, password }) {
  await go('');
  await page.waitForSelector('input[name=password]');
  await submit(page, user, password);
  await page.waitForSelector('[data-test=logout]');
}

export async function checkLogin(world) {
  const { page, go, user, password } = world;
  await go('');
  await page.waitForSelector('input[name=password]');
  for (const path of ['cameras', 'events', 'system', 'plugins', 'stream', 'users']) {
    const code = await status(page, `api/v1/${path}`);
    expect(code === 401, `/api/v1/${path} answers ${code} without a session, not 401`);
  }
  await submit(page, user, `${password}-wrong`);
  await until(async () => (await page.textContent('[data-test=login-error]')).trim(), 'a wrong password gives no message');
  expect(await page.isVisible('input[name=password]'), 'a wrong password opened the dashboard');
  await submit(page, user, password);
  await page.waitForSelector('[data-test=logout]');
  expect(await status(page, 'api/v1/me') === 200, 'logged in, yet /api/v1/me refuses');
  return 'closed before, wrong password refused, right one opens';
}

export async function checkLogout({ page, go }) {
  await go('#/cameras');
  await page.waitForSelector('[data-test=logout]');
  await page.click('[data-test=logout]');
  await page.waitForSelector('input[name=password]');
  for (const path of ['me', 'cameras', 'events']) {
    const code = await status(page, `api/v1/${path}`);
    expect(code === 401, `/api/v1/${path} answers ${code} after logging out, not 401`);
  }
  await page.goBack().catch(() => {});
  await page.reload();
  await page.waitForSelector('input[name=password]');
  return 'the session is over, back and reload show the login';
}
