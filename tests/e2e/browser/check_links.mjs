// A link in another app's page opens the event on the dashboard: at once with a session, else after the login. Links to pictures and
// files go on to them.
import { createServer } from 'node:http';
import { expect, until } from './browser.mjs';
import { submit } from './check_login.mjs';

const anyEvent = (page) => page.evaluate(async () => {
  const { events } = await (await fetch('api/v1/events?limit=50')).json();
  return events.find((event) => event.state === 'closed' && event.clip_url) || null;
});

/// A page of another site (localhost is another one than 127.0.0.1) that holds the links of an alert.
async function openForeignSite(base_url, event) {
  const links = `<a id="clip" href="${base_url}${event.clip_url}">clip</a>
    <a id="still" href="${base_url}/api/v1/cameras/${event.camera}/snapshot.jpg">still</a>`;
  const server = createServer((request, response) => response.setHeader('Content-Type', 'text/html').end(links));
  await new Promise((done) => { server.listen(0, 'localhost', done); });
  return { address: `http://localhost:${server.address().port}/`, close: () => server.close() };
}

async function follow(page, site, link) {
  await page.goto(site.address);
  await page.click(link);
}

const isAtEvent = (page, event) => page.url().endsWith(`#/event/${event.id}`) && page.getByTestId('clip').count();

export async function checkLinks({ page, browser, base_url, user, password, wait_ms }) {
  const event = await until(() => anyEvent(page), 'no closed event with a clip', wait_ms, 1000);
  const site = await openForeignSite(base_url, event);
  const context = await browser.newContext();
  try {
    await follow(page, site, '#clip');
    await until(() => isAtEvent(page, event), 'a link followed with a session does not show the event');
    await follow(page, site, '#still');
    await until(() => page.url().endsWith('/snapshot.jpg'), `a link to a still ends at ${page.url()}`);
    const stranger = await context.newPage();
    await follow(stranger, site, '#clip');
    await stranger.waitForSelector('input[name=password]');
    await submit(stranger, user, password);
    await until(() => isAtEvent(stranger, event), 'after the login the link does not show its event');
    const cookies = await context.cookies();
    expect(cookies.length >= 2 && cookies.every((cookie) => cookie.sameSite === 'Strict' && cookie.httpOnly), JSON.stringify(cookies));
  } finally {
    site.close();
    await context.close();
    await page.goto(`${base_url}/`);
  }
  return `event ${event.id} opens from another site's link, with a session and after the login; so does a still`;
}
