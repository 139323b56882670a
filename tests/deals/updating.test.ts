import { beforeAll, describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import type { Fields } from '../support/customers.js';
import { sql } from '../support/database.js';
import { type DealOrganization, openOnly, organizationWithDeals } from '../support/deal-organization.js';
import { day, dealById, faultsOf, historyOf, newLead, newPipeline, send } from '../support/sales.js';
import { refusal } from '../support/server.js';

let world: DealOrganization;
beforeAll(async () => {
  world = await organizationWithDeals();
});

describe('updating a deal', () => {
  test('a stage has the effects of moveDealStage, an explicit probability then wins', async () => {
    const { id } = await world.deal({ value: '100' });
    expect(await world.updateDeal(id, { stageId: world.stages.Proposal })).toMatchObject({
      probability: '50.00',
      expectedRevenue: '50.00',
    });
    expect(await world.updateDeal(id, { stageId: world.stages.Negotiation, probability: '80' })).toMatchObject({
      stage: { name: 'Negotiation' },
      probability: '80.00',
      expectedRevenue: '80.00',
    });
    const closing = { stageId: world.stages['Closed Lost'], lostReason: 'No', actualCloseDate: day(-1) };
    expect(await world.updateDeal(id, closing)).toMatchObject({
      status: 'LOST',
      lostReason: 'No',
      actualCloseDate: day(-1),
    });
    expect(await world.updateDeal(id, { stageId: world.stages.Lead, probability: '11' })).toMatchObject({
      status: 'OPEN',
      probability: '11.00',
      lostReason: null,
      actualCloseDate: null,
    });
    expect(await historyOf(world.owner, id)).toHaveLength(5);
  });

  test('close date and reason of closed deals can be corrected', async () => {
    const { id } = await world.deal({ stageId: world.stages['Closed Lost'] });
    expect(await world.updateDeal(id, { actualCloseDate: day(-4), lostReason: 'Price' })).toMatchObject({
      actualCloseDate: day(-4),
      lostReason: 'Price',
    });
    expect(await world.updateDeal(id, { lostReason: null })).toMatchObject({ lostReason: null });
    expect(await historyOf(world.owner, id)).toHaveLength(1);
    expect(faultsOf(await refusal(world.updateDeal(id, { actualCloseDate: day(1) })))).toEqual({
      'input.actualCloseDate': 'OUT_OF_RANGE',
    });
  });

  test('refuses probability on closed deals, dates on open and reasons on won ones', async () => {
    const open = await world.deal();
    const won = await world.deal({ stageId: world.stages['Closed Won'] });
    const conflict = async (id: string, input: Fields) => {
      const { code, reason } = await refusal(world.updateDeal(id, input));
      return `${code} ${reason}`;
    };
    expect(await conflict(won.id, { probability: '50' })).toBe('CONFLICT DEAL_CLOSED');
    expect(await conflict(open.id, { stageId: world.stages['Closed Won'], probability: '50' })).toBe(
      'CONFLICT DEAL_CLOSED',
    );
    expect(await conflict(open.id, { actualCloseDate: day() })).toBe('CONFLICT DEAL_NOT_CLOSED');
    expect(await conflict(open.id, { lostReason: 'No' })).toBe('CONFLICT DEAL_NOT_CLOSED');
    expect(await conflict(won.id, { lostReason: 'No' })).toBe('CONFLICT DEAL_NOT_CLOSED');
    expect(await dealById(world.owner, open.id)).toMatchObject({ version: 1, status: 'OPEN' });
  });

  test('an open deal enters the first open stage of another pipeline', async () => {
    const other = await newPipeline(world.owner, openOnly);
    const { id } = await world.deal({ stageId: world.stages.Proposal });
    expect(await world.updateDeal(id, { pipelineId: other.id })).toMatchObject({
      pipeline: { id: other.id },
      stage: { name: 'First' },
      probability: '30.00',
    });
    expect(
      await world.updateDeal(id, { pipelineId: world.pipelineId, stageId: world.stages.Qualified, probability: '1' }),
    ).toMatchObject({
      pipeline: { id: world.pipelineId },
      stage: { name: 'Qualified' },
      probability: '1.00',
    });
    expect(await historyOf(world.owner, id)).toEqual([
      [null, null, 'Proposal', 'OPEN'],
      ['Proposal', 'OPEN', 'First', 'OPEN'],
      ['First', 'OPEN', 'Qualified', 'OPEN'],
    ]);
  });

  test('a closed deal enters the stage of its outcome, else the last open one, and stays closed', async () => {
    const other = await newPipeline(world.owner);
    const open = await newPipeline(world.owner, openOnly);
    const { id } = await world.deal({
      stageId: world.stages['Closed Lost'],
      lostReason: 'No',
      actualCloseDate: day(-9),
    });
    const kept = { status: 'LOST', lostReason: 'No', actualCloseDate: day(-9), probability: '0.00' };
    expect(await world.updateDeal(id, { pipelineId: other.id })).toMatchObject({
      ...kept,
      stage: { name: 'Closed Lost' },
    });
    expect(await world.updateDeal(id, { pipelineId: open.id })).toMatchObject({ ...kept, stage: { name: 'Second' } });
    expect((await historyOf(world.owner, id)).at(-1)).toEqual(['Closed Lost', 'LOST', 'Second', 'LOST']);
  });

  test('refuses pipelines and stages that do not go together', async () => {
    const other = await newPipeline(world.owner, openOnly);
    const { id } = await world.deal();
    expect(await refusal(world.updateDeal(id, { pipelineId: other.id, stageId: world.stages.Lead }))).toMatchObject({
      reason: 'STAGE_NOT_IN_PIPELINE',
    });
    expect(await refusal(world.updateDeal(id, { stageId: other.stages[0]!.id }))).toMatchObject({
      reason: 'STAGE_NOT_IN_PIPELINE',
    });
    await send(world.owner, 'updatePipeline', { id: other.id, input: { isActive: false } });
    expect(await refusal(world.updateDeal(id, { pipelineId: other.id }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: 'PIPELINE_INACTIVE',
    });
    for (const name of ['customerId', 'leadId', 'pipelineId', 'stageId', 'assignedToId'])
      expect(faultsOf(await refusal(world.updateDeal(id, { [name]: v7() })))).toEqual({
        [`input.${name}`]: 'NOT_FOUND',
      });
  });

  test('null is refused for a place that the deal has, and for the close date of a closed deal', async () => {
    const { id } = await world.deal({});
    await send(world.owner, 'markWon', { id });
    const cleared = { pipelineId: null, stageId: null, actualCloseDate: null };
    expect(faultsOf(await refusal(world.updateDeal(id, cleared)))).toEqual(
      Object.fromEntries(Object.keys(cleared).map((name) => [`input.${name}`, 'REQUIRED'])),
    );
    const { __type: type } = await world.owner.request<{ __type: { inputFields: Record<string, string>[] } }>(
      '{ __type(name: "UpdateDealInput") { inputFields { name description } } }',
    );
    const told = type.inputFields.filter(({ description }) => / Null is refused [a-z]/.test(description!));
    expect(told.map(({ name }) => name)).toEqual(['customerId', 'leadId', ...Object.keys(cleared)]);
  });

  test('customer and lead cannot both be cleared', async () => {
    const lead = await newLead(world.owner);
    const { id } = await world.deal({ leadId: lead.id });
    expect(await refusal(world.updateDeal(id, { customerId: null, leadId: null }))).toMatchObject({
      reason: 'CUSTOMER_OR_LEAD_REQUIRED',
    });
    expect(await world.updateDeal(id, { customerId: null })).toMatchObject({ customer: null, lead: { id: lead.id } });
    expect(await refusal(world.updateDeal(id, { leadId: null }))).toMatchObject({
      reason: 'CUSTOMER_OR_LEAD_REQUIRED',
    });
    expect(await world.updateDeal(id, { leadId: null, customerId: world.customerId })).toMatchObject({
      customer: { id: world.customerId },
      lead: null,
    });
  });

  test('an assignment that stands stays, though its employee has left', async () => {
    const assignedToId = await world.tenant.employee();
    const { id } = await world.deal({ assignedToId });
    await sql(`update employees set status = 'TERMINATED' where id = $1`, [assignedToId]);
    expect(await world.updateDeal(id, { title: 'Renamed', assignedToId })).toMatchObject({ title: 'Renamed' });
    expect(await refusal(world.deal({ assignedToId }))).toMatchObject({ reason: 'EMPLOYEE_NOT_ACTIVE' });
  });
});
