import { beforeAll, describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import type { Fields } from '../support/customers.js';
import { type DealOrganization, openOnly, organizationWithDeals } from '../support/deal-organization.js';
import { day, faultsOf, historyOf, newDeal, newLead, newPipeline, send } from '../support/sales.js';
import { refusal } from '../support/server.js';

let world: DealOrganization;
beforeAll(async () => {
  world = await organizationWithDeals();
});

describe('a new deal', () => {
  test('enters the first stage of the default pipeline with its probability', async () => {
    const created = await world.deal({ title: '  Big one  ', value: '10000' });
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
      customer: { id: world.customerId },
      lead: null,
      assignedTo: null,
      pipeline: { id: world.pipelineId },
      stage: { id: world.stages.Lead },
    });
    expect(await historyOf(world.owner, created.id)).toEqual([[null, null, 'Lead', 'OPEN']]);
  });

  test('takes everything it is given', async () => {
    const assignedToId = await world.tenant.employee();
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
    expect(await world.deal({ ...given, assignedToId, stageId: world.stages.Proposal })).toMatchObject({
      ...given,
      value: '12.50',
      expectedRevenue: '4.17',
      assignedTo: { id: assignedToId },
      stage: { id: world.stages.Proposal },
    });
  });

  test('takes the first stage of a given pipeline, and the pipeline of a given stage', async () => {
    const other = await newPipeline(world.owner, openOnly);
    expect(await world.deal({ pipelineId: other.id })).toMatchObject({
      pipeline: { id: other.id },
      probability: '30.00',
    });
    expect(await world.deal({ stageId: other.stages[1]!.id })).toMatchObject({
      pipeline: { id: other.id },
      stage: { name: 'Second' },
      probability: '60.00',
    });
  });

  test('skips an inactive first stage', async () => {
    const other = await newPipeline(world.owner, openOnly);
    await send(world.owner, 'updatePipelineStage', { id: other.stages[0]!.id, input: { isActive: false } });
    expect(await world.deal({ pipelineId: other.id })).toMatchObject({ stage: { name: 'Second' } });
  });

  test('on the won stage is won at once', async () => {
    expect(await world.deal({ stageId: world.stages['Closed Won'], value: '80', probability: '100' })).toMatchObject({
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
    const created = await world.deal({ stageId: world.stages['Closed Lost'], value: '80', ...lost });
    expect(created).toMatchObject({ status: 'LOST', probability: '0.00', expectedRevenue: '0.00', ...lost });
    expect(await historyOf(world.owner, created.id)).toEqual([[null, null, 'Closed Lost', 'LOST']]);
  });

  test('of a converted lead has its customer', async () => {
    const lead = await newLead(world.owner);
    const { customer } = await send<{ customer: { id: string } }>(world.owner, 'convertLead', { id: lead.id });
    expect(await newDeal(world.owner, { leadId: lead.id })).toMatchObject({
      customer: { id: customer.id },
      lead: { id: lead.id },
    });
  });

  test('needs somebody who buys', async () => {
    expect(await refusal(newDeal(world.owner, {}))).toMatchObject({
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
    const refused = await refusal(world.deal(input));
    expect(refused).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'VALIDATION_FAILED' });
    expect(faultsOf(refused)).toEqual(faults);
  });

  test('refuses what does not belong to a closed stage', async () => {
    const won = world.stages['Closed Won'];
    const faults = async (input: Fields) => faultsOf(await refusal(world.deal(input)));
    expect(await faults({ stageId: won, probability: '99' })).toEqual({ 'input.probability': 'NOT_ALLOWED' });
    expect(await faults({ stageId: won, lostReason: 'No' })).toEqual({ 'input.lostReason': 'NOT_ALLOWED' });
    expect(await faults({ stageId: won, actualCloseDate: day(1) })).toEqual({
      'input.actualCloseDate': 'OUT_OF_RANGE',
    });
    expect(await faults({ stageId: world.stages['Closed Lost'], probability: '1' })).toEqual({
      'input.probability': 'NOT_ALLOWED',
    });
  });

  test('refuses stages and pipelines that it cannot enter', async () => {
    const other = await newPipeline(world.owner, openOnly);
    const [first] = other.stages;
    const reason = async (input: Fields) => (await refusal(world.deal(input))).reason;
    expect(await reason({ pipelineId: world.pipelineId, stageId: first!.id })).toBe('STAGE_NOT_IN_PIPELINE');
    await send(world.owner, 'updatePipelineStage', { id: first!.id, input: { isActive: false } });
    expect(await reason({ stageId: first!.id })).toBe('STAGE_INACTIVE');
    await send(world.owner, 'updatePipeline', { id: other.id, input: { isActive: false } });
    expect(await refusal(world.deal({ pipelineId: other.id }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: 'PIPELINE_INACTIVE',
    });
    expect(await reason({ stageId: other.stages[1]!.id })).toBe('PIPELINE_INACTIVE');
  });

  test('finds nothing that is not of the organization', async () => {
    for (const name of ['customerId', 'leadId', 'pipelineId', 'stageId', 'assignedToId']) {
      const refused = await refusal(world.deal({ [name]: v7() }));
      expect(refused).toMatchObject({ code: 'NOT_FOUND' });
      expect(faultsOf(refused)).toEqual({ [`input.${name}`]: 'NOT_FOUND' });
    }
  });

  test('goes to active employees only', async () => {
    const assignedToId = await world.tenant.employee({ status: 'ON_LEAVE' });
    expect(await refusal(world.deal({ assignedToId }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: 'EMPLOYEE_NOT_ACTIVE',
    });
  });
});
