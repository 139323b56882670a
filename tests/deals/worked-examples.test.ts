import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { activityRow, type Fields, insertRows, newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { type DealOrganization, openOnly, organizationWithDeals } from '../support/deal-organization.js';
import { day, dealById, faultsOf, historyOf, leadById, newDeal, newLead, newPipeline, send } from '../support/sales.js';
import { refusal } from '../support/server.js';
import { newTenant } from '../support/tenant.js';

let world: DealOrganization;
beforeAll(async () => {
  world = await organizationWithDeals();
});

describe('worked examples', () => {
  test('1: expected revenue is value times probability, rounded half up', async () => {
    const revenue = async (input: Fields) => (await world.deal(input)).expectedRevenue;
    expect(await revenue({ value: '10000', probability: '25' })).toBe('2500.00');
    expect(await revenue({ value: '10000', probability: '0' })).toBe('0.00');
    expect(await revenue({ probability: '25' })).toBeNull();
    expect(await revenue({ value: '99.99', probability: '33.33' })).toBe('33.33');
    expect(await revenue({ value: '0.50', probability: '1' })).toBe('0.01');
    expect(await revenue({ value: '9999999999.99', probability: '99.99' })).toBe('9998999999.99');
  });

  test('2: Proposal to Closed Won to Negotiation', async () => {
    const { id } = await world.deal({ stageId: world.stages.Proposal, value: '1000' });
    expect(await world.move(id, 'Closed Won')).toMatchObject({
      status: 'WON',
      probability: '100.00',
      expectedRevenue: '1000.00',
      actualCloseDate: day(),
      version: 2,
    });
    expect(await world.move(id, 'Negotiation')).toMatchObject({
      status: 'OPEN',
      probability: '75.00',
      expectedRevenue: '750.00',
      actualCloseDate: null,
      version: 3,
    });
    expect(await historyOf(world.owner, id)).toEqual([
      [null, null, 'Proposal', 'OPEN'],
      ['Proposal', 'OPEN', 'Closed Won', 'WON'],
      ['Closed Won', 'WON', 'Negotiation', 'OPEN'],
    ]);
  });

  test('3: a loss needs a reason; reopening forgets it', async () => {
    const { id } = await world.deal({ stageId: world.stages.Negotiation, value: '1000' });
    for (const lostReason of ['', '   ']) {
      const refused = await refusal(send(world.owner, 'markLost', { id, lostReason }));
      expect(refused).toMatchObject({ code: 'BAD_USER_INPUT' });
      expect(Object.keys(faultsOf(refused))).toEqual(['lostReason']);
    }
    expect((await refusal(world.owner.request(gql`mutation { markLost(id: "${id}") { id } }`))).code).toMatch(
      /BAD_USER_INPUT|GRAPHQL_VALIDATION_FAILED/,
    );
    expect(await send(world.owner, 'markLost', { id, lostReason: 'Budget' })).toMatchObject({
      stage: { name: 'Closed Lost' },
      status: 'LOST',
      isLost: true,
      probability: '0.00',
      expectedRevenue: '0.00',
      lostReason: 'Budget',
      actualCloseDate: day(),
    });
    expect(await send(world.owner, 'reopenDeal', { id })).toMatchObject({
      stage: { name: 'Negotiation' },
      status: 'OPEN',
      probability: '75.00',
      expectedRevenue: '750.00',
      lostReason: null,
      actualCloseDate: null,
    });
    expect(await refusal(send(world.owner, 'reopenDeal', { id }))).toMatchObject({
      code: 'CONFLICT',
      reason: 'DEAL_NOT_CLOSED',
    });
  });

  test('4: without closed stages a deal is won and lost where it stands', async () => {
    const other = await newPipeline(world.owner, openOnly);
    const { id } = await world.deal({ pipelineId: other.id, value: '10' });
    expect(await send(world.owner, 'markWon', { id })).toMatchObject({
      stage: { name: 'First' },
      status: 'WON',
      probability: '100.00',
    });
    expect(await historyOf(world.owner, id)).toEqual([
      [null, null, 'First', 'OPEN'],
      ['First', 'OPEN', 'First', 'WON'],
    ]);
    expect(await send(world.owner, 'markLost', { id, lostReason: 'No' })).toMatchObject({
      stage: { name: 'First' },
      status: 'LOST',
    });
    expect(await send(world.owner, 'reopenDeal', { id })).toMatchObject({
      stage: { name: 'First' },
      probability: '30.00',
    });
  });

  test('5: markWon twice changes nothing; markLost on a won deal takes a new close date', async () => {
    const { id } = await world.deal();
    const won = await send(world.owner, 'markWon', { id, actualCloseDate: day(-5) });
    expect(won).toMatchObject({ status: 'WON', actualCloseDate: day(-5), version: 2 });
    expect(await send(world.owner, 'markWon', { id, actualCloseDate: day(-1) })).toEqual(won);
    expect(await send(world.owner, 'markLost', { id, lostReason: 'No' })).toMatchObject({
      status: 'LOST',
      actualCloseDate: day(),
      version: 3,
    });
    const lost = await send(world.owner, 'markLost', { id, lostReason: 'Another', actualCloseDate: day(-9) });
    expect(lost).toMatchObject({ lostReason: 'No', actualCloseDate: day(), version: 3 });
    expect(await historyOf(world.owner, id)).toHaveLength(3);
  });

  test('9: winning a deal of a lead converts it; the new customer has its value once', async () => {
    const lead = await newLead(world.owner, { companyName: 'Acme' });
    const created = await newDeal(world.owner, { leadId: lead.id, value: '500' });
    const won = await send(world.owner, 'markWon', { id: created.id });
    expect(won).toMatchObject({ status: 'WON', version: 2, lead: { id: lead.id } });
    expect(await leadById(world.owner, lead.id)).toMatchObject({
      isConverted: true,
      qualificationStatus: 'CONVERTED',
      convertedCustomer: won.customer,
    });
    expect(await world.totalsOf((won.customer as { id: string }).id)).toEqual({
      name: 'Lee Young',
      companyName: 'Acme',
      openDealCount: 0,
      totalValue: { amount: '500.00', currency: 'USD', otherCurrencies: [] },
    });
  });

  test('17: a Sales Rep deletes no deal; the owner does', async () => {
    const { id } = await world.deal();
    const rep = await world.tenant.member('Sales Rep');
    for (const any of [id, v7()])
      expect(await refusal(send(rep.as(world.tenant.id), 'deleteDeal', { id: any }))).toMatchObject({
        code: 'FORBIDDEN',
        reason: 'MISSING_PERMISSION',
        permission: 'deal:delete',
      });
    const stranger = (await newTenant()).owner;
    expect(await refusal(send(stranger, 'deleteDeal', { id }))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await dealById(stranger, id)).toBeNull();
    await insertRows('activities', [activityRow(world.tenant.id, { deal_id: id, title: 'Stays' })]);
    expect(await send(world.owner, 'deleteDeal', { id })).toEqual({ id });
    expect(await refusal(send(world.owner, 'deleteDeal', { id }))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await dealById(world.owner, id)).toBeNull();
    expect(await sql('select 1 from deal_stage_changes where deal_id = $1', [id])).toEqual([]);
    expect(
      await sql(`select deal_id from activities where organization_id = $1 and title = 'Stays'`, [world.tenant.id]),
    ).toEqual([{ deal_id: null }]);
  });

  test('21: deals outlive their customer', async () => {
    const buyer = await newCustomer(world.owner);
    const { id } = await newDeal(world.owner, { customerId: buyer.id });
    await world.owner.request(gql`mutation ($id: ID!) { deleteCustomer(id: $id) { id } }`, { id: buyer.id });
    expect(await dealById(world.owner, id)).toMatchObject({ customer: null, status: 'OPEN' });
  });

  test('24: clearing the value clears the expected revenue', async () => {
    const { id } = await world.deal({ value: '100' });
    expect(await world.updateDeal(id, { value: null })).toMatchObject({
      value: null,
      expectedRevenue: null,
      version: 2,
    });
    expect(await world.updateDeal(id, {})).toMatchObject({ version: 2 });
    expect(faultsOf(await refusal(world.updateDeal(id, { title: null })))).toEqual({ 'input.title': 'REQUIRED' });
    await world.updateDeal(id, { value: '1' });
    expect(await world.updateDeal(id, { value: '2' })).toMatchObject({ version: 4 });
    expect(await refusal(world.updateDeal(id, { title: 'Never' }, 3))).toMatchObject({
      code: 'VERSION_CONFLICT',
      currentVersion: 4,
    });
    expect(await world.updateDeal(id, { title: 'Now' }, 4)).toMatchObject({ title: 'Now', version: 5 });
  });
});
