import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import type { Page } from 'playwright-core';
import { type Fields, newCustomer } from './support/customers.js';
import { told } from './support/log.js';
import { open, phone, signIn, violations } from './support/pages.js';
import { day, dealById, newDeal, send } from './support/sales.js';
import { newTenant, type Person, type Tenant } from './support/tenant.js';

const update = gql`
  mutation UpdateCustomer($id: ID!, $input: UpdateCustomerInput!) { updateCustomer(id: $id, input: $input) { id } }
`;
const read = gql`query ($id: ID!) { customer(id: $id) { name phone city assignedTo { id } } }`;

const remove = (person: Person, id: string) =>
  told(person, 'mutation ($id: ID!) { deleteCustomer(id: $id) { id } }', { id });
const change = (person: Person, id: string, input: Fields) => person.request(update, { id, input });
const customerOf = async (person: Person, id: string) =>
  (await person.request<{ customer: Fields | null }>(read, { id })).customer;

/** Messages of the page's console that tell of a fault. */
const faults: string[] = [];

async function openSignedIn(person: Person, path = '/changes', options = {}): Promise<Page> {
  const page = await open(path, options);
  page.on('pageerror', ({ message }) => faults.push(message));
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  await signIn(page, person.username);
  await loaded(page);
  return page;
}

const loaded = (page: Page) => page.waitForSelector('#changes[aria-busy=false] #about:not([hidden])');
const titles = (page: Page) => page.locator('#list .opens').allInnerTexts();
const about = (page: Page) => page.locator('#about').textContent();

async function choose(page: Page, id: string, option: string | { label: string }): Promise<void> {
  await page.selectOption(`#${id}`, option);
  await loaded(page);
}

async function openSet(page: Page, title: string | RegExp): Promise<void> {
  await page.locator('#list .opens', { hasText: title }).first().click();
  await page.waitForSelector('#set-changes section');
}

/** The cells of the tables in a part of the dialog. */
const rows = async (page: Page, part: string) =>
  (await page.locator(`#${part} tr`).allInnerTexts()).map((line) => line.split('\t'));

/** The outcome of each record, as the rehearsal or the undo tells it. */
const outcomes = async (page: Page) =>
  (await page.locator('#undo li .what').allInnerTexts()).map((text) => text.split('\n'));

async function rehearse(page: Page): Promise<void> {
  await page.click('#rehearse');
  await page.waitForSelector('#undo:not([hidden]) li');
}

describe('the changes of an organization', () => {
  let tenant: Tenant;
  let rep: Person;
  let kim: string;
  let ann: string;

  beforeAll(async () => {
    tenant = await newTenant('Logged Ltd');
    rep = await tenant.member('Sales Rep');
    ann = await tenant.employee({ firstName: 'Ann' });
    ({ id: kim } = await newCustomer(tenant.owner, { name: 'Kim' }));
    await change(rep, kim, { phone: '555-0001', assignedToId: ann });
    await newDeal(tenant.owner, { customerId: kim, title: 'Big deal', value: '1000' });
  });

  test('are listed with author, time, root fields and counts', async () => {
    const page = await openSignedIn(tenant.owner);
    expect(await page.locator('#note').textContent()).toBe('Logged Ltd');
    expect((await titles(page)).slice(0, 3)).toEqual([
      expect.stringMatching(/^1 deal created: Big deal \(DEAL-\d+\)$/),
      expect.stringMatching(/^1 customer updated: Kim \(CUST-\d+\)$/),
      expect.stringMatching(/^1 customer created: Kim \(CUST-\d+\)$/),
    ]);
    expect(await page.locator('#list li .quiet').nth(1).textContent()).toMatch(
      /^\d+:\d\d.[AP]M · Pat Poe · updateCustomer$/,
    );
    expect(await page.locator('#list section h2').count()).toBe(1);
    await page.context().close();
  });

  test('open with their fields, before and after, and with the names of other records', async () => {
    const page = await openSignedIn(tenant.owner);
    await openSet(page, 'customer updated');
    expect(await page.locator('#set-about').textContent()).toMatch(/ · Pat Poe · updateCustomer$/);
    expect(await rows(page, 'set-changes')).toEqual([
      ['Field', 'Before', 'After'],
      ['Phone', 'none', '555-0001'],
      ['Assigned to', 'none', 'Ann Early'],
    ]);
    expect(await page.locator('#set-changes [title=assignedToId]').textContent()).toBe('Assigned to');
    // The address names the open set.
    await page.reload();
    await page.locator('#set-changes', { hasText: 'Ann Early' }).waitFor();
    await page.click('#set-link');
    await page.locator('.graphiql-query-editor', { hasText: 'query ChangeSet' }).waitFor();
    await page.context().close();
  });

  test('of a webhook name its address, also when it is gone', async () => {
    const { owner } = await newTenant();
    const create = gql`mutation ($url: String!) { createWebhook(input: { url: $url }) { webhook { id } } }`;
    const webhooks: string[] = [];
    for (const url of ['https://kept.example/', 'https://gone.example/'])
      webhooks.push(
        (await owner.request<{ createWebhook: { webhook: { id: string } } }>(create, { url })).createWebhook.webhook.id,
      );
    await owner.request(gql`mutation ($id: ID!) { deleteWebhook(id: $id) { id } }`, { id: webhooks[1] });
    const page = await openSignedIn(owner);
    expect((await titles(page)).slice(0, 3)).toEqual([
      '1 webhook deleted: https://gone.example/',
      '1 webhook created: https://gone.example/',
      '1 webhook created: https://kept.example/',
    ]);
  });

  test('are found by person, type of record, origin and day, and the address keeps the choice', async () => {
    const page = await openSignedIn(tenant.owner);
    await choose(page, 'person', rep.id);
    expect(await titles(page)).toEqual([expect.stringMatching(/^1 customer updated/)]);
    await choose(page, 'person', '');
    await choose(page, 'type', 'DEAL');
    expect(await titles(page)).toEqual([expect.stringMatching(/^1 deal created/)]);
    await page.reload();
    await loaded(page);
    expect(await page.locator('#type').inputValue()).toBe('DEAL');
    expect(await titles(page)).toHaveLength(1);
    await choose(page, 'source', 'UNDO');
    expect(await titles(page)).toEqual([]);
    expect(await about(page)).toBe('Nothing matches these choices.');
    await choose(page, 'source', 'API');
    expect(await titles(page)).toHaveLength(1);
    await page.fill('#to', day(-2));
    await page.locator('#about', { hasText: 'Nothing matches' }).waitFor();
    await page.fill('#from', day(-1));
    await page.locator('#note', { hasText: 'The range ends before it begins.' }).waitFor();
    await page.fill('#to', day(1));
    await page.waitForSelector('#list li');
    await page.context().close();
  });

  test('are only their own for somebody who may not change the organization', async () => {
    const viewer = await tenant.member('Viewer');
    const empty = await openSignedIn(viewer);
    expect(await about(empty)).toBe('Nothing has changed yet.');
    expect(await empty.locator('#person').isVisible()).toBe(false);
    await empty.context().close();
    const page = await openSignedIn(rep);
    expect(await about(page)).toMatch(/^Your own changes, the latest first\. Times of UTC\.$/);
    expect(await titles(page)).toEqual([expect.stringMatching(/^1 customer updated: Kim/)]);
    await page.context().close();
  });

  test.each(['light', 'dark'] as const)('are accessible in %s and fit a phone', async (colorScheme) => {
    const page = await openSignedIn(tenant.owner, '/changes', { colorScheme, bypassCSP: true, ...phone });
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375);
    await openSet(page, 'customer updated');
    expect(await violations(page)).toEqual([]);
    await rehearse(page);
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.selectOption('#view', 'deleted');
    await loaded(page);
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  });

  test('appear page by page, and when the server can be reached again', async () => {
    const { owner } = await newTenant();
    for (let n = 0; n < 26; n += 1) await newCustomer(owner);
    const page = await openSignedIn(owner);
    expect(await titles(page)).toHaveLength(25);
    await page.click('#more');
    await page.waitForSelector('#list li:nth-child(26)');
    expect(new Set(await titles(page)).size).toBeGreaterThanOrEqual(26);
    await page.route('**/graphql', (route) => route.abort());
    await page.selectOption('#source', 'API');
    await page.waitForSelector('#retry:not([hidden])');
    expect(await page.locator('#note').textContent()).toMatch(/cannot be reached/);
    faults.splice(0, faults.length, ...faults.filter((fault) => !/ERR_FAILED/.test(fault)));
    await page.unroute('**/graphql');
    await page.click('#retry');
    await page.waitForSelector('#list li');
    await page.context().close();
  });
});

describe('the undo', () => {
  test('is rehearsed without a change, then done, and can itself be undone', async () => {
    const { owner } = await newTenant();
    const { id } = await newCustomer(owner, { name: 'Lea', city: 'Oslo' });
    await change(owner, id, { city: 'Rome' });
    const page = await openSignedIn(owner);
    await openSet(page, 'customer updated');
    await page.focus('#rehearse');
    await page.keyboard.press('Enter');
    await page.locator('#set-note', { hasText: 'This is a rehearsal: nothing has changed yet.' }).waitFor();
    expect(await outcomes(page)).toEqual([[expect.stringMatching(/^Customer: Lea/), 'would get its former values']]);
    expect(await customerOf(owner, id)).toMatchObject({ city: 'Rome' });
    expect(await page.locator('#undo-now').textContent()).toBe('Undo 1 record');
    await page.click('#undo-now');
    await page.locator('#set-note', { hasText: 'Undone.' }).waitFor();
    expect(await outcomes(page)).toEqual([[expect.stringMatching(/^Customer: Lea/), 'has its former values']]);
    expect(await customerOf(owner, id)).toMatchObject({ city: 'Oslo' });
    await page.locator('#undo .opens', { hasText: 'Open this undo' }).click();
    await page.locator('#set-about', { hasText: 'Undo · Undoes changes of' }).waitFor();
    await rehearse(page);
    await page.click('#undo-now');
    await page.locator('#set-note', { hasText: 'Undone.' }).waitFor();
    expect(await customerOf(owner, id)).toMatchObject({ city: 'Rome' });
    await page.click('#set-close');
    // The undo is undone, so the first change set holds again.
    expect(await page.locator('#list .tag').allInnerTexts()).toEqual(['Undone']);
    await page.context().close();
  });

  test('shows the fields that were changed again, and opens the later change set', async () => {
    const tenant = await newTenant();
    const { owner } = tenant;
    const [ann, ben] = [await tenant.employee({ firstName: 'Ann' }), await tenant.employee({ firstName: 'Ben' })];
    const { id: customerId } = await newCustomer(owner);
    const { id } = await newDeal(owner, { customerId, title: 'Contested', value: '10' });
    const { id: other } = await newCustomer(owner, { name: 'Free', city: 'Oslo' });
    await owner.request(
      gql`
        mutation ChangeBoth($deal: ID!, $customer: ID!, $ann: ID!) {
          updateDeal(id: $deal, input: { value: "20", assignedToId: $ann }) { id }
          updateCustomer(id: $customer, input: { city: "Rome" }) { id }
        }
      `,
      { deal: id, customer: other, ann },
    );
    await send(owner, 'updateDeal', { id, input: { value: '30', assignedToId: ben } });
    const page = await openSignedIn(owner);
    await openSet(page, '1 customer updated, 1 deal updated');
    await rehearse(page);
    expect(await outcomes(page)).toEqual([
      [expect.stringMatching(/^Deal: Contested/), 'cannot be undone'],
      [expect.stringMatching(/^Customer: Free/), 'would get its former values'],
    ]);
    expect(await rows(page, 'undo')).toEqual([
      ['Field', 'These changes', 'Now', 'Changed again'],
      ['Value', '20.00', '30.00', expect.stringMatching(/ by Pat Poe$/)],
      ['Assigned to', 'Ann Early', 'Ben Early', expect.stringMatching(/ by Pat Poe$/)],
    ]);
    expect(await page.locator('#undo-now').textContent()).toBe('Undo 1 record without the others');
    await page.click('#undo-now');
    await page.locator('#set-note', { hasText: 'Undone.' }).waitFor();
    expect(await customerOf(owner, other)).toMatchObject({ city: 'Oslo' });
    expect(await dealById(owner, id)).toMatchObject({ value: '30.00', assignedTo: { id: ben } });
    await page.locator('#undo .opens', { hasText: 'by Pat Poe' }).first().click();
    await page.locator('#set-title', { hasText: '1 deal updated: Contested' }).waitFor();
    expect(await rows(page, 'set-changes')).toContainEqual(['Value', '20.00', '30.00']);
    await page.context().close();
  });

  test('puts a deleted record back, for those who may', async () => {
    const tenant = await newTenant();
    const { owner } = tenant;
    const rep = await tenant.member('Sales Rep');
    const { id } = await newCustomer(owner, { name: 'Gone' });
    const { changeSetId } = await remove(owner, id);
    const stranger = await openSignedIn(rep, `/changes?view=deleted&set=${changeSetId}`);
    await stranger.locator('#about', { hasText: 'There is no deleted record to put back.' }).waitFor();
    await stranger.locator('#set-note', { hasText: 'You may not see these changes.' }).waitFor();
    expect(await stranger.locator('#rehearse').isVisible()).toBe(false);
    await stranger.context().close();
    const page = await openSignedIn(owner, '/changes?view=deleted');
    await page.getByRole('button', { name: /^Put back: Gone/ }).click();
    await page.waitForSelector('#undo li');
    expect(await outcomes(page)).toEqual([[expect.stringMatching(/^Customer: Gone/), 'would be put back']]);
    expect(await customerOf(owner, id)).toBeNull();
    await page.click('#undo-now');
    await page.locator('#set-note', { hasText: 'Undone.' }).waitFor();
    expect(await customerOf(owner, id)).toMatchObject({ name: 'Gone' });
    await page.click('#set-close');
    await page.locator('#about', { hasText: 'There is no deleted record to put back.' }).waitFor();
    await page.context().close();
  });

  test('tells why it is refused, and grants go by the names of role and permission, page by page', async () => {
    const { owner } = await newTenant();
    const page = await openSignedIn(owner);
    await choose(page, 'type', 'ROLE_PERMISSION');
    await openSet(page, /role permissions created/);
    const first = page.locator('#set-changes h3', { hasText: /^Role permission created: [\w ]+, \w+:\w+$/ });
    const shown = page.locator('#set-changes section');
    expect(await shown.count()).toBe(20);
    await page.click('#rehearse');
    await page.locator('#set-note.problem', { hasText: 'change it back by hand' }).waitFor();
    for (let n = 2; !(await first.count()); n += 1) {
      await page.click('#set-more');
      await shown.nth(20 * (n - 1)).waitFor();
    }
    await page.context().close();
  });
});

test('no page wrote an error to its console', () => expect(faults).toEqual([]));
