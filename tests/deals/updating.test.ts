import { describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import type { Fields } from '../support/customers.js';
import { sql } from '../support/database.js';
import { customerId, deal, openOnly, owner, pipelineId, stages, tenant, update } from '../support/deal-organization.js';
import { day, dealById, faultsOf, historyOf, newLead, newPipeline, send } from '../support/sales.js';
import { refusal } from '../support/server.js';

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
