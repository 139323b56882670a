import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { activityRow, type Fields, insertRows, newCustomer } from './support/customers.js';
import { sql } from './support/database.js';
import {
  day,
  dealById,
  faultsOf,
  historyOf,
  idsByName,
  leadById,
  newDeal,
  newLead,
  newPipeline,
  pipelineById,
  send,
} from './support/sales.js';
import { client, partialAnswer, refusal, statementsOf } from './support/server.js';
import { newTenant, type Person, type Tenant } from './support/tenant.js';

let tenant: Tenant;
let owner: Person;
let stages: Record<string, string>;
let pipelineId: string;
let customerId: string;

/** One organization with the standard pipeline; each test makes deals of its own. */
beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
  const pipeline = await pipelineById(owner);
  pipelineId = pipeline.id;
  stages = idsByName(pipeline);
  customerId = (await newCustomer(owner, { firstName: 'Ada', lastName: 'King' })).id;
});

const deal = (input: Fields = {}) => newDeal(owner, { customerId, ...input });
const move = (id: string, stage: string, more: Fields = {}) =>
  send(owner, 'moveDealStage', { id, stageId: stages[stage] ?? stage, ...more });
const update = (id: string, input: Fields, expectedVersion?: number) =>
  send(owner, 'updateDeal', { id, input, expectedVersion });

const openOnly = {
  name: 'Talks',
  stages: [
    { name: 'First', probability: '30' },
    { name: 'Second', probability: '60' },
  ],
};

describe('a new deal', () => {
  test('enters the first stage of the default pipeline with its probability', async () => {
    const created = await deal({ title: '  Big one  ', value: '10000' });
    expect(created).toMatchObject({
      version: 1,
      code: expect.stringMatching(/^DEAL-\d{4,}$/),
      title: 'Big one',
      value: '10000.00',
      currency: 'USD',
      probability: '10.00',
      expectedRevenue: '1000.00',
      priority: 'MEDIUM',
      status: 'OPEN',
      isWon: false,
      isLost: false,
      actualCloseDate: null,
      lostReason: null,
      daysInStage: 0,
      tags: [],
      customer: { id: customerId },
      lead: null,
      assignedTo: null,
      pipeline: { id: pipelineId },
      stage: { id: stages.Lead },
    });
    expect(await historyOf(owner, created.id)).toEqual([[null, null, 'Lead', 'OPEN']]);
  });

  test('takes everything it is given', async () => {
    const assignedToId = await tenant.employee();
    const given = {
      description: 'Long story',
      value: '12.5',
      currency: 'EUR',
      probability: '33.33',
      expectedCloseDate: day(),
      priority: 'URGENT',
      source: 'fair',
      tags: ['a', 'b'],
    };
    expect(await deal({ ...given, assignedToId, stageId: stages.Proposal })).toMatchObject({
      ...given,
      value: '12.50',
      expectedRevenue: '4.17',
      assignedTo: { id: assignedToId },
      stage: { id: stages.Proposal },
    });
  });

  test('takes the first stage of a given pipeline, and the pipeline of a given stage', async () => {
    const other = await newPipeline(owner, openOnly);
    expect(await deal({ pipelineId: other.id })).toMatchObject({ pipeline: { id: other.id }, probability: '30.00' });
    expect(await deal({ stageId: other.stages[1]!.id })).toMatchObject({
      pipeline: { id: other.id },
      stage: { name: 'Second' },
      probability: '60.00',
    });
  });

  test('skips an inactive first stage', async () => {
    const other = await newPipeline(owner, openOnly);
    await send(owner, 'updatePipelineStage', { id: other.stages[0]!.id, input: { isActive: false } });
    expect(await deal({ pipelineId: other.id })).toMatchObject({ stage: { name: 'Second' } });
  });

  test('on the won stage is won at once', async () => {
    expect(await deal({ stageId: stages['Closed Won'], value: '80', probability: '100' })).toMatchObject({
      version: 1,
      status: 'WON',
      isWon: true,
      probability: '100.00',
      expectedRevenue: '80.00',
      actualCloseDate: day(),
      daysInStage: null,
    });
  });

  test('on the lost stage keeps the given date and reason, and may have been expected in the past', async () => {
    const lost = { lostReason: 'Too dear', actualCloseDate: day(-3), expectedCloseDate: day(-9) };
    const created = await deal({ stageId: stages['Closed Lost'], value: '80', ...lost });
    expect(created).toMatchObject({ status: 'LOST', probability: '0.00', expectedRevenue: '0.00', ...lost });
    expect(await historyOf(owner, created.id)).toEqual([[null, null, 'Closed Lost', 'LOST']]);
  });

  test('of a converted lead has its customer', async () => {
    const lead = await newLead(owner);
    const { customer } = await send<{ customer: { id: string } }>(owner, 'convertLead', { id: lead.id });
    expect(await newDeal(owner, { leadId: lead.id })).toMatchObject({
      customer: { id: customer.id },
      lead: { id: lead.id },
    });
  });

  test('needs somebody who buys', async () => {
    expect(await refusal(newDeal(owner, {}))).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: 'CUSTOMER_OR_LEAD_REQUIRED',
    });
  });

  const invalid: [string, Fields, Record<string, string>][] = [
    ['a title of two characters', { title: 'ab' }, { 'input.title': 'TOO_SHORT' }],
    ['a title of 201 characters', { title: 'x'.repeat(201) }, { 'input.title': 'TOO_LONG' }],
    ['a negative value', { value: '-1' }, { 'input.value': 'OUT_OF_RANGE' }],
    ['a value of 10^10', { value: '10000000000' }, { 'input.value': 'OUT_OF_RANGE' }],
    ['more than two decimals', { value: '1.001' }, { 'input.value': 'INVALID' }],
    ['a probability over 100', { probability: '100.01' }, { 'input.probability': 'OUT_OF_RANGE' }],
    ['an unknown currency', { currency: 'XQQ' }, { 'input.currency': 'INVALID' }],
    [
      'an expected close date in the past',
      { expectedCloseDate: day(-1) },
      { 'input.expectedCloseDate': 'OUT_OF_RANGE' },
    ],
    ['a close date on an open stage', { actualCloseDate: day() }, { 'input.actualCloseDate': 'NOT_ALLOWED' }],
    ['a lost reason on an open stage', { lostReason: 'No' }, { 'input.lostReason': 'NOT_ALLOWED' }],
    [
      'faults of several fields at once',
      { title: 'a', value: '-1' },
      { 'input.title': 'TOO_SHORT', 'input.value': 'OUT_OF_RANGE' },
    ],
  ];
  test.each(invalid)('refuses %s', async (_, input, faults) => {
    const refused = await refusal(deal(input));
    expect(refused).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'VALIDATION_FAILED' });
    expect(faultsOf(refused)).toEqual(faults);
  });

  test('refuses what does not belong to a closed stage', async () => {
    const won = stages['Closed Won'];
    const faults = async (input: Fields) => faultsOf(await refusal(deal(input)));
    expect(await faults({ stageId: won, probability: '99' })).toEqual({ 'input.probability': 'NOT_ALLOWED' });
    expect(await faults({ stageId: won, lostReason: 'No' })).toEqual({ 'input.lostReason': 'NOT_ALLOWED' });
    expect(await faults({ stageId: won, actualCloseDate: day(1) })).toEqual({
      'input.actualCloseDate': 'OUT_OF_RANGE',
    });
    expect(await faults({ stageId: stages['Closed Lost'], probability: '1' })).toEqual({
      'input.probability': 'NOT_ALLOWED',
    });
  });

  test('refuses stages and pipelines that it cannot enter', async () => {
    const other = await newPipeline(owner, openOnly);
    const [first] = other.stages;
    const reason = async (input: Fields) => (await refusal(deal(input))).reason;
    expect(await reason({ pipelineId, stageId: first!.id })).toBe('STAGE_NOT_IN_PIPELINE');
    await send(owner, 'updatePipelineStage', { id: first!.id, input: { isActive: false } });
    expect(await reason({ stageId: first!.id })).toBe('STAGE_INACTIVE');
    await send(owner, 'updatePipeline', { id: other.id, input: { isActive: false } });
    expect(await refusal(deal({ pipelineId: other.id }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: 'PIPELINE_INACTIVE',
    });
    expect(await reason({ stageId: other.stages[1]!.id })).toBe('PIPELINE_INACTIVE');
  });

  test('finds nothing that is not of the organization', async () => {
    for (const name of ['customerId', 'leadId', 'pipelineId', 'stageId', 'assignedToId']) {
      const refused = await refusal(deal({ [name]: v7() }));
      expect(refused).toMatchObject({ code: 'NOT_FOUND' });
      expect(faultsOf(refused)).toEqual({ [`input.${name}`]: 'NOT_FOUND' });
    }
  });

  test('goes to active employees only', async () => {
    const assignedToId = await tenant.employee({ status: 'ON_LEAVE' });
    expect(await refusal(deal({ assignedToId }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: 'EMPLOYEE_NOT_ACTIVE',
    });
  });
});

describe('worked examples', () => {
  test('1: expected revenue is value times probability, rounded half up', async () => {
    const revenue = async (input: Fields) => (await deal(input)).expectedRevenue;
    expect(await revenue({ value: '10000', probability: '25' })).toBe('2500.00');
    expect(await revenue({ value: '10000', probability: '0' })).toBe('0.00');
    expect(await revenue({ probability: '25' })).toBeNull();
    expect(await revenue({ value: '99.99', probability: '33.33' })).toBe('33.33');
    expect(await revenue({ value: '0.50', probability: '1' })).toBe('0.01');
    expect(await revenue({ value: '9999999999.99', probability: '99.99' })).toBe('9998999999.99');
  });

  test('2: Proposal to Closed Won to Negotiation', async () => {
    const { id } = await deal({ stageId: stages.Proposal, value: '1000' });
    expect(await move(id, 'Closed Won')).toMatchObject({
      status: 'WON',
      probability: '100.00',
      expectedRevenue: '1000.00',
      actualCloseDate: day(),
      version: 2,
    });
    expect(await move(id, 'Negotiation')).toMatchObject({
      status: 'OPEN',
      probability: '75.00',
      expectedRevenue: '750.00',
      actualCloseDate: null,
      version: 3,
    });
    expect(await historyOf(owner, id)).toEqual([
      [null, null, 'Proposal', 'OPEN'],
      ['Proposal', 'OPEN', 'Closed Won', 'WON'],
      ['Closed Won', 'WON', 'Negotiation', 'OPEN'],
    ]);
  });

  test('3: a loss needs a reason; reopening forgets it', async () => {
    const { id } = await deal({ stageId: stages.Negotiation, value: '1000' });
    for (const lostReason of ['', '   ']) {
      const refused = await refusal(send(owner, 'markLost', { id, lostReason }));
      expect(refused).toMatchObject({ code: 'BAD_USER_INPUT' });
      expect(Object.keys(faultsOf(refused))).toEqual(['lostReason']);
    }
    expect((await refusal(owner.request(gql`mutation { markLost(id: "${id}") { id } }`))).code).toMatch(
      /BAD_USER_INPUT|GRAPHQL_VALIDATION_FAILED/,
    );
    expect(await send(owner, 'markLost', { id, lostReason: 'Budget' })).toMatchObject({
      stage: { name: 'Closed Lost' },
      status: 'LOST',
      isLost: true,
      probability: '0.00',
      expectedRevenue: '0.00',
      lostReason: 'Budget',
      actualCloseDate: day(),
    });
    expect(await send(owner, 'reopenDeal', { id })).toMatchObject({
      stage: { name: 'Negotiation' },
      status: 'OPEN',
      probability: '75.00',
      expectedRevenue: '750.00',
      lostReason: null,
      actualCloseDate: null,
    });
    expect(await refusal(send(owner, 'reopenDeal', { id }))).toMatchObject({
      code: 'CONFLICT',
      reason: 'DEAL_NOT_CLOSED',
    });
  });

  test('4: without closed stages a deal is won and lost where it stands', async () => {
    const other = await newPipeline(owner, openOnly);
    const { id } = await deal({ pipelineId: other.id, value: '10' });
    expect(await send(owner, 'markWon', { id })).toMatchObject({
      stage: { name: 'First' },
      status: 'WON',
      probability: '100.00',
    });
    expect(await historyOf(owner, id)).toEqual([
      [null, null, 'First', 'OPEN'],
      ['First', 'OPEN', 'First', 'WON'],
    ]);
    expect(await send(owner, 'markLost', { id, lostReason: 'No' })).toMatchObject({
      stage: { name: 'First' },
      status: 'LOST',
    });
    expect(await send(owner, 'reopenDeal', { id })).toMatchObject({ stage: { name: 'First' }, probability: '30.00' });
  });

  test('5: markWon twice changes nothing; markLost on a won deal takes a new close date', async () => {
    const { id } = await deal();
    const won = await send(owner, 'markWon', { id, actualCloseDate: day(-5) });
    expect(won).toMatchObject({ status: 'WON', actualCloseDate: day(-5), version: 2 });
    expect(await send(owner, 'markWon', { id, actualCloseDate: day(-1) })).toEqual(won);
    expect(await send(owner, 'markLost', { id, lostReason: 'No' })).toMatchObject({
      status: 'LOST',
      actualCloseDate: day(),
      version: 3,
    });
    const lost = await send(owner, 'markLost', { id, lostReason: 'Another', actualCloseDate: day(-9) });
    expect(lost).toMatchObject({ lostReason: 'No', actualCloseDate: day(), version: 3 });
    expect(await historyOf(owner, id)).toHaveLength(3);
  });

  test('9: winning a deal of a lead converts it; the new customer has its value once', async () => {
    const lead = await newLead(owner, { companyName: 'Acme' });
    const created = await newDeal(owner, { leadId: lead.id, value: '500' });
    const won = await send(owner, 'markWon', { id: created.id });
    expect(won).toMatchObject({ status: 'WON', version: 2, lead: { id: lead.id } });
    expect(await leadById(owner, lead.id)).toMatchObject({
      isConverted: true,
      qualificationStatus: 'CONVERTED',
      convertedCustomer: won.customer,
    });
    expect(await totalsOf((won.customer as { id: string }).id)).toEqual({
      name: 'Lee Young',
      companyName: 'Acme',
      openDealCount: 0,
      totalValue: { amount: '500.00', currency: 'USD', otherCurrencies: [] },
    });
  });

  test('17: a Sales Rep deletes no deal; the owner does', async () => {
    const { id } = await deal();
    const rep = await tenant.member('Sales Rep');
    for (const any of [id, v7()])
      expect(await refusal(send(rep.as(tenant.id), 'deleteDeal', { id: any }))).toMatchObject({
        code: 'FORBIDDEN',
        reason: 'MISSING_PERMISSION',
        permission: 'deal:delete',
      });
    const stranger = (await newTenant()).owner;
    expect(await refusal(send(stranger, 'deleteDeal', { id }))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await dealById(stranger, id)).toBeNull();
    await insertRows('activities', [activityRow(tenant.id, { deal_id: id, title: 'Stays' })]);
    expect(await send(owner, 'deleteDeal', { id })).toEqual({ id });
    expect(await refusal(send(owner, 'deleteDeal', { id }))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await dealById(owner, id)).toBeNull();
    expect(await sql('select 1 from deal_stage_changes where deal_id = $1', [id])).toEqual([]);
    expect(
      await sql(`select deal_id from activities where organization_id = $1 and title = 'Stays'`, [tenant.id]),
    ).toEqual([{ deal_id: null }]);
  });

  test('21: deals outlive their customer', async () => {
    const buyer = await newCustomer(owner);
    const { id } = await newDeal(owner, { customerId: buyer.id });
    await owner.request(gql`mutation ($id: ID!) { deleteCustomer(id: $id) { id } }`, { id: buyer.id });
    expect(await dealById(owner, id)).toMatchObject({ customer: null, status: 'OPEN' });
  });

  test('24: clearing the value clears the expected revenue', async () => {
    const { id } = await deal({ value: '100' });
    expect(await update(id, { value: null })).toMatchObject({ value: null, expectedRevenue: null, version: 2 });
    expect(await update(id, {})).toMatchObject({ version: 2 });
    expect(faultsOf(await refusal(update(id, { title: null })))).toEqual({ 'input.title': 'REQUIRED' });
    await update(id, { value: '1' });
    expect(await update(id, { value: '2' })).toMatchObject({ version: 4 });
    expect(await refusal(update(id, { title: 'Never' }, 3))).toMatchObject({
      code: 'VERSION_CONFLICT',
      currentVersion: 4,
    });
    expect(await update(id, { title: 'Now' }, 4)).toMatchObject({ title: 'Now', version: 5 });
  });
});

describe('moving, winning, losing, reopening', () => {
  test('moving to the stage it is on changes nothing', async () => {
    const { id } = await deal({ probability: '42' });
    expect(await move(id, 'Lead')).toMatchObject({ version: 1, probability: '42.00' });
    expect(await historyOf(owner, id)).toHaveLength(1);
  });

  test('moving to the lost stage may go without a reason', async () => {
    const { id } = await deal();
    expect(await move(id, 'Closed Lost')).toMatchObject({ status: 'LOST', lostReason: null, actualCloseDate: day() });
    const other = await deal();
    const given = { lostReason: 'Gone', actualCloseDate: day(-2) };
    expect(await move(other.id, 'Closed Lost', given)).toMatchObject({ status: 'LOST', ...given });
    expect(await move(other.id, 'Closed Lost', { lostReason: 'Else' })).toMatchObject({ ...given, version: 2 });
    expect(await move(other.id, 'Closed Won')).toMatchObject({
      status: 'WON',
      lostReason: null,
      actualCloseDate: day(),
    });
  });

  test('refuses dates and reasons where they do not belong', async () => {
    const { id } = await deal();
    const faults = async (stage: string, more: Fields) => faultsOf(await refusal(move(id, stage, more)));
    expect(await faults('Qualified', { actualCloseDate: day() })).toEqual({ actualCloseDate: 'NOT_ALLOWED' });
    expect(await faults('Qualified', { lostReason: 'No' })).toEqual({ lostReason: 'NOT_ALLOWED' });
    expect(await faults('Closed Won', { lostReason: 'No' })).toEqual({ lostReason: 'NOT_ALLOWED' });
    expect(await faults('Closed Won', { actualCloseDate: day(1) })).toEqual({ actualCloseDate: 'OUT_OF_RANGE' });
    expect(faultsOf(await refusal(send(owner, 'markWon', { id, actualCloseDate: day(1) })))).toEqual({
      actualCloseDate: 'OUT_OF_RANGE',
    });
    const long = 'x'.repeat(501);
    expect(faultsOf(await refusal(send(owner, 'markLost', { id, lostReason: long })))).toEqual({
      lostReason: 'TOO_LONG',
    });
    expect(await dealById(owner, id)).toMatchObject({ version: 1, status: 'OPEN' });
  });

  test('refuses stages that are not of the pipeline, not active or not there', async () => {
    const other = await newPipeline(owner, openOnly);
    const [first, second] = other.stages;
    const { id } = await deal();
    expect(await refusal(move(id, first!.id))).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: 'STAGE_NOT_IN_PIPELINE',
    });
    const inside = await deal({ pipelineId: other.id });
    await send(owner, 'updatePipelineStage', { id: second!.id, input: { isActive: false } });
    expect(await refusal(move(inside.id, second!.id))).toMatchObject({ reason: 'STAGE_INACTIVE' });
    const missing = await refusal(move(id, v7()));
    expect(missing).toMatchObject({ code: 'NOT_FOUND' });
    expect(faultsOf(missing)).toEqual({ stageId: 'NOT_FOUND' });
    expect(await refusal(send(owner, 'moveDealStage', { id: v7(), stageId: stages.Lead }))).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await refusal(move(id, 'not-an-id'))).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'INVALID_ID' });
  });

  test('a stale version changes nothing, whatever the verb', async () => {
    const { id } = await deal();
    const verbs: [string, Fields][] = [
      ['moveDealStage', { stageId: stages.Proposal }],
      ['markWon', {}],
      ['markLost', { lostReason: 'No' }],
      ['reopenDeal', {}],
      ['deleteDeal', {}],
    ];
    for (const [name, more] of verbs)
      expect(await refusal(send(owner, name, { id, expectedVersion: 7, ...more }))).toMatchObject({
        code: 'VERSION_CONFLICT',
        currentVersion: 1,
      });
    expect(await dealById(owner, id)).toMatchObject({ version: 1, status: 'OPEN' });
  });

  test('a deal in an inactive pipeline may move on', async () => {
    const other = await newPipeline(owner, openOnly);
    const { id } = await deal({ pipelineId: other.id });
    await send(owner, 'updatePipeline', { id: other.id, input: { isActive: false } });
    expect(await move(id, other.stages[1]!.id)).toMatchObject({ stage: { name: 'Second' } });
    expect(await update(id, { title: 'Still here', pipelineId: other.id })).toMatchObject({ title: 'Still here' });
  });

  test('reopens on the most recent open stage that still is active', async () => {
    const other = await newPipeline(owner, {
      stages: ['One', 'Two', 'Three', 'Four'].map((name) => ({ name, probability: '20' })),
    });
    const [, two, three, four] = other.stages;
    const { id } = await deal({ pipelineId: other.id });
    for (const stage of [two, three, four]) await move(id, stage!.id);
    await send(owner, 'markWon', { id });
    await send(owner, 'updatePipelineStage', { id: four!.id, input: { isActive: false } });
    await send(owner, 'deletePipelineStage', { id: three!.id });
    expect(await send(owner, 'reopenDeal', { id })).toMatchObject({ stage: { name: 'Two' }, status: 'OPEN' });
  });

  test('a deal won at creation reopens on the first open stage', async () => {
    const { id } = await deal({ stageId: stages['Closed Won'] });
    expect(await send(owner, 'reopenDeal', { id })).toMatchObject({ stage: { name: 'Lead' }, probability: '10.00' });
  });

  test('a closed deal whose pipeline was deleted reopens in the default one, or adopts a stage', async () => {
    const other = await newPipeline(owner);
    const closed = await deal({ pipelineId: other.id, value: '7' });
    const again = await deal({ pipelineId: other.id });
    for (const { id } of [closed, again]) await send(owner, 'markWon', { id });
    await send(owner, 'deletePipeline', { id: other.id });
    expect(await dealById(owner, closed.id)).toMatchObject({
      pipeline: null,
      stage: null,
      status: 'WON',
      probability: '100.00',
      expectedRevenue: '7.00',
      actualCloseDate: day(),
    });
    expect(await send(owner, 'reopenDeal', { id: closed.id })).toMatchObject({
      pipeline: { id: pipelineId },
      stage: { name: 'Lead' },
      status: 'OPEN',
    });
    expect(await historyOf(owner, closed.id)).toEqual([
      [null, null, 'Lead', 'OPEN'],
      ['Lead', 'OPEN', 'Closed Won', 'WON'],
      [null, 'WON', 'Lead', 'OPEN'],
    ]);
    expect(await move(again.id, 'Proposal')).toMatchObject({ pipeline: { id: pipelineId }, status: 'OPEN' });
  });

  test('history tells who and when, newest first, and is paged', async () => {
    const rep = await tenant.member('Sales Rep');
    const { id } = await deal();
    await send(rep.as(tenant.id), 'moveDealStage', { id, stageId: stages.Qualified });
    const document = gql`
      query ($id: ID!, $after: String) {
        deal(id: $id) {
          stageHistory(first: 1, after: $after) {
            totalCount pageInfo { hasNextPage endCursor }
            nodes { fromStage { id } toStage { id } changedBy { id } changedAt }
          }
        }
      }
    `;
    type History = { nodes: Fields[]; pageInfo: { endCursor: string } };
    const page = async (after?: string) =>
      (await owner.request<{ deal: { stageHistory: History } }>(document, { id, after })).deal.stageHistory;
    const newest = await page();
    expect(newest).toMatchObject({
      totalCount: 2,
      pageInfo: { hasNextPage: true },
      nodes: [{ fromStage: { id: stages.Lead }, toStage: { id: stages.Qualified }, changedBy: { id: rep.id } }],
    });
    expect(Date.parse(newest.nodes[0]!.changedAt as string)).toBeGreaterThan(Date.now() - 3_600_000);
    expect(await page(newest.pageInfo.endCursor)).toMatchObject({
      pageInfo: { hasNextPage: false },
      nodes: [{ fromStage: null, toStage: { id: stages.Lead }, changedBy: { id: owner.id } }],
    });
  });

  test('days in stage are whole days since the last change of an open deal', async () => {
    const { id } = await deal();
    await sql(`update deal_stage_changes set changed_at = now() - interval '71 hours' where deal_id = $1`, [id]);
    expect(await dealById(owner, id)).toMatchObject({ daysInStage: 2 });
    expect(await move(id, 'Proposal')).toMatchObject({ daysInStage: 0 });
    expect(await send(owner, 'markWon', { id })).toMatchObject({ daysInStage: null });
  });

  test('two wins at once are one', async () => {
    const { id } = await deal();
    const won = await Promise.all([1, 2, 3].map(() => send(owner, 'markWon', { id })));
    expect(won.map(({ version }) => version)).toEqual([2, 2, 2]);
    expect(await historyOf(owner, id)).toHaveLength(2);
  });

  test('verbs at once on a deal of a lead come one after the other', async () => {
    const { id } = await newDeal(owner, { leadId: (await newLead(owner)).id });
    const names = ['Qualified', 'Proposal', 'Negotiation', 'Closed Won'];
    await Promise.all(names.map((name) => move(id, name)));
    expect(await dealById(owner, id)).toMatchObject({ version: 5, customer: { id: expect.any(String) } });
    const history = await historyOf(owner, id);
    expect(history.slice(1).map(([from]) => from)).toEqual(history.slice(0, -1).map(([, , to]) => to));
  });

  test('winning a deal of a lead that was converted before takes its customer', async () => {
    const lead = await newLead(owner);
    const created = await newDeal(owner, { leadId: lead.id });
    await send(owner, 'convertLead', { id: lead.id });
    const { convertedCustomer } = (await leadById(owner, lead.id))!;
    expect(await dealById(owner, created.id)).toMatchObject({ customer: convertedCustomer });
    await update(created.id, { customerId: null });
    expect(await move(created.id, 'Closed Won')).toMatchObject({ customer: convertedCustomer, status: 'WON' });
  });

  test('winning at creation and by update converts the lead too; a deal with a customer does not', async () => {
    const [first, second, third] = await Promise.all([newLead(owner), newLead(owner), newLead(owner)]);
    const won = await newDeal(owner, { leadId: first.id, stageId: stages['Closed Won'] });
    expect(won).toMatchObject({ version: 1, customer: { id: expect.any(String) } });
    expect(await leadById(owner, first.id)).toMatchObject({ isConverted: true, convertedCustomer: won.customer });
    const open = await newDeal(owner, { leadId: second.id });
    expect(await update(open.id, { stageId: stages['Closed Won'] })).toMatchObject({
      version: 2,
      customer: { id: expect.any(String) },
    });
    await deal({ leadId: third.id, stageId: stages['Closed Won'] });
    expect(await leadById(owner, third.id)).toMatchObject({ isConverted: false, version: 1 });
  });

  test('winning needs deal:update only, even when it converts a lead', async () => {
    const lead = await newLead(owner);
    const created = await newDeal(owner, { leadId: lead.id });
    const rep = await tenant.member();
    await grant(rep.id, ['deal:update']);
    expect(await send(rep.as(tenant.id), 'markWon', { id: created.id })).toMatchObject({ status: 'WON' });
    expect(await leadById(owner, lead.id)).toMatchObject({ isConverted: true });
  });
});

/** A role of its own with exactly these permissions. */
async function grant(userId: string, permissions: string[]): Promise<void> {
  const ids = await sql<{ id: string }>(
    `select id from permissions where organization_id = $1 and resource || ':' || action = any($2)`,
    [tenant.id, permissions],
  );
  const { createRole } = await owner.request<{ createRole: { id: string } }>(
    gql`mutation ($input: CreateRoleInput!) { createRole(input: $input) { id } }`,
    { input: { name: `Role ${v7()}`, permissionIds: ids.map(({ id }) => id) } },
  );
  await owner.request(
    gql`mutation ($userId: ID!, $roleId: ID!) { assignRole(userId: $userId, roleId: $roleId) { id } }`,
    {
      userId,
      roleId: createRole.id,
    },
  );
}

describe('updating a deal', () => {
  test('a stage has the effects of moveDealStage, an explicit probability then wins', async () => {
    const { id } = await deal({ value: '100' });
    expect(await update(id, { stageId: stages.Proposal })).toMatchObject({
      probability: '50.00',
      expectedRevenue: '50.00',
    });
    expect(await update(id, { stageId: stages.Negotiation, probability: '80' })).toMatchObject({
      stage: { name: 'Negotiation' },
      probability: '80.00',
      expectedRevenue: '80.00',
    });
    const closing = { stageId: stages['Closed Lost'], lostReason: 'No', actualCloseDate: day(-1) };
    expect(await update(id, closing)).toMatchObject({ status: 'LOST', lostReason: 'No', actualCloseDate: day(-1) });
    expect(await update(id, { stageId: stages.Lead, probability: '11' })).toMatchObject({
      status: 'OPEN',
      probability: '11.00',
      lostReason: null,
      actualCloseDate: null,
    });
    expect(await historyOf(owner, id)).toHaveLength(5);
  });

  test('close date and reason of closed deals can be corrected', async () => {
    const { id } = await deal({ stageId: stages['Closed Lost'] });
    expect(await update(id, { actualCloseDate: day(-4), lostReason: 'Price' })).toMatchObject({
      actualCloseDate: day(-4),
      lostReason: 'Price',
    });
    expect(await update(id, { lostReason: null })).toMatchObject({ lostReason: null });
    expect(await historyOf(owner, id)).toHaveLength(1);
    expect(faultsOf(await refusal(update(id, { actualCloseDate: day(1) })))).toEqual({
      'input.actualCloseDate': 'OUT_OF_RANGE',
    });
  });

  test('refuses probability on closed deals, dates on open and reasons on won ones', async () => {
    const open = await deal();
    const won = await deal({ stageId: stages['Closed Won'] });
    const conflict = async (id: string, input: Fields) => {
      const { code, reason } = await refusal(update(id, input));
      return `${code} ${reason}`;
    };
    expect(await conflict(won.id, { probability: '50' })).toBe('CONFLICT DEAL_CLOSED');
    expect(await conflict(open.id, { stageId: stages['Closed Won'], probability: '50' })).toBe('CONFLICT DEAL_CLOSED');
    expect(await conflict(open.id, { actualCloseDate: day() })).toBe('CONFLICT DEAL_NOT_CLOSED');
    expect(await conflict(open.id, { lostReason: 'No' })).toBe('CONFLICT DEAL_NOT_CLOSED');
    expect(await conflict(won.id, { lostReason: 'No' })).toBe('CONFLICT DEAL_NOT_CLOSED');
    expect(await dealById(owner, open.id)).toMatchObject({ version: 1, status: 'OPEN' });
  });

  test('an open deal enters the first open stage of another pipeline', async () => {
    const other = await newPipeline(owner, openOnly);
    const { id } = await deal({ stageId: stages.Proposal });
    expect(await update(id, { pipelineId: other.id })).toMatchObject({
      pipeline: { id: other.id },
      stage: { name: 'First' },
      probability: '30.00',
    });
    expect(await update(id, { pipelineId, stageId: stages.Qualified, probability: '1' })).toMatchObject({
      pipeline: { id: pipelineId },
      stage: { name: 'Qualified' },
      probability: '1.00',
    });
    expect(await historyOf(owner, id)).toEqual([
      [null, null, 'Proposal', 'OPEN'],
      ['Proposal', 'OPEN', 'First', 'OPEN'],
      ['First', 'OPEN', 'Qualified', 'OPEN'],
    ]);
  });

  test('a closed deal enters the stage of its outcome, else the last open one, and stays closed', async () => {
    const other = await newPipeline(owner);
    const open = await newPipeline(owner, openOnly);
    const { id } = await deal({ stageId: stages['Closed Lost'], lostReason: 'No', actualCloseDate: day(-9) });
    const kept = { status: 'LOST', lostReason: 'No', actualCloseDate: day(-9), probability: '0.00' };
    expect(await update(id, { pipelineId: other.id })).toMatchObject({ ...kept, stage: { name: 'Closed Lost' } });
    expect(await update(id, { pipelineId: open.id })).toMatchObject({ ...kept, stage: { name: 'Second' } });
    expect((await historyOf(owner, id)).at(-1)).toEqual(['Closed Lost', 'LOST', 'Second', 'LOST']);
  });

  test('refuses pipelines and stages that do not go together', async () => {
    const other = await newPipeline(owner, openOnly);
    const { id } = await deal();
    expect(await refusal(update(id, { pipelineId: other.id, stageId: stages.Lead }))).toMatchObject({
      reason: 'STAGE_NOT_IN_PIPELINE',
    });
    expect(await refusal(update(id, { stageId: other.stages[0]!.id }))).toMatchObject({
      reason: 'STAGE_NOT_IN_PIPELINE',
    });
    await send(owner, 'updatePipeline', { id: other.id, input: { isActive: false } });
    expect(await refusal(update(id, { pipelineId: other.id }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: 'PIPELINE_INACTIVE',
    });
    for (const name of ['customerId', 'leadId', 'pipelineId', 'stageId', 'assignedToId'])
      expect(faultsOf(await refusal(update(id, { [name]: v7() })))).toEqual({ [`input.${name}`]: 'NOT_FOUND' });
  });

  test('customer and lead cannot both be cleared', async () => {
    const lead = await newLead(owner);
    const { id } = await deal({ leadId: lead.id });
    expect(await refusal(update(id, { customerId: null, leadId: null }))).toMatchObject({
      reason: 'CUSTOMER_OR_LEAD_REQUIRED',
    });
    expect(await update(id, { customerId: null })).toMatchObject({ customer: null, lead: { id: lead.id } });
    expect(await refusal(update(id, { leadId: null }))).toMatchObject({ reason: 'CUSTOMER_OR_LEAD_REQUIRED' });
    expect(await update(id, { leadId: null, customerId })).toMatchObject({ customer: { id: customerId }, lead: null });
  });

  test('an assignment that stands stays, though its employee has left', async () => {
    const assignedToId = await tenant.employee();
    const { id } = await deal({ assignedToId });
    await sql(`update employees set status = 'TERMINATED' where id = $1`, [assignedToId]);
    expect(await update(id, { title: 'Renamed', assignedToId })).toMatchObject({ title: 'Renamed' });
    expect(await refusal(deal({ assignedToId }))).toMatchObject({ reason: 'EMPLOYEE_NOT_ACTIVE' });
  });
});

interface Totals {
  name: string;
  companyName: string | null;
  openDealCount: number | null;
  totalValue: { amount: string; currency: string; otherCurrencies: Fields[] } | null;
}

const CustomerTotals = gql`
  query ($id: ID!) {
    customer(id: $id) {
      name companyName openDealCount totalValue { amount currency otherCurrencies { amount currency } }
    }
  }
`;

async function totalsOf(id: string): Promise<Totals> {
  return (await owner.request<{ customer: Totals }>(CustomerTotals, { id })).customer;
}

describe('figures of a customer', () => {
  test('22: a deal of the customer and of a lead converted into it counts once; leads bring theirs', async () => {
    const won = stages['Closed Won'];
    const buyer = await newCustomer(owner);
    const lead = await newLead(owner, { estimatedValue: '9999' });
    await send(owner, 'convertLead', { id: lead.id, input: { existingCustomerId: buyer.id } });
    await newDeal(owner, { customerId: buyer.id, leadId: lead.id, stageId: won, value: '100' });
    const other = await newCustomer(owner);
    await newDeal(owner, { customerId: other.id, leadId: lead.id, stageId: won, value: '50' });
    await newDeal(owner, { customerId: buyer.id, stageId: won, value: '80', currency: 'EUR' });
    await newDeal(owner, { customerId: buyer.id, stageId: won, value: '5', currency: 'CHF' });
    await newDeal(owner, { customerId: buyer.id, stageId: won });
    await newDeal(owner, { customerId: buyer.id, value: '1000' });
    await newDeal(owner, { customerId: buyer.id, value: '1000', stageId: stages['Closed Lost'] });
    expect(await totalsOf(buyer.id)).toMatchObject({
      openDealCount: 1,
      totalValue: {
        amount: '150.00',
        currency: 'USD',
        otherCurrencies: [
          { amount: '5.00', currency: 'CHF' },
          { amount: '80.00', currency: 'EUR' },
        ],
      },
    });
  });

  test('are zero without deals, and hidden without deal:read', async () => {
    const buyer = await newCustomer(owner);
    const none = { amount: '0.00', currency: 'USD', otherCurrencies: [] };
    expect(await totalsOf(buyer.id)).toMatchObject({ openDealCount: 0, totalValue: none });
    const reader = await tenant.member();
    await grant(reader.id, ['customer:read', 'lead:read', 'pipeline:read']);
    const as = reader.as(tenant.id);
    const { data, errors } = await partialAnswer<{ customer: Totals }>(as.request(CustomerTotals, { id: buyer.id }));
    expect(data.customer).toMatchObject({ openDealCount: null, totalValue: null });
    expect(errors.map(({ path, extensions }) => [path.join('.'), extensions.permission]).sort()).toEqual([
      ['customer.openDealCount', 'deal:read'],
      ['customer.totalValue', 'deal:read'],
    ]);
    for (const document of [
      '{ customers(orderBy: [{ field: TOTAL_VALUE, direction: ASC }]) { nodes { id } } }',
      '{ customers(filter: { deals: { some: {} } }) { totalCount } }',
    ])
      expect(await refusal(as.request(document))).toMatchObject({ code: 'FORBIDDEN', permission: 'deal:read' });
  });
});

describe('lists of deals', () => {
  let names: (document: string, variables?: Fields) => Promise<string[]>;
  let board: Record<string, string>;
  let buyers: Record<string, string>;
  let seller: Person;

  beforeAll(async () => {
    const another = await newTenant();
    seller = another.owner;
    board = idsByName(await pipelineById(seller));
    buyers = {};
    for (const name of ['Ann 100%', 'Bob', 'Cy', 'Di'])
      buyers[name] = (await newCustomer(seller, { customerType: 'BUSINESS', name })).id;
    const rows: [string, string, string, Fields][] = [
      ['apples', 'Ann 100%', 'Closed Won', { value: '10', priority: 'LOW' }],
      ['Berries', 'Bob', 'Closed Won', { value: '10', currency: 'EUR', priority: 'URGENT' }],
      ['cherries', 'Bob', 'Negotiation', { value: '300', priority: 'HIGH' }],
      ['Dates', 'Cy', 'Lead', { expectedCloseDate: day(3) }],
      ['elderberries', 'Cy', 'Closed Won', { value: '20.5' }],
      ['Figs', 'Cy', 'Qualified', { value: '7', expectedCloseDate: day(1) }],
    ];
    for (const [title, buyer, stage, more] of rows)
      await newDeal(seller, { title, customerId: buyers[buyer], stageId: board[stage], ...more });
    names = async (list, variables = {}) => {
      const [root] = list.split(/[({ ]/);
      const declared = Object.keys(variables).length ? '($id: ID!)' : '';
      const document = `query ${declared} { ${list} }`;
      const found = await seller.request<Record<string, { nodes: Fields[] }>>(document, variables);
      return found[root!]!.nodes.map(({ title, name }) => (title ?? name) as string);
    };
  });

  test('are searched by title and by the name of the customer', async () => {
    expect(
      await names('deals(search: "BERRIES", orderBy: [{ field: TITLE, direction: ASC }]) { nodes { title } }'),
    ).toEqual(['Berries', 'elderberries']);
    expect(await names('deals(search: "0%") { nodes { title } }')).toEqual(['apples']);
    expect(await names('deals(search: "_") { nodes { title } }')).toEqual([]);
    expect(await names('deals(search: "cy", orderBy: [{ field: TITLE, direction: ASC }]) { nodes { title } }')).toEqual(
      ['Dates', 'elderberries', 'Figs'],
    );
  });

  const orders: [string, string[]][] = [
    [
      '[{ field: STAGE_ORDER, direction: ASC }, { field: TITLE, direction: DESC }]',
      ['Dates', 'Figs', 'cherries', 'elderberries', 'Berries', 'apples'],
    ],
    [
      '[{ field: STAGE_ORDER, direction: DESC }, { field: TITLE, direction: ASC }]',
      ['apples', 'Berries', 'elderberries', 'cherries', 'Figs', 'Dates'],
    ],
    [
      '[{ field: VALUE, direction: DESC }, { field: TITLE, direction: ASC }]',
      ['cherries', 'elderberries', 'apples', 'Berries', 'Figs', 'Dates'],
    ],
    [
      '[{ field: PRIORITY, direction: DESC }, { field: TITLE, direction: ASC }]',
      ['Berries', 'cherries', 'Dates', 'elderberries', 'Figs', 'apples'],
    ],
    [
      '[{ field: STATUS, direction: ASC }, { field: EXPECTED_CLOSE_DATE, direction: ASC }, { field: TITLE, direction: ASC }]',
      ['Figs', 'Dates', 'cherries', 'apples', 'Berries', 'elderberries'],
    ],
    ['[]', ['Figs', 'elderberries', 'Dates', 'cherries', 'Berries', 'apples']],
  ];
  test.each(orders)('are ordered by %s', async (orderBy, titles) => {
    expect(await names(`deals(orderBy: ${orderBy}) { nodes { title } }`)).toEqual(titles);
    expect(await walk('deals', 'title', orderBy)).toEqual(titles);
  });

  /** All rows by cursor, two at a time. */
  async function walk(list: string, field: string, orderBy: string): Promise<string[]> {
    const found: string[] = [];
    let after: string | null = null;
    do {
      const document = `query ($after: String) { ${list}(first: 2, after: $after, orderBy: ${orderBy}) { nodes { ${field} } pageInfo { hasNextPage endCursor } } }`;
      type Page = { nodes: Record<string, string>[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
      const page: Page = (await seller.request<Record<string, Page>>(document, { after }))[list]!;
      found.push(...page.nodes.map((node) => node[field]!));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after);
    return found;
  }

  test('customers are ordered by the won value in the own currency', async () => {
    const descending = '[{ field: TOTAL_VALUE, direction: DESC }, { field: NAME, direction: ASC }]';
    const ascending = '[{ field: TOTAL_VALUE, direction: ASC }, { field: NAME, direction: ASC }]';
    for (const [orderBy, expected] of [
      [descending, ['Cy', 'Ann 100%', 'Bob', 'Di']],
      [ascending, ['Bob', 'Di', 'Ann 100%', 'Cy']],
    ] as [string, string[]][]) {
      expect(await names(`customers(orderBy: ${orderBy}) { nodes { name } }`)).toEqual(expected);
      expect(await walk('customers', 'name', orderBy)).toEqual(expected);
    }
  });

  const filters: [string, string[]][] = [
    ['{ customer: { name: { startsWith: "b" } } }', ['Berries', 'cherries']],
    ['{ stage: { name: { eq: "Closed Won" } } }', ['apples', 'Berries', 'elderberries']],
    ['{ pipeline: { isDefault: { eq: true } }, status: { eq: OPEN } }', ['cherries', 'Dates', 'Figs']],
    ['{ status: { in: [] } }', []],
    ['{ value: { gte: "10", lt: "20.51" } }', ['apples', 'Berries', 'elderberries']],
    ['{ value: { isNull: true } }', ['Dates']],
    ['{ currency: { ne: "USD" } }', ['Berries']],
    ['{ probability: { gt: "10", lte: "75" } }', ['cherries', 'Figs']],
    ['{ not: { priority: { eq: MEDIUM } } }', ['apples', 'Berries', 'cherries']],
    ['{ mine: true }', []],
  ];
  test.each(filters)('are filtered by %s', async (filter, titles) => {
    const orderBy = '[{ field: TITLE, direction: ASC }]';
    expect(await names(`deals(filter: ${filter}, orderBy: ${orderBy}) { nodes { title } }`)).toEqual(titles);
  });

  test('customers are filtered by their deals, both ways', async () => {
    const customers = (filter: string) =>
      names(`customers(filter: ${filter}, orderBy: [{ field: NAME, direction: ASC }]) { nodes { name } }`);
    expect(await customers('{ deals: { some: { status: { eq: OPEN } } } }')).toEqual(['Bob', 'Cy']);
    expect(await customers('{ deals: { none: {} } }')).toEqual(['Di']);
    expect(await customers('{ deals: { none: { status: { eq: OPEN } } } }')).toEqual(['Ann 100%', 'Di']);
  });

  test('a relation filter inside another one is refused', async () => {
    const document = '{ deals(filter: { customer: { deals: { some: {} } } }) { totalCount } }';
    expect(await refusal(seller.request(document))).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'INVALID_FILTER' });
  });

  test('under a customer and a stage are those of it', async () => {
    const document = gql`
      query ($id: ID!) {
        customer(id: $id) { deals(orderBy: [{ field: TITLE, direction: ASC }]) { totalCount nodes { title } } }
      }
    `;
    expect(await seller.request(document, { id: buyers.Bob })).toEqual({
      customer: { deals: { totalCount: 2, nodes: [{ title: 'Berries' }, { title: 'cherries' }] } },
    });
  });

  test('a page of deals with its customers, stages and pipelines is one statement', async () => {
    const list = '{ deals { nodes { title customer { name } stage { name } pipeline { name } daysInStage } } }';
    expect(await statementsOf(() => seller.request(list))).toHaveLength(1);
  });

  test('nobody else sees or touches them', async () => {
    const { id } = await deal();
    expect(await seller.request('query ($id: ID!) { deal(id: $id) { id } }', { id })).toEqual({ deal: null });
    for (const name of ['markWon', 'reopenDeal', 'deleteDeal'])
      expect(await refusal(send(seller, name, { id }))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await refusal(client().request('{ deals { totalCount } }'))).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(faultsOf(await refusal(newDeal(seller, { customerId })))).toEqual({ 'input.customerId': 'NOT_FOUND' });
  });
});
