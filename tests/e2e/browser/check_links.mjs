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
  const other = await page.context().newPage(); // a bare picture is a page whose styles are the browser's own
  try {
    await follow(other, site, '#clip');
    await until(() => isAtEvent(other, event), 'a link followed with a session does not show the event');
    await follow(other, site, '#still');
    await until(() => other.url().endsWith('/snapshot.jpg'), 'a link to a still does not end at it');
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
    await other.close();
  }
  return `event ${event.id} opens from another site's link, with a session and after the login; so does a still`;
}
