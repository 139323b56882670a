import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import type { Fields } from '../support/customers.js';
import { sql } from '../support/database.js';
import { type DealOrganization, openOnly, organizationWithDeals } from '../support/deal-organization.js';
import { memberWith } from '../support/permissions.js';
import { day, dealById, faultsOf, historyOf, leadById, newDeal, newLead, newPipeline, send } from '../support/sales.js';
import { refusal } from '../support/server.js';

let world: DealOrganization;
beforeAll(async () => {
  world = await organizationWithDeals();
});

describe('moving, winning, losing, reopening', () => {
  test('moving to the stage it is on changes nothing', async () => {
    const { id } = await world.deal({ probability: '42' });
    expect(await world.move(id, 'Lead')).toMatchObject({ version: 1, probability: '42.00' });
    expect(await historyOf(world.owner, id)).toHaveLength(1);
  });

  test('moving to the lost stage may go without a reason', async () => {
    const { id } = await world.deal();
    expect(await world.move(id, 'Closed Lost')).toMatchObject({
      status: 'LOST',
      lostReason: null,
      actualCloseDate: day(),
    });
    const other = await world.deal();
    const given = { lostReason: 'Gone', actualCloseDate: day(-2) };
    expect(await world.move(other.id, 'Closed Lost', given)).toMatchObject({ status: 'LOST', ...given });
    expect(await world.move(other.id, 'Closed Lost', { lostReason: 'Else' })).toMatchObject({ ...given, version: 2 });
    expect(await world.move(other.id, 'Closed Won')).toMatchObject({
      status: 'WON',
      lostReason: null,
      actualCloseDate: day(),
    });
  });

  test.each([
    ['markWon', 'markLost', 'isClosedLost'],
    ['markLost', 'markWon', 'isClosedWon'],
  ])('%s leaves the stage of the other outcome, if need be for the last open one', async (mark, other, flag) => {
    const reasons: Record<string, Fields> = { markLost: { lostReason: 'Price' } };
    const stages = [{ name: 'First' }, { name: 'Second' }, { name: 'End', [flag]: true }];
    const pipeline = await newPipeline(world.owner, { name: `Only ${flag}`, stages });
    const { id } = await world.deal({ pipelineId: pipeline.id });
    expect(await send(world.owner, other, { id, ...reasons[other] })).toMatchObject({ stage: { name: 'End' } });
    const status = mark === 'markWon' ? 'WON' : 'LOST';
    const stage = { name: 'Second' };
    expect(await send(world.owner, mark, { id, ...reasons[mark] })).toMatchObject({ stage, status });
  });

  test('refuses dates and reasons where they do not belong', async () => {
    const { id } = await world.deal();
    const faults = async (stage: string, more: Fields) => faultsOf(await refusal(world.move(id, stage, more)));
    expect(await faults('Qualified', { actualCloseDate: day() })).toEqual({ actualCloseDate: 'NOT_ALLOWED' });
    expect(await faults('Qualified', { lostReason: 'No' })).toEqual({ lostReason: 'NOT_ALLOWED' });
    expect(await faults('Closed Won', { lostReason: 'No' })).toEqual({ lostReason: 'NOT_ALLOWED' });
    expect(await faults('Closed Won', { actualCloseDate: day(1) })).toEqual({ actualCloseDate: 'OUT_OF_RANGE' });
    expect(faultsOf(await refusal(send(world.owner, 'markWon', { id, actualCloseDate: day(1) })))).toEqual({
      actualCloseDate: 'OUT_OF_RANGE',
    });
    const long = 'x'.repeat(501);
    expect(faultsOf(await refusal(send(world.owner, 'markLost', { id, lostReason: long })))).toEqual({
      lostReason: 'TOO_LONG',
    });
    expect(await dealById(world.owner, id)).toMatchObject({ version: 1, status: 'OPEN' });
  });

  test('refuses stages that are not of the pipeline, not active or not there', async () => {
    const other = await newPipeline(world.owner, openOnly);
    const [first, second] = other.stages;
    const { id } = await world.deal();
    expect(await refusal(world.move(id, first!.id))).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: 'STAGE_NOT_IN_PIPELINE',
    });
    const inside = await world.deal({ pipelineId: other.id });
    await send(world.owner, 'updatePipelineStage', { id: second!.id, input: { isActive: false } });
    expect(await refusal(world.move(inside.id, second!.id))).toMatchObject({ reason: 'STAGE_INACTIVE' });
    const missing = await refusal(world.move(id, v7()));
    expect(missing).toMatchObject({ code: 'NOT_FOUND' });
    expect(faultsOf(missing)).toEqual({ stageId: 'NOT_FOUND' });
    expect(await refusal(send(world.owner, 'moveDealStage', { id: v7(), stageId: world.stages.Lead }))).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await refusal(world.move(id, 'not-an-id'))).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'INVALID_ID' });
  });

  test('a stale version changes nothing, whatever the verb', async () => {
    const { id } = await world.deal();
    const verbs: [string, Fields][] = [
      ['moveDealStage', { stageId: world.stages.Proposal }],
      ['markWon', {}],
      ['markLost', { lostReason: 'No' }],
      ['reopenDeal', {}],
      ['deleteDeal', {}],
    ];
    for (const [name, more] of verbs)
      expect(await refusal(send(world.owner, name, { id, expectedVersion: 7, ...more }))).toMatchObject({
        code: 'VERSION_CONFLICT',
        currentVersion: 1,
      });
    expect(await dealById(world.owner, id)).toMatchObject({ version: 1, status: 'OPEN' });
  });

  test('a deal in an inactive pipeline may move on', async () => {
    const other = await newPipeline(world.owner, openOnly);
    const { id } = await world.deal({ pipelineId: other.id });
    await send(world.owner, 'updatePipeline', { id: other.id, input: { isActive: false } });
    expect(await world.move(id, other.stages[1]!.id)).toMatchObject({ stage: { name: 'Second' } });
    expect(await world.updateDeal(id, { title: 'Still here', pipelineId: other.id })).toMatchObject({
      title: 'Still here',
    });
  });

  test('reopens on the most recent open stage that still is active', async () => {
    const other = await newPipeline(world.owner, {
      stages: ['One', 'Two', 'Three', 'Four'].map((name) => ({ name, probability: '20' })),
    });
    const [, two, three, four] = other.stages;
    const { id } = await world.deal({ pipelineId: other.id });
    for (const stage of [two, three, four]) await world.move(id, stage!.id);
    await send(world.owner, 'markWon', { id });
    await send(world.owner, 'updatePipelineStage', { id: four!.id, input: { isActive: false } });
    await send(world.owner, 'deletePipelineStage', { id: three!.id });
    expect(await send(world.owner, 'reopenDeal', { id })).toMatchObject({ stage: { name: 'Two' }, status: 'OPEN' });
  });

  test('a deal won at creation reopens on the first open stage', async () => {
    const { id } = await world.deal({ stageId: world.stages['Closed Won'] });
    expect(await send(world.owner, 'reopenDeal', { id })).toMatchObject({
      stage: { name: 'Lead' },
      probability: '10.00',
    });
  });

  test('a closed deal whose pipeline was deleted reopens in the default one, or adopts a stage', async () => {
    const other = await newPipeline(world.owner);
    const closed = await world.deal({ pipelineId: other.id, value: '7' });
    const again = await world.deal({ pipelineId: other.id });
    for (const { id } of [closed, again]) await send(world.owner, 'markWon', { id });
    await send(world.owner, 'deletePipeline', { id: other.id });
    expect(await dealById(world.owner, closed.id)).toMatchObject({
      pipeline: null,
      stage: null,
      status: 'WON',
      probability: '100.00',
      expectedRevenue: '7.00',
      actualCloseDate: day(),
    });
    expect(await send(world.owner, 'reopenDeal', { id: closed.id })).toMatchObject({
      pipeline: { id: world.pipelineId },
      stage: { name: 'Lead' },
      status: 'OPEN',
    });
    expect(await historyOf(world.owner, closed.id)).toEqual([
      [null, null, 'Lead', 'OPEN'],
      ['Lead', 'OPEN', 'Closed Won', 'WON'],
      [null, 'WON', 'Lead', 'OPEN'],
    ]);
    expect(await world.move(again.id, 'Proposal')).toMatchObject({
      pipeline: { id: world.pipelineId },
      status: 'OPEN',
    });
  });

  test('history tells who and when, newest first, and is paged', async () => {
    const rep = await world.tenant.member('Sales Rep');
    const { id } = await world.deal();
    await send(rep.as(world.tenant.id), 'moveDealStage', { id, stageId: world.stages.Qualified });
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
      (await world.owner.request<{ deal: { stageHistory: History } }>(document, { id, after })).deal.stageHistory;
    const newest = await page();
    expect(newest).toMatchObject({
      totalCount: 2,
      pageInfo: { hasNextPage: true },
      nodes: [
        { fromStage: { id: world.stages.Lead }, toStage: { id: world.stages.Qualified }, changedBy: { id: rep.id } },
      ],
    });
    expect(Date.parse(newest.nodes[0]!.changedAt as string)).toBeGreaterThan(Date.now() - 3_600_000);
    expect(await page(newest.pageInfo.endCursor)).toMatchObject({
      pageInfo: { hasNextPage: false },
      nodes: [{ fromStage: null, toStage: { id: world.stages.Lead }, changedBy: { id: world.owner.id } }],
    });
  });

  test('days in stage are whole days since the last change of an open deal', async () => {
    const { id } = await world.deal();
    await sql(`update deal_stage_changes set changed_at = now() - interval '71 hours' where deal_id = $1`, [id]);
    expect(await dealById(world.owner, id)).toMatchObject({ daysInStage: 2 });
    expect(await world.move(id, 'Proposal')).toMatchObject({ daysInStage: 0 });
    expect(await send(world.owner, 'markWon', { id })).toMatchObject({ daysInStage: null });
  });

  test('two wins at once are one', async () => {
    const { id } = await world.deal();
    const won = await Promise.all([1, 2, 3].map(() => send(world.owner, 'markWon', { id })));
    expect(won.map(({ version }) => version)).toEqual([2, 2, 2]);
    expect(await historyOf(world.owner, id)).toHaveLength(2);
  });

  test('verbs at once on a deal of a lead come one after the other', async () => {
    const { id } = await newDeal(world.owner, { leadId: (await newLead(world.owner)).id });
    const names = ['Qualified', 'Proposal', 'Negotiation', 'Closed Won'];
    await Promise.all(names.map((name) => world.move(id, name)));
    expect(await dealById(world.owner, id)).toMatchObject({ version: 5, customer: { id: expect.any(String) } });
    const history = await historyOf(world.owner, id);
    expect(history.slice(1).map(([from]) => from)).toEqual(history.slice(0, -1).map(([, , to]) => to));
  });

  test('winning a deal of a lead that was converted before takes its customer', async () => {
    const lead = await newLead(world.owner);
    const created = await newDeal(world.owner, { leadId: lead.id });
    await send(world.owner, 'convertLead', { id: lead.id });
    const { convertedCustomer } = (await leadById(world.owner, lead.id))!;
    expect(await dealById(world.owner, created.id)).toMatchObject({ customer: convertedCustomer });
    await world.updateDeal(created.id, { customerId: null });
    expect(await world.move(created.id, 'Closed Won')).toMatchObject({ customer: convertedCustomer, status: 'WON' });
  });

  test('winning at creation and by update converts the lead too; a deal with a customer does not', async () => {
    const [first, second, third] = await Promise.all([
      newLead(world.owner),
      newLead(world.owner),
      newLead(world.owner),
    ]);
    const won = await newDeal(world.owner, { leadId: first.id, stageId: world.stages['Closed Won'] });
    expect(won).toMatchObject({ version: 1, customer: { id: expect.any(String) } });
    expect(await leadById(world.owner, first.id)).toMatchObject({ isConverted: true, convertedCustomer: won.customer });
    const open = await newDeal(world.owner, { leadId: second.id });
    expect(await world.updateDeal(open.id, { stageId: world.stages['Closed Won'] })).toMatchObject({
      version: 2,
      customer: { id: expect.any(String) },
    });
    await world.deal({ leadId: third.id, stageId: world.stages['Closed Won'] });
    expect(await leadById(world.owner, third.id)).toMatchObject({ isConverted: false, version: 1 });
  });

  test('winning needs deal:update only, even when it converts a lead', async () => {
    const lead = await newLead(world.owner);
    const created = await newDeal(world.owner, { leadId: lead.id });
    const rep = await memberWith(world.tenant, ['deal:update']);
    expect(await send(rep.as(world.tenant.id), 'markWon', { id: created.id })).toMatchObject({ status: 'WON' });
    expect(await leadById(world.owner, lead.id)).toMatchObject({ isConverted: true });
  });
});
