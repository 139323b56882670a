import axe from 'axe-core';
import type { BrowserContextOptions, Page, Request } from 'playwright-core';
import { browser } from './browser.js';
import { origin } from './server.js';
import { password } from './tenant.js';

export const phone = { viewport: { width: 375, height: 740 } };

/** A page in a browser of its own, of the server under test unless another is named. */
export async function open(path: string, options: BrowserContextOptions = {}, server = origin): Promise<Page> {
  const context = await browser.newContext(options);
  return openTab(await context.newPage(), server + path);
}

/** Another page in the same browser. */
export const anotherTab = async (page: Page, path: string): Promise<Page> =>
  openTab(await page.context().newPage(), origin + path);

/** The requests of pages that are under way, without streams, which never end. */
const underWay = new WeakMap<Page, Set<Request>>();

async function openTab(page: Page, url: string): Promise<Page> {
  page.setDefaultTimeout(30_000);
  const requests = new Set<Request>();
  underWay.set(page, requests);
  page.on('request', (request) => !opensStream(request) && requests.add(request));
  for (const end of ['requestfinished', 'requestfailed'] as const)
    page.on(end as 'requestfinished', (request) => requests.delete(request));
  await page.goto(url);
  return page;
}

export const opensStream = (request: Request) => request.headers().accept === 'text/event-stream';

/** Resolves once a page has asked for nothing for half a second, apart from its stream. */
export async function settled(page: Page): Promise<void> {
  const requests = underWay.get(page)!;
  let quietSince = Date.now();
  while (Date.now() - quietSince < 500) {
    if (requests.size) quietSince = Date.now();
    await page.waitForTimeout(50);
  }
}

export async function signIn(page: Page, username: string): Promise<void> {
  await page.fill('#username', username);
  await page.fill('[name=password]', password);
  await page.click('#sign-in button');
}

export const signedIn = (page: Page) => page.waitForSelector('#signed-in:not([hidden])');
export const signedOut = (page: Page) => page.waitForSelector('#signed-out:not([hidden])');

/** The faults that axe finds, without those of GraphiQL itself, whose tabs hold a button to close them. */
export async function violations(page: Page): Promise<string[]> {
  await page.addScriptTag({ content: axe.source });
  const { violations: found } = (await page.evaluate(`axe.run({ exclude: ['.graphiql-tabs'] })`)) as {
    violations: { id: string; nodes: { html: string }[] }[];
  };
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 100)}`));
}

const key = 'too-good-crm-session';
const session = `JSON.parse(localStorage.getItem('${key}'))`;

export const tokenOf = (page: Page) => page.evaluate(`${session}.token`) as Promise<string>;

/** Changes the session that the browser keeps. */
export const changeSession = (page: Page, changes: object) =>
  page.evaluate(`localStorage.setItem('${key}', JSON.stringify({ ...${session}, ...${JSON.stringify(changes)} }))`);

/** Runs the operation of a tab of GraphiQL. */
export async function runOperation(page: Page, name: string, kind = 'query'): Promise<void> {
  await page.locator('.graphiql-tab button', { hasText: new RegExp(`^${name}$`) }).click();
  await page.locator('.graphiql-query-editor', { hasText: `${kind} ${name}` }).waitFor();
  // The button has a menu while GraphiQL still shows the operations of the previous tab.
  await page.click('.graphiql-execute-button:not([aria-haspopup])');
}
