import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { firstDocument } from '../src/pages/examples.js';
import { freshEmail, newCustomer } from './support/customers.js';
import { eventually } from './support/eventually.js';
import { open, phone, runOperation, signedIn, signIn, tokenOf, violations } from './support/pages.js';
import { day, newDeal, send } from './support/sales.js';
import { anotherServer, origin } from './support/server.js';
import { newTenant, type Tenant } from './support/tenant.js';

const permissions = ['clipboard-read', 'clipboard-write'];
const sandbox = 'https://studio.apollographql.com';

let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant('Explorer Ltd');
  const { owner } = tenant;
  const { id: customerId } = await newCustomer(owner, { name: '=1+1', status: 'ACTIVE' });
  const rows = Array.from({ length: 119 }, (_, n) => ({
    name: `Customer ${n}`,
    email: freshEmail(),
    status: 'ACTIVE',
  }));
  await owner.request(
    'mutation ($rows: [CreateCustomerRow!]!) { createCustomers(rows: $rows) { summary { created } } }',
    { rows: rows.map((input) => ({ input })) },
  );
  const { id } = await newDeal(owner, { customerId, value: '12345' });
  await send(owner, 'markWon', { id, actualCloseDate: day() });
});

const editor = (page: Page) => page.waitForSelector('.graphiql-container');
const clipboard = (page: Page) => page.evaluate('navigator.clipboard.readText()') as Promise<string>;
const said = (page: Page, text: string | RegExp) =>
  page.locator('.result-bar [role=status]', { hasText: text }).waitFor();

async function openSignedIn(path = '/'): Promise<Page> {
  const page = await open(path, { permissions });
  await editor(page);
  await signIn(page, tenant.owner.username);
  await signedIn(page);
  return page;
}

describe('the explorer', () => {
  test('shows the sign-in at once and does not wait for GraphiQL', async () => {
    const page = await open('/health/live');
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await page.route('**/assets/graphiql*', async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(origin);
    await signIn(page, tenant.owner.username);
    await signedIn(page);
    expect(await page.locator('#tool').textContent()).toContain('query Customers {');
    letGo();
    await editor(page);
    await page.context().close();
  });

  test('opens with an example for each task, and with further ones, of which one runs before the sign-in', async () => {
    const page = await open('/');
    await editor(page);
    await page.locator('.graphiql-query-editor', { hasText: 'FindDeals' }).waitFor();
    await runOperation(page, 'ErrorCodes');
    await page.locator('.graphiql-response', { hasText: 'UNAUTHENTICATED' }).waitFor();
    await signIn(page, tenant.owner.username);
    await signedIn(page);
    const names = [
      'FindDeals',
      'Customers',
      'Dashboard',
      'Funnel',
      'RevenueByMonth',
      'WonByEmployeeAndQuarter',
      'Board',
      'History',
      'WhatChanged',
      'Live',
      'ErrorCodes',
    ];
    await expect(page.locator('.graphiql-tab').allInnerTexts()).resolves.toEqual(
      names.map((name) => expect.stringContaining(name)),
    );
    await runOperation(page, 'Dashboard');
    await page.locator('.graphiql-response', { hasText: '12345.00' }).waitFor();
    await page.context().close();
  });

  test('keeps a history of names, those given included', async () => {
    const page = await openSignedIn();
    await runOperation(page, 'Dashboard');
    await page.locator('.graphiql-response', { hasText: '12345.00' }).waitFor();
    await runOperation(page, 'Customers');
    await page.getByText('Copy as CSV').waitFor();
    await page.click('[aria-label="Show History"]');
    const names = page.locator('.graphiql-history-item-label');
    expect(await names.allInnerTexts()).toEqual(['Customers', 'Dashboard']);
    await page.locator('[aria-label="Edit label"]').first().click();
    await page.fill('.graphiql-history-item input', 'Our best');
    await page.keyboard.press('Enter');
    await names.getByText('Our best').waitFor();
    await page.reload();
    await names.getByText('Our best').waitFor();
    expect(await names.allInnerTexts()).toEqual(['Our best', 'Dashboard']);
    await page.context().close();
  });

  test('gets the schema by itself once somebody is signed in, where it is hidden before', async () => {
    const page = await open('/', {}, await anotherServer({ NODE_ENV: 'production' }));
    await editor(page);
    await page.click('[aria-label="Show Documentation Explorer"]');
    await page.locator('.graphiql-doc-explorer-error').waitFor();
    await page.locator('.graphiql-response', { hasText: 'Sign in above' }).waitFor();
    await signIn(page, tenant.owner.username);
    await page.locator('.graphiql-doc-explorer', { hasText: 'Root Types' }).waitFor();
    expect(await page.locator('.graphiql-response').textContent()).not.toContain('Sign in above');
    await page.context().close();
  });

  test.each(['light', 'dark'] as const)('is accessible in %s, on a desk and on a phone', async (colorScheme) => {
    const page = await open('/', { colorScheme, bypassCSP: true });
    const desk = page.viewportSize()!;
    const overflow = () => page.evaluate('document.documentElement.scrollWidth - innerWidth');
    const expectAccessible = async () => {
      for (const size of [desk, phone.viewport]) {
        await page.setViewportSize(size);
        await eventually(async () => expect(await overflow()).toBe(0));
        expect(await violations(page)).toEqual([]);
      }
    };
    await editor(page);
    await page.locator('.graphiql-query-editor', { hasText: 'Sign in first' }).waitFor();
    await expectAccessible();
    await signIn(page, tenant.owner.username);
    await signedIn(page);
    await runOperation(page, 'Customers');
    await page.getByText('Download CSV').waitFor();
    await expectAccessible();
    await page.click('nav button');
    await expectAccessible();
    await page.context().close();
  });

  test('opens Apollo Sandbox elsewhere, with endpoint and first example, and says what that needs', async () => {
    const page = await open('/');
    const opening = new URLSearchParams({ endpoint: `${origin}/graphql`, document: firstDocument });
    const link = `${sandbox}/sandbox/explorer?${opening}`;
    await page.click('nav button');
    await page.locator('#sandbox', { hasText: `CORS_ORIGINS=${sandbox}` }).waitFor();
    const shown = page.locator('#sandbox a');
    expect(await shown.getAttribute('href')).toBe(link);
    expect(await shown.getAttribute('rel')).toContain('noopener');
    await page.context().close();
    const allowed = await open('/', {}, await anotherServer({ CORS_ORIGINS: sandbox }));
    expect(await allowed.locator('nav > a.sandbox').getAttribute('href')).toContain(`${sandbox}/sandbox/explorer?`);
    expect(await allowed.locator('#sandbox').count()).toBe(0);
    await allowed.context().close();
  });
});

describe('a result', () => {
  test('is copied as CSV with all its pages', async () => {
    const page = await openSignedIn();
    await runOperation(page, 'Customers');
    await page.getByText('Copy as CSV').click();
    await said(page, 'Copied: 120 rows.');
    const lines = (await clipboard(page)).split('\r\n');
    expect(lines[0]).toBe('code,name,status,assignedTo,lastContactAt,totalValue.amount,totalValue.currency');
    expect(lines).toHaveLength(122);
    expect(lines[1]).toMatch(/^CUST-\d+,'=1\+1,ACTIVE,,.*,12345\.00,USD$/);
    await page.context().close();
  });

  test('of groups is downloaded, each key in a column', async () => {
    const page = await openSignedIn();
    await runOperation(page, 'WonByEmployeeAndQuarter');
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByText('Download CSV').click()]);
    expect(download.suggestedFilename()).toMatch(/^WonByEmployeeAndQuarter-\d{4}-\d\d-\d\d\.csv$/);
    const file = readFileSync(await download.path(), 'utf8');
    expect(file).toMatch(
      /^\uFEFFkeys\.1\.label,keys\.2\.label,count,urgent,sum\.value\.amount,.*\r\nQ\d \d{4},None,1,0,12345\.00,USD,/,
    );
    await said(page, /^Saved .*: 1 row\.$/);
    await page.context().close();
  });

  test('can be given up while it is fetched', async () => {
    const page = await openSignedIn();
    await runOperation(page, 'Customers');
    await page.getByText('Copy as CSV').waitFor();
    await page.route('**/graphql', () => undefined);
    await page.getByText('Download CSV').click();
    await page.getByText('Cancel').click();
    await said(page, 'Cancelled.');
    await page.context().close();
  });
});

describe('a link to a query', () => {
  test('fills the editor, runs nothing and holds no token', async () => {
    const page = await openSignedIn();
    await runOperation(page, 'Customers');
    // With the answer, the bar begins anew.
    await page.locator('.graphiql-response', { hasText: '"customers"' }).waitFor();
    await page.getByText('Copy link').click();
    await said(page, /^Link copied/);
    const link = await clipboard(page);
    expect(link.startsWith(`${origin}/#query=`)).toBe(true);
    expect(link).not.toContain(await tokenOf(page));

    const other = await page.context().newPage();
    const asked: string[] = [];
    other.on('request', (request) => asked.push(request.postData() ?? ''));
    await other.goto(link);
    await other.locator('.graphiql-query-editor', { hasText: 'query Customers' }).waitFor();
    await signedIn(other);
    expect(new URL(other.url()).hash).toBe('');
    expect(asked.some((body) => body.includes('customers('))).toBe(false);
    // A link that is opened in a page that is there already gets a tab of its own.
    await other.goto(`${origin}/#${new URLSearchParams({ query: 'query Mine { me { id } }', variables: '{"a": 1}' })}`);
    await other.locator('.graphiql-query-editor', { hasText: 'query Mine' }).waitFor();
    await other.locator('.graphiql-editor-tool', { hasText: '"a": 1' }).waitFor();
    await page.context().close();
  });
});
