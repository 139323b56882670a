import { beforeAll, describe, expect, test } from '@jest/globals';
import axe from 'axe-core';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { browser } from './support/browser.js';
import { newCustomer } from './support/customers.js';
import { day, newDeal, newLead, send } from './support/sales.js';
import { client, origin } from './support/server.js';
import { newTenant, password, type Tenant } from './support/tenant.js';

const phone = { viewport: { width: 360, height: 740 } };

let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant('Picture Ltd');
  const { owner } = tenant;
  const { id: customerId } = await newCustomer(owner, { name: 'Kim' });
  const assignedToId = await tenant.employee({ firstName: 'Ann' });
  const { id } = await newDeal(owner, { customerId, value: '12345', assignedToId });
  await send(owner, 'markWon', { id, actualCloseDate: day() });
  const { id: euros } = await newDeal(owner, { customerId, value: '80', currency: 'EUR', assignedToId });
  await send(owner, 'markWon', { id: euros, actualCloseDate: day() });
  await newDeal(owner, { customerId, value: '500' });
  await newLead(owner);
});

/** A page in a browser of its own; what it tells its console as errors fails the test. */
async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  // Nobody's network is needed: Apollo's CDN is out of reach.
  await page.route(/apollographql\.com/, (route) => route.abort());
  await page.goto(origin + path);
  return page;
}

async function signIn(page: Page, username = tenant.owner.username): Promise<void> {
  await page.fill('#username', username);
  await page.fill('[name=password]', password);
  await page.click('#sign-in button');
}

async function violations(page: Page): Promise<string[]> {
  await page.addScriptTag({ content: axe.source });
  const { violations: found } = (await page.evaluate('axe.run()')) as {
    violations: { id: string; nodes: { html: string }[] }[];
  };
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 100)}`));
}

const key = 'too-good-crm-session';
const session = `JSON.parse(sessionStorage.getItem('${key}'))`;
const tokenOf = (page: Page) => page.evaluate(`${session}.token`) as Promise<string>;

const cards = (page: Page) => page.locator('#cards .card').allInnerTexts();
const figures = (page: Page) => page.waitForSelector('#figures:not([hidden]) #cards .card');

describe('the page for people', () => {
  test('opens with examples in GraphiQL where the CDN cannot be reached, signs in and runs one', async () => {
    const page = await open('/');
    await page.waitForSelector('.graphiql-container');
    const tabs = page.locator('.graphiql-tab');
    await expect(tabs.allInnerTexts()).resolves.toEqual(
      ['ErrorCodes', 'Customers', 'Dashboard', 'Funnel', 'RevenueByMonth', 'WonByEmployeeAndQuarter', 'Board'].map(
        (name) => expect.stringContaining(name),
      ),
    );
    await signIn(page);
    await page.waitForSelector('#signed-in:not([hidden])');
    await page.click('.graphiql-tab:nth-child(3) button');
    await page.click('.graphiql-execute-button');
    await page.locator('.graphiql-response', { hasText: '12345.00' }).waitFor();
    await page.click('#sign-out');
    await page.waitForSelector('#signed-out:not([hidden])');
    await page.context().close();
  }, 60_000);
});

describe('the dashboard', () => {
  test('signs in from the keyboard and shows what the API tells', async () => {
    const page = await open('/dashboard');
    await page.focus('#username');
    await page.keyboard.type(tenant.owner.username);
    await page.keyboard.press('Tab');
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    await figures(page);
    expect((await page.locator('#note').textContent())?.trim()).toBe('Picture Ltd');
    const shown = (await cards(page)).map((text) => text.split('\n').filter(Boolean));
    expect(shown).toEqual([
      ['Revenue won', '$12,345 + €80', '2 won, 0 lost'],
      ['Open pipeline', '$500', '$50 expected'],
      ['Open deals', '1', '100 % win rate'],
      ['Customers', '1', '+100 % new customers'],
      ['Leads', '1', '0 % converted'],
    ]);
    const described = (id: string) => page.locator(`#${id}`).getAttribute('aria-label');
    expect(await described('stages')).toMatch(
      /^Lead: 1 deals, \$500; Qualified: 0 deals, \$0; .*Closed Won: 2 deals, \$12,345 \+ €80/,
    );
    expect(await described('revenue')).toMatch(/\$12,345 \+ €80$/);
    expect(await described('performers')).toMatch(/^Ann Early: \$12,345 \+ €80 from 2 deals/);
    await page.focus('#funnel-title ~ details summary');
    await page.keyboard.press('Enter');
    expect(await page.locator('#funnel-table').textContent()).toMatch(/Closed Won2200 %/);
    await page.focus('#range');
    await page.keyboard.press('ArrowDown');
    await page.waitForSelector('#dashboard[aria-busy=false]');
    await page.context().close();
  }, 60_000);

  test.each(['light', 'dark'] as const)(
    'is accessible in %s and fits a phone',
    async (colorScheme) => {
      const page = await open('/dashboard', { colorScheme, bypassCSP: true, reducedMotion: 'reduce', ...phone });
      expect(await violations(page)).toEqual([]);
      await signIn(page);
      await figures(page);
      expect(await violations(page)).toEqual([]);
      for (const summary of await page.locator('summary').all()) await summary.click();
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
      expect(await violations(page)).toEqual([]);
      await page.context().close();
    },
    60_000,
  );

  test('tells what went wrong, and tries again', async () => {
    const page = await open('/dashboard');
    await signIn(page, 'nobody');
    await page.locator('#complaint:not(:empty)').waitFor();
    await signIn(page);
    await figures(page);
    await page.route('**/graphql', (route) => route.abort());
    await page.selectOption('#range', '30');
    await page.waitForSelector('#retry:not([hidden])');
    expect(await page.locator('#note').textContent()).toMatch(/cannot be reached/);
    await page.unroute('**/graphql');
    await page.click('#retry');
    await figures(page);
    await page.context().close();
  }, 60_000);

  test('has nothing to show in an empty organization', async () => {
    const { owner } = await newTenant('Empty Ltd');
    const page = await open('/dashboard');
    await signIn(page, owner.username);
    await figures(page);
    expect(await page.locator('.empty:visible').count()).toBe(4);
    await page.context().close();
  }, 60_000);

  test('renews its session, and says when that has ended', async () => {
    const page = await open('/dashboard');
    await signIn(page);
    await figures(page);
    const age = (changes: object) =>
      page.evaluate(
        `sessionStorage.setItem('${key}', JSON.stringify({ ...${session}, ...${JSON.stringify(changes)} }))`,
      );
    const before = await tokenOf(page);
    await age({ expiresAt: new Date(0).toISOString() });
    await page.reload();
    await figures(page);
    expect(await tokenOf(page)).not.toBe(before);
    await age({ expiresAt: new Date(0).toISOString(), refreshToken: 'used up' });
    await page.reload();
    await page.waitForSelector('#signed-out:not([hidden])');
    expect(await page.locator('#complaint').textContent()).toMatch(/expired/);
    await page.context().close();
  }, 60_000);

  test('lets members of two organizations choose', async () => {
    const other = await newTenant('Second Ltd');
    const member = await tenant.member('Viewer');
    await other.owner.request(
      'mutation ($input: AddOrganizationMemberInput!) { addOrganizationMember(input: $input) { id } }',
      { input: { userId: member.id, isOwner: true } },
    );
    const page = await open('/dashboard');
    await signIn(page, member.username);
    await figures(page);
    await page.selectOption('#organization', { label: 'Second Ltd' });
    await page.locator('#note', { hasText: 'Second Ltd' }).waitFor();
    await page.selectOption('#organization', { label: 'Picture Ltd' });
    await page.locator('#note', { hasText: 'Picture Ltd' }).waitFor();
    await page.context().close();
  }, 60_000);
});

test('signing out ends the session on the server', async () => {
  const page = await open('/dashboard');
  await signIn(page);
  await figures(page);
  const token = await tokenOf(page);
  await page.click('#sign-out');
  await page.waitForSelector('#signed-out:not([hidden])');
  await expect(client({ token }).request('{ me { id } }')).rejects.toThrow(/ended/);
  await page.context().close();
}, 60_000);
