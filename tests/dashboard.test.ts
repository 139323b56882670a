import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { newCustomer } from './support/customers.js';
import { eventually } from './support/eventually.js';
import { open, phone, signIn, violations } from './support/pages.js';
import { day, newDeal, newLead, newPipeline, send } from './support/sales.js';
import { newTenant, type Tenant } from './support/tenant.js';

let tenant: Tenant;
let annId: string;

beforeAll(async () => {
  tenant = await newTenant('Picture Ltd');
  const { owner } = tenant;
  const { id: customerId } = await newCustomer(owner, { name: 'Kim' });
  annId = await tenant.employee({ firstName: 'Ann' });
  const benId = await tenant.employee({ firstName: 'Ben' });
  await tenant.employee({ firstName: 'Idle' });
  const won = async (input: object, closed = day()) => {
    const { id } = await newDeal(owner, { customerId, ...input });
    await send(owner, 'markWon', { id, actualCloseDate: closed });
  };
  await won({ title: 'In dollars', value: '12345', assignedToId: annId });
  await won({ title: 'In euros', value: '80', currency: 'EUR', assignedToId: benId });
  await won({ title: 'Of old', value: '999', assignedToId: annId }, day(-45));
  await newDeal(owner, { customerId, title: 'Open', value: '500' });
  const { id: pipelineId } = await newPipeline(owner, { name: 'Renewals' });
  await newDeal(owner, { customerId, title: 'Renewal', value: '70', pipelineId, assignedToId: annId });
  await newLead(owner, { name: 'Lee Young' });
});

const figures = (page: Page) => page.waitForSelector('#figures:not([hidden]) #cards .card');
const described = (page: Page, id: string) => page.locator(`#${id}`).getAttribute('aria-label');
const rowsOf = (page: Page) => page.locator('#rows-table tr:not(:first-child)').allInnerTexts();

async function cards(page: Page): Promise<string[][]> {
  await page.waitForSelector('#dashboard[aria-busy=false]');
  return (await page.locator('#cards .card').allInnerTexts()).map((text) => text.split('\n').filter(Boolean));
}

async function openSignedIn(username = tenant.owner.username, options = {}): Promise<Page> {
  const page = await open('/dashboard', options);
  await signIn(page, username);
  await figures(page);
  return page;
}

async function choose(page: Page, id: string, option: string | { label: string }): Promise<void> {
  await page.selectOption(`#${id}`, option);
  await page.waitForSelector('#dashboard[aria-busy=false]');
}

/** Opens the rows of a line of a picture's table. */
async function openRows(page: Page, id: string, line: string): Promise<string[]> {
  await page.evaluate(`document.getElementById('${id}-table').closest('details').open = true`);
  await page
    .locator(`#${id}-table .opens`, { hasText: new RegExp(`^${line}`) })
    .first()
    .click();
  await page.locator('#rows-note', { hasText: /\d+ (deal|lead)/ }).waitFor();
  return rowsOf(page);
}

describe('the dashboard', () => {
  test('signs in from the keyboard and tells every currency, counted in words', async () => {
    const page = await open('/dashboard');
    await page.focus('#username');
    await page.keyboard.type(tenant.owner.username);
    await page.keyboard.press('Tab');
    await page.keyboard.type('correct-horse-battery');
    await page.keyboard.press('Enter');
    await figures(page);
    expect((await page.locator('#note').textContent())?.trim()).toBe('Picture Ltd');
    expect(await cards(page)).toEqual([
      ['Revenue won', '$13,344', '€80', '3 deals won, 0 lost, 100 % win rate'],
      ['Open pipeline now', '$570', '2 deals, $57 expected'],
      ['Customers', '1', '1 active'],
      ['Leads', '1'],
    ]);
    expect(await described(page, 'stages')).toMatch(/^Lead \(Sales.*\): 1 deal, \$500; Qualified \(.*\): \$0; /);
    expect(await described(page, 'revenue')).toMatch(/2 deals, \$12,345 \+ €80$/);
    expect(await described(page, 'performers')).toBe('Ann Early: 2 deals, $13,344');
    // Somebody whose money is in another currency is missing from the bars, which say so, and is in the table.
    expect(await page.locator('#performers-title ~ .about').textContent()).toMatch(/, in USD \(besides €80\)\./);
    expect(await page.locator('#performers-table').textContent()).toMatch(/Ann Early\$13,3442Ben Early€801$/);
    await choose(page, 'currency', 'EUR');
    expect(await described(page, 'performers')).toBe('Ben Early: 1 deal, €80');
    expect(await described(page, 'revenue')).toMatch(/2 deals, \$12,345 \+ €80$/);
    await page.context().close();
  });

  test('opens the rows of each bar, and the same query in the explorer', async () => {
    const page = await openSignedIn();
    expect(await openRows(page, 'performers', 'Ann Early')).toEqual([
      expect.stringMatching(/^Of old .*\$999\.00\tKim\tAnn Early/),
      expect.stringMatching(/^In dollars .*\$12,345\.00\tKim\tAnn Early/),
    ]);
    expect(await page.locator('#rows-note').textContent()).toBe('2 deals');
    await page.click('#rows-link');
    await page.locator('.graphiql-query-editor', { hasText: 'query Deals' }).waitFor();
    await page.click('.graphiql-execute-button');
    await page.locator('.graphiql-response', { hasText: '"totalCount": 2' }).waitFor();
    await page.locator('.result-bar option', { hasText: 'dealAnalytics.groups.0.rows' }).waitFor({ state: 'attached' });
    await page.goBack();
    await figures(page);
    expect(await openRows(page, 'funnel', 'Leads')).toEqual([expect.stringMatching(/^Lee Young /)]);
    await page.click('#rows-close');
    expect(await openRows(page, 'funnel', 'Qualified leads')).toEqual([]);
    await page.click('#rows-close');
    expect(await openRows(page, 'stages', 'Lead')).toEqual([expect.stringMatching(/^Open .*\$500\.00/)]);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#rows-csv')]);
    expect(readFileSync(await download.path(), 'utf8')).toMatch(
      /^\uFEFFcode,title,customer\.name,.*\r\nDEAL-\d+,Open,Kim,/,
    );
    await page.click('#rows-close');
    // A bar is pressed where it is.
    const canvas = page.locator('#performers');
    const { width, height } = (await canvas.boundingBox())!;
    await canvas.click({ position: { x: width / 2, y: height / 2 } });
    await page.locator('#rows-title', { hasText: 'Won deals, Ann Early' }).waitFor();
    await page.context().close();
  });

  test('is about the days, pipeline and owner that are chosen, and compares with the days before', async () => {
    const page = await openSignedIn();
    await choose(page, 'range', '30');
    expect((await cards(page))[0]).toEqual([
      'Revenue won',
      '$12,345',
      '€80',
      '2 deals won, 0 lost, 100 % win rate',
      expect.stringMatching(/^\$999 in the 30 days before \(.+ – .+\)$/),
    ]);
    expect((await cards(page))[2]).toEqual([
      'New customers',
      '1',
      '1 active',
      expect.stringMatching(/^0 in the 30 days/),
    ]);
    expect(await page.locator('#revenue-title').textContent()).toBe('Revenue by day');
    await choose(page, 'pipeline', { label: 'Renewals' });
    expect((await cards(page))[1]).toEqual(['Open pipeline now', '$70', expect.stringMatching(/^1 deal, /)]);
    await choose(page, 'pipeline', '');
    await choose(page, 'owner', 'none');
    expect((await cards(page))[1]![1]).toBe('$500');
    await choose(page, 'owner', annId);
    expect((await cards(page))[0]![1]).toBe('$12,345');
    await choose(page, 'range', 'own');
    await page.fill('#from', day(-50));
    await page.fill('#to', day(-40));
    await eventually(async () => (await cards(page))[0]![1] === '$999');
    await page.fill('#to', day(-60));
    await page.locator('#note', { hasText: 'The range ends before it begins.' }).waitFor();
    await page.fill('#to', day());
    await figures(page);
    // The address keeps it all.
    await page.reload();
    await figures(page);
    expect(await page.locator('#from').inputValue()).toBe(day(-50));
    expect(await page.locator('#owner').inputValue()).toBe(annId);
    expect((await cards(page))[0]![1]).toBe('$13,344');
    await page.context().close();
  });

  test.each(['light', 'dark'] as const)('is accessible in %s and fits a phone', async (colorScheme) => {
    const page = await open('/dashboard', { colorScheme, bypassCSP: true, ...phone });
    expect(await violations(page)).toEqual([]);
    await signIn(page, tenant.owner.username);
    await figures(page);
    expect(await violations(page)).toEqual([]);
    for (const summary of await page.locator('summary').all()) await summary.click();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375);
    expect(await violations(page)).toEqual([]);
    await openRows(page, 'performers', 'Ann Early');
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  });

  test('tells that the server cannot be reached, and tries again', async () => {
    const page = await openSignedIn();
    await page.route('**/graphql', (route) => route.abort());
    await page.selectOption('#range', '30');
    await page.waitForSelector('#retry:not([hidden])');
    expect(await page.locator('#note').textContent()).toMatch(/cannot be reached/);
    await page.unroute('**/graphql');
    await page.click('#retry');
    await figures(page);
    await page.context().close();
  });

  test('has nothing to show in an empty organization', async () => {
    const { owner } = await newTenant('Empty Ltd');
    const page = await openSignedIn(owner.username);
    expect(await page.locator('.empty:visible').count()).toBe(4);
    await page.context().close();
  });

  test('leaves out what the caller may not read', async () => {
    const member = await tenant.member();
    const page = await open('/dashboard');
    await signIn(page, member.username);
    await page.waitForSelector('#retry:not([hidden])');
    expect(await page.locator('#note').textContent()).toMatch(/permission|may not/i);
    await page.context().close();
  });

  test('lets members of two organizations choose, on a phone too', async () => {
    const other = await newTenant('Second Organization with a Name That Is Rather Long');
    const member = await tenant.member('Viewer');
    await other.owner.request(
      'mutation ($input: AddOrganizationMemberInput!) { addOrganizationMember(input: $input) { id } }',
      { input: { userId: member.id, isOwner: true } },
    );
    const page = await openSignedIn(member.username, phone);
    await page.waitForSelector('#organization:not([hidden])');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375);
    // The switch says it; a heading would say it twice.
    expect(await page.locator('#note').isVisible()).toBe(false);
    await page.selectOption('#organization', { label: 'Second Organization with a Name That Is Rather Long' });
    await page.locator('.empty:visible').first().waitFor();
    await page.selectOption('#organization', { label: 'Picture Ltd' });
    await page.locator('#cards', { hasText: '$13,344' }).waitFor();
    await page.context().close();
  });
});
