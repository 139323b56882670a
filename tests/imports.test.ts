import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Fields, freshEmail, newCustomer } from './support/customers.js';
import { day, faultsOf, idsByName, pipelineById, type Row } from './support/sales.js';
import { refusal } from './support/server.js';
import { newTenant, type Person, type Tenant } from './support/tenant.js';

let tenant: Tenant;
let owner: Person;
let stages: Record<string, string>;
let customerId: string;

beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
  stages = idsByName(await pipelineById(owner));
  customerId = (await newCustomer(owner)).id;
});

const at = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString();

interface Imported extends Row {
  createdAt: string;
  version: number;
  stageHistory: { nodes: { changedAt: string; fromStatus: string | null; toStatus: string }[] };
}

async function create(kind: 'Customer' | 'Lead' | 'Deal' | 'Activity', input: Fields, who: Person = owner) {
  const more = kind === 'Deal' ? 'status actualCloseDate stageHistory { nodes { changedAt fromStatus toStatus } }' : '';
  const document = `
    mutation ($input: Create${kind}Input!) {
      create${kind}(input: $input) { id createdAt version ${more} }
    }
  `;
  return (await who.as(tenant.id).request<Record<string, Imported>>(document, { input }))[`create${kind}`]!;
}

const sound: Record<'Customer' | 'Lead' | 'Deal' | 'Activity', () => Fields> = {
  Customer: () => ({ email: freshEmail() }),
  Lead: () => ({ name: 'L', email: freshEmail() }),
  Deal: () => ({ title: 'Old deal', customerId }),
  Activity: () => ({ activityType: 'CALL', title: 'Old call' }),
};
const kinds = Object.keys(sound) as (keyof typeof sound)[];

describe('history brought along from another system', () => {
  test.each(kinds)('%s keeps the time of its creation', async (kind) => {
    const createdAt = at(-400);
    expect(await create(kind, { ...sound[kind](), createdAt })).toMatchObject({ createdAt, version: 1 });
  });

  test.each(kinds)('%s of the future, or by somebody without organization:update, is refused', async (kind) => {
    const future = await refusal(create(kind, { ...sound[kind](), createdAt: at(1) }));
    expect(faultsOf(future)).toEqual({ 'input.createdAt': 'OUT_OF_RANGE' });
    const rep = await tenant.member('Sales Rep');
    expect(await refusal(create(kind, { ...sound[kind](), createdAt: at(-1) }, rep))).toMatchObject({
      code: 'FORBIDDEN',
      permission: 'organization:update',
    });
    const admin = await tenant.member('Admin');
    await create(kind, { ...sound[kind](), createdAt: at(-1) }, admin);
  });

  test('comes in bulk by whoever may, and by nobody else', async () => {
    const createdAt = at(-30);
    const rows = [{ input: { ...sound.Lead(), createdAt } }, { input: sound.Lead() }];
    const document =
      'mutation ($rows: [CreateLeadRow!]!) { createLeads(rows: $rows) { results { status record { createdAt } } } }';
    const rep = await tenant.member('Sales Rep');
    expect(await refusal(rep.as(tenant.id).request(document, { rows }))).toMatchObject({
      permission: 'organization:update',
    });
    const { createLeads } = await owner.request<{ createLeads: { results: { record: Imported }[] } }>(document, {
      rows,
    });
    expect(createLeads.results.map(({ record }) => record.createdAt === createdAt)).toEqual([true, false]);
  });

  test('an update does not take it', async () => {
    const { id } = await create('Lead', sound.Lead());
    const document = 'mutation ($id: ID!, $input: UpdateLeadInput!) { updateLead(id: $id, input: $input) { id } }';
    expect(faultsOf(await refusal(owner.request(document, { id, input: { createdAt: at(-1) } })))).toEqual({
      'input.createdAt': 'INVALID',
    });
  });

  test('an open deal’s history begins when it was created', async () => {
    const createdAt = at(-20);
    const { stageHistory } = await create('Deal', { ...sound.Deal(), createdAt });
    expect(stageHistory.nodes).toEqual([{ changedAt: createdAt, fromStatus: null, toStatus: 'OPEN' }]);
  });

  test('a closed deal was open until the end of its close date, now at the latest', async () => {
    const createdAt = at(-20);
    const closed = { ...sound.Deal(), createdAt, stageId: stages['Closed Won'] };
    const { stageHistory } = await create('Deal', { ...closed, actualCloseDate: day(-5) });
    expect(stageHistory.nodes).toEqual([
      { changedAt: `${day(-5)}T23:59:59.999Z`, fromStatus: 'OPEN', toStatus: 'WON' },
      { changedAt: createdAt, fromStatus: null, toStatus: 'OPEN' },
    ]);
    const today = await create('Deal', closed);
    expect(new Date(today.stageHistory.nodes[0]!.changedAt).getTime()).toBeLessThanOrEqual(Date.now());
    expect(today.stageHistory.nodes[0]).toMatchObject({ toStatus: 'WON' });
  });

  test('a deal closed before it was created is refused', async () => {
    const input = { ...sound.Deal(), createdAt: at(-5), stageId: stages['Closed Won'], actualCloseDate: day(-6) };
    expect(faultsOf(await refusal(create('Deal', input)))).toEqual({ 'input.actualCloseDate': 'OUT_OF_RANGE' });
  });

  test('gives figures that are not negative', async () => {
    const { owner: other } = await newTenant();
    const document = 'mutation ($input: CreateDealInput!) { createDeal(input: $input) { id } }';
    const customer = (await newCustomer(other)).id;
    const won = idsByName(await pipelineById(other))['Closed Won'];
    const deal = { title: 'Old deal', customerId: customer, stageId: won, value: '100' };
    await other.request(document, { input: { ...deal, createdAt: at(-20), actualCloseDate: day(-10) } });
    await other.request(document, { input: { ...deal, actualCloseDate: day(-30) } });
    const { analytics, dealStats } = await other.request<{
      analytics: {
        dealVelocity: { p50DaysToWin: number; stages: { entered: number; won: number; p50Days: number }[] };
      };
      dealStats: { averageDaysToClose: number };
    }>(`{
      analytics { dealVelocity { p50DaysToWin stages { entered won p50Days } } }
      dealStats { averageDaysToClose }
    }`);
    expect(dealStats.averageDaysToClose).toBe(5);
    expect(analytics.dealVelocity.p50DaysToWin).toBe(5);
    expect(analytics.dealVelocity.stages[0]).toMatchObject({ entered: 1, won: 1 });
    expect(analytics.dealVelocity.stages[0]!.p50Days).toBeGreaterThan(9);
  });
});

describe('tags are added and removed', () => {
  const tagged = ['Customer', 'Lead', 'Deal', 'Activity'] as const;

  test.each(tagged)('%s, without knowing the others, and not together with the list', async (kind) => {
    const { id } = await create(kind, { ...sound[kind](), tags: ['a', 'b'] });
    const document = `mutation ($id: ID!, $input: Update${kind}Input!) {
      update${kind}(id: $id, input: $input) { tags version }
    }`;
    const update = async (input: Fields) =>
      (await owner.request<Record<string, Fields>>(document, { id, input }))[`update${kind}`];
    expect(await update({ addTags: ['c', 'a'], removeTags: ['b', 'z'] })).toEqual({ tags: ['a', 'c'], version: 2 });
    expect(await update({ addTags: ['a'], removeTags: ['b'] })).toEqual({ tags: ['a', 'c'], version: 2 });
    expect(faultsOf(await refusal(update({ tags: [], addTags: ['x'], removeTags: ['a'] })))).toEqual({
      'input.addTags': 'NOT_ALLOWED',
      'input.removeTags': 'NOT_ALLOWED',
    });
    const many = Array.from({ length: 19 }, (_, n) => `t${n}`);
    expect(faultsOf(await refusal(update({ addTags: many })))).toEqual({ 'input.addTags': 'TOO_LONG' });
    expect(await update({ addTags: many, removeTags: ['a'] })).toMatchObject({ tags: ['c', ...many] });
  });
});
