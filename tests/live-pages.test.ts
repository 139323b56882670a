import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import type { Page } from 'playwright-core';
import { newCustomer } from './support/customers.js';
import { type FrontProxy, frontProxy } from './support/front-proxy.js';
import {
  changeSession,
  open,
  opensStream,
  phone,
  runOperation,
  signedIn,
  signIn,
  tokenOf,
  violations,
} from './support/pages.js';
import { newDeal, send } from './support/sales.js';
import { origin } from './support/server.js';
import { newTenant, type Person } from './support/tenant.js';
import { expiringIn } from './support/tokens.js';

let proxy: FrontProxy;

beforeAll(async () => {
  proxy = await frontProxy(origin);
});

afterAll(() => proxy.close());

const rename = (person: Person, id: string, name: string) =>
  person.request(gql`mutation ($id: ID!, $name: String!) { updateCustomer(id: $id, input: { name: $name }) { id } }`, {
    id,
    name,
  });

/** A page behind the proxy that follows the changes. */
async function openLive(person: Person, path: string, options = {}): Promise<Page> {
  const page = await open(path, options, proxy.origin);
  await signIn(page, person.username);
  await says(page, 'Live');
  return page;
}

const says = (page: Page, text: string) => page.locator('#live', { hasText: new RegExp(`^${text}$`) }).waitFor();

const shows = (page: Page, title: string) => page.locator('#list .opens', { hasText: title }).waitFor();
const titles = (page: Page) => page.locator('#list .opens').allInnerTexts();

/** Hides the page, or shows it again, as a switch to another tab does. */
const setHidden = (page: Page, isHidden: boolean) =>
  page.evaluate(`Object.defineProperty(document, 'hidden', { get: () => ${isHidden}, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));`);

/** Loses the connection while the others go on. */
async function cutOff(page: Page, meanwhile: () => Promise<unknown>): Promise<void> {
  proxy.cut();
  try {
    await says(page, 'Reconnecting…');
    await meanwhile();
  } finally {
    proxy.recover();
  }
  await says(page, 'Live');
}

describe('the page of changes', () => {
  test("shows somebody else's changes at the top, each once, and undone ones as undone", async () => {
    const { owner } = await newTenant();
    const { id } = await newCustomer(owner, { name: 'Lea' });
    const page = await openLive(owner, '/changes');
    expect(await page.locator('#live').getAttribute('role')).toBe('status');
    const before = await titles(page);
    await rename(owner, id, 'Leo');
    await shows(page, '1 customer updated: Leo');
    await page.focus('#list li:first-child .opens');
    const { changeSets } = await owner.request<{ changeSets: { nodes: { id: string }[] } }>(
      '{ changeSets(first: 1) { nodes { id } } }',
    );
    await owner.request('mutation ($id: ID!) { undoChangeSet(id: $id) { summary { updated } } }', changeSets.nodes[0]);
    await page.locator('#list li', { hasText: 'Undone' }).waitFor();
    expect(await titles(page)).toHaveLength(before.length + 2);
    expect(await page.locator('#list li').nth(1).locator('.tag').textContent()).toBe('Undone');
    // The entry that had the focus has it still, one line further down.
    expect(await page.evaluate('document.activeElement.closest("li").querySelector(".tag").textContent')).toBe(
      'Undone',
    );
    await page.context().close();
  });

  test('keeps an open rehearsal, and the place on the screen', async () => {
    const { owner } = await newTenant();
    for (let n = 0; n < 22; n += 1) await newCustomer(owner);
    const { id } = await newCustomer(owner, { name: 'Kim' });
    await rename(owner, id, 'Kit');
    const page = await openLive(owner, '/changes', phone);
    const last = page.locator('#list li').nth(15);
    await last.scrollIntoViewIfNeeded();
    const place = () => page.evaluate('window.entry.getBoundingClientRect().top') as Promise<number>;
    await page.evaluate(`window.entry = document.querySelectorAll('#list li')[15]`);
    const before = await place();
    await newCustomer(owner, { name: 'Nora' });
    await shows(page, 'Nora');
    expect(Math.abs((await place()) - before)).toBeLessThan(2);
    await page.locator('#list .opens', { hasText: 'customer updated: Kit' }).click();
    await page.click('#rehearse');
    await page.waitForSelector('#undo:not([hidden]) li');
    await newCustomer(owner, { name: 'Otto' });
    await page.locator('#list .opens', { hasText: 'Otto' }).waitFor({ state: 'attached' });
    expect(await page.locator('#set-note').textContent()).toBe('This is a rehearsal: nothing has changed yet.');
    await page.click('#undo-now');
    await page.locator('#set-note', { hasText: 'Undone.' }).waitFor();
    await page.context().close();
  });

  test('keeps to the choices, and lets deleted records come and go', async () => {
    const tenant = await newTenant();
    const { owner } = tenant;
    const { id } = await newCustomer(owner, { name: 'Gone' });
    const page = await openLive(owner, '/changes?type=DEAL');
    await newCustomer(owner, { name: 'Not a deal' });
    await newDeal(owner, { customerId: id, title: 'A deal' });
    await shows(page, 'A deal');
    expect(await titles(page)).toHaveLength(1);
    await page.selectOption('#type', '');
    await page.selectOption('#view', 'deleted');
    await page.locator('#about', { hasText: 'There is no deleted record to put back.' }).waitFor();
    const { id: other } = await newCustomer(owner, { name: 'Other' });
    await owner.request('mutation ($id: ID!) { deleteCustomer(id: $id) { id } }', { id: other });
    await page.getByRole('button', { name: /^Put back: Other/ }).waitFor();
    const { deletedRecords } = await owner.request<{ deletedRecords: { nodes: { changeSet: { id: string } }[] } }>(
      '{ deletedRecords(first: 1) { nodes { changeSet { id } } } }',
    );
    await owner.request(
      'mutation ($id: ID!) { undoChangeSet(id: $id) { summary { created } } }',
      deletedRecords.nodes[0]!.changeSet,
    );
    await page.locator('#about', { hasText: 'There is no deleted record to put back.' }).waitFor();
    expect(await page.locator('#list').textContent()).toBe('');
    await page.context().close();
  });

  test('says when the server is away, and then shows what happened meanwhile', async () => {
    const { owner } = await newTenant();
    const page = await openLive(owner, '/changes');
    await newCustomer(owner, { name: 'Before' });
    await shows(page, 'Before');
    await cutOff(page, async () => {
      await newCustomer(owner, { name: 'Meanwhile' });
      await page.selectOption('#source', 'API');
      await page.locator('#note', { hasText: 'cannot be reached' }).waitFor();
    });
    // The list that could not be loaded is loaded without a click.
    await shows(page, 'Meanwhile');
    await cutOff(page, async () => {
      for (let n = 0; n < 27; n += 1) await newCustomer(owner, { name: `Of many ${n}` });
    });
    await shows(page, 'Of many 26');
    await page.click('#more');
    await page.locator('#list .opens', { hasText: 'Of many 0' }).waitFor();
    const all = await titles(page);
    expect(new Set(all).size).toBe(all.length);
    expect(all.filter((title) => title.includes('Of many'))).toHaveLength(27);
    await page.context().close();
  });

  test('follows only while it is visible, goes on after the last event, and renews its token', async () => {
    const { owner } = await newTenant();
    const page = await openLive(owner, '/changes');
    const ended = page.waitForEvent('requestfailed', opensStream);
    await setHidden(page, true);
    await ended;
    await newCustomer(owner, { name: 'Unseen' });
    const token = await tokenOf(page);
    await changeSession(page, { expiresAt: new Date(0).toISOString() });
    const opened = page.waitForRequest(opensStream);
    await setHidden(page, false);
    expect((await opened).headers()).toMatchObject({
      'last-event-id': expect.any(String),
      authorization: expect.not.stringContaining(token),
    });
    await shows(page, 'Unseen');
    const closed = page.waitForEvent('requestfailed', opensStream);
    await page.click('#sign-out');
    await closed;
    expect(await page.locator('#live').textContent()).toBe('');
    await page.context().close();
  });

  test('goes on with a new token when that of its stream has expired, and says nothing of it', async () => {
    const { owner } = await newTenant();
    const page = await openLive(owner, '/changes');
    await setHidden(page, true);
    await changeSession(page, { token: await expiringIn(4, await tokenOf(page)) });
    await page.evaluate(`window.said = [];
      new MutationObserver(() => window.said.push(document.getElementById('live').textContent))
        .observe(document.getElementById('live'), { childList: true });`);
    const renewed = page.waitForRequest((request) => Boolean(request.postData()?.includes('RenewSession')));
    await setHidden(page, false);
    await renewed;
    await page.waitForRequest(opensStream);
    await newCustomer(owner, { name: 'Later' });
    await shows(page, 'Later');
    expect(await page.evaluate('window.said')).toEqual([]);
    await page.context().close();
  });

  test('says that it is not live where the server refuses', async () => {
    const { owner } = await newTenant();
    const page = await open('/changes');
    await page.route('**/graphql', (route, request) =>
      opensStream(request)
        ? route.continue({ headers: { ...request.headers(), 'x-organization-id': 'nobody' } })
        : route.continue(),
    );
    await signIn(page, owner.username);
    await says(page, 'Not live');
    await page.context().close();
  });
});

describe('the dashboard', () => {
  const cards = (page: Page, text: string) => page.locator('#cards', { hasText: text }).waitFor();

  test('follows the changes of others, and keeps what is open', async () => {
    const { owner } = await newTenant();
    const { id: customerId } = await newCustomer(owner);
    const { id } = await newDeal(owner, { customerId, value: '500' });
    const page = await openLive(owner, '/dashboard');
    await cards(page, '$500');
    await page.locator('summary', { hasText: 'Pipeline by stage' }).click();
    await page.focus('#stages-table .opens');
    const name = await page.evaluate('document.activeElement.textContent');
    await newDeal(owner, { customerId, value: '250' });
    await cards(page, '$750');
    expect(await page.locator('#stages').getAttribute('aria-label')).toContain('2 deals, $750');
    expect(await page.locator('#stages-table').isVisible()).toBe(true);
    expect(await page.evaluate('document.activeElement.textContent')).toBe(name);
    await send(owner, 'markWon', { id });
    await cards(page, '1 deal won');
    await page.context().close();
  });

  test('says when the server is away, and then shows what happened meanwhile', async () => {
    const { owner } = await newTenant();
    const { id: customerId } = await newCustomer(owner);
    const page = await openLive(owner, '/dashboard');
    await cutOff(page, () => newDeal(owner, { customerId, value: '321' }));
    await cards(page, '$321');
    await page.context().close();
  });

  test.each(['light', 'dark'] as const)('says so accessibly in %s', async (colorScheme) => {
    const { owner } = await newTenant();
    const page = await openLive(owner, '/dashboard', { colorScheme, bypassCSP: true, ...phone });
    await page.waitForSelector('#figures:not([hidden])');
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375);
    await cutOff(page, () => violations(page).then((found) => expect(found).toEqual([])));
    await page.context().close();
  });
});

describe('GraphiQL', () => {
  const response = (page: Page, text: string) => page.locator('.graphiql-response', { hasText: text }).waitFor();

  test('shows each change of a subscription until it is stopped', async () => {
    const { owner } = await newTenant();
    const page = await open('/');
    await page.locator('.graphiql-query-editor', { hasText: 'FindDeals' }).waitFor();
    await runOperation(page, 'Live', 'subscription');
    await response(page, 'TOKEN_MISSING');
    await signIn(page, owner.username);
    await signedIn(page);
    await page.click('.graphiql-execute-button');
    await response(page, '"change": null');
    await newCustomer(owner, { name: 'Alive' });
    await response(page, '"after": "Alive"');
    await newCustomer(owner, { name: 'Kicking' });
    await response(page, '"after": "Kicking"');
    const ended = page.waitForEvent('requestfailed', opensStream);
    await page.click('.graphiql-execute-button');
    await ended;
    await page.context().close();
  });

  test('tells why a subscription ends', async () => {
    const { owner } = await newTenant();
    const page = await open('/', {}, proxy.origin);
    await page.locator('.graphiql-query-editor', { hasText: 'FindDeals' }).waitFor();
    await signIn(page, owner.username);
    await signedIn(page);
    await runOperation(page, 'Live', 'subscription');
    await response(page, '"change": null');
    proxy.cut();
    await response(page, 'errors');
    proxy.recover();
    await page.context().close();
  });
});
