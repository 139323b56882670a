import { beforeAll, describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import {
  activityRow,
  changeCustomer,
  customerById,
  type Fields,
  freshEmail,
  insertRows,
  newCustomer,
} from '../support/customers.js';
import { sql } from '../support/database.js';
import { alreadyConverted, type LeadOrganization, organizationWithLeads } from '../support/lead-organization.js';
import { day, dealById, faultsOf, historyOf, leadById, newDeal, newPipeline, send } from '../support/sales.js';
import { refusal } from '../support/server.js';

let world: LeadOrganization;
beforeAll(async () => {
  world = await organizationWithLeads();
});

describe('converting a lead', () => {
  test('makes a person of a lead without company', async () => {
    const created = await world.lead({
      name: 'Ada King',
      phone: '555 0100 100',
      street: 'Main 1',
      city: 'Rome',
      country: 'Italy',
      description: 'Text',
      tags: ['x', 'y'],
      source: 'COLD_CALL',
      qualificationStatus: 'UNQUALIFIED',
      assignedToId: await world.tenant.employee(),
    });
    const converted = await world.convert(created.id);
    expect(converted.deal).toBeNull();
    expect(converted.customer).toMatchObject({
      version: 1,
      code: expect.stringMatching(/^CUST-\d{4,}$/),
      name: 'Ada King',
      companyName: null,
      contactPerson: null,
      customerType: 'INDIVIDUAL',
      email: created.email,
      phone: created.phone,
      street: 'Main 1',
      city: 'Rome',
      country: 'Italy',
      status: 'ACTIVE',
      source: 'COLD_CALL',
      tags: ['x', 'y'],
      description: 'Text',
      convertedAt: expect.any(String),
      assignedTo: created.assignedTo,
      convertedFromLead: { id: created.id },
    });
    expect(converted.lead).toMatchObject({
      version: 2,
      isConverted: true,
      convertedAt: expect.any(String),
      qualificationStatus: 'CONVERTED',
      convertedCustomer: { id: converted.customer.id },
      convertedBy: { id: expect.any(String) },
    });
    const [self] = await sql<{ id: string }>('select id from employees where organization_id = $1 and user_id = $2', [
      world.tenant.id,
      world.owner.id,
    ]);
    expect(converted.lead.convertedBy).toEqual(self);
    expect(await world.notesOf(created.id)).toMatchObject([
      { title: 'Lead converted', status: 'COMPLETED', customer: { id: converted.customer.id } },
    ]);
  });

  test('makes a business of a lead with a company, unless told otherwise', async () => {
    const acme = { name: 'Kim', companyName: 'Acme' };
    expect((await world.convert((await world.lead(acme)).id)).customer).toMatchObject({
      ...acme,
      customerType: 'BUSINESS',
      contactPerson: 'Kim',
    });
    expect((await world.convert((await world.lead(acme)).id, { customerType: 'INDIVIDUAL' })).customer).toMatchObject({
      ...acme,
      customerType: 'INDIVIDUAL',
    });
    expect(
      (await world.convert((await world.lead({ name: 'Kim' })).id, { customerType: 'BUSINESS' })).customer,
    ).toMatchObject({
      name: 'Kim',
      companyName: 'Kim',
      contactPerson: 'Kim',
    });
  });

  test('leaves out an assignee who is not active any more, and takes another one when given', async () => {
    const [gone, next] = [await world.tenant.employee(), await world.tenant.employee()];
    const first = await world.lead({ assignedToId: gone });
    const second = await world.lead({ assignedToId: gone });
    await sql(`update employees set status = 'ON_LEAVE' where id = $1`, [gone]);
    const { customer, deal } = await world.convert(first.id, { createDeal: {} });
    expect([customer.assignedTo, deal!.assignedTo]).toEqual([null, null]);
    const given = await world.convert(second.id, { assignedToId: next, createDeal: {} });
    expect([given.customer.assignedTo, given.deal!.assignedTo]).toEqual([{ id: next }, { id: next }]);
  });

  test('6: twice at once succeeds once, with exactly one customer', async () => {
    const email = freshEmail();
    const { id } = await world.lead({ email });
    const both = await Promise.allSettled([
      world.convert(id, { createDeal: {} }),
      world.convert(id, { createDeal: {} }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const { reason } = both.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect(await refusal(Promise.reject(reason))).toMatchObject(alreadyConverted);
    const rows = await sql('select id from customers where organization_id = $1 and email = $2', [
      world.tenant.id,
      email,
    ]);
    expect(rows).toHaveLength(1);
    expect(await sql('select id from deals where lead_id = $1', [id])).toHaveLength(1);
  });

  test('7: links the INACTIVE customer with its e-mail address, which becomes ACTIVE and keeps the rest', async () => {
    const email = freshEmail();
    const assignedToId = await world.tenant.employee();
    const known = await newCustomer(world.owner, { email, name: 'Old Name', status: 'INACTIVE', source: 'fair' });
    const { id } = await world.lead({ email, name: 'New Name', companyName: 'Acme', assignedToId, tags: ['new'] });
    const { customer, lead: converted } = await world.convert(id);
    expect(customer).toMatchObject({
      id: known.id,
      name: 'Old Name',
      status: 'ACTIVE',
      customerType: 'INDIVIDUAL',
      companyName: null,
      assignedTo: null,
      source: 'fair',
      tags: [],
      convertedFromLead: { id },
      convertedAt: expect.any(String),
      version: 2,
    });
    expect(converted.convertedCustomer).toEqual({ id: known.id });
    expect(
      await sql('select id from customers where organization_id = $1 and email = $2', [world.tenant.id, email]),
    ).toEqual([{ id: known.id }]);
  });

  test('links the customer that is named, and leaves its first conversion and its status alone', async () => {
    const first = await world.lead();
    const { customer } = await world.convert(first.id);
    await changeCustomer(world.owner, customer.id, { status: 'VIP' });
    const email = freshEmail();
    const other = await newCustomer(world.owner, { email });
    const second = await world.lead({ email });
    const linked = await world.convert(second.id, { existingCustomerId: customer.id, customerType: 'BUSINESS' });
    expect(linked.customer).toMatchObject({
      id: customer.id,
      status: 'VIP',
      customerType: 'INDIVIDUAL',
      convertedFromLead: { id: first.id },
      convertedAt: customer.convertedAt,
      version: 2,
    });
    expect(await customerById(world.owner, other.id)).toMatchObject({ version: 1 });
    const third = await world.lead();
    const missing = await refusal(world.convert(third.id, { existingCustomerId: v7() }));
    expect(missing.code).toBe('NOT_FOUND');
    expect(faultsOf(missing)).toEqual({ 'input.existingCustomerId': 'NOT_FOUND' });
  });

  test('brings activities and deals without a customer along', async () => {
    const { id } = await world.lead({ name: 'Kim' });
    const other = await newCustomer(world.owner);
    const free = await newDeal(world.owner, { leadId: id });
    const taken = await newDeal(world.owner, { leadId: id, customerId: other.id });
    const [loose, bound] = [
      activityRow(world.tenant.id, { lead_id: id, title: 'Loose' }),
      activityRow(world.tenant.id, { lead_id: id, title: 'Bound', customer_id: other.id }),
    ];
    await insertRows('activities', [loose, bound]);
    const { customer } = await world.convert(id);
    expect(await dealById(world.owner, free.id)).toMatchObject({ customer: { id: customer.id }, version: 2 });
    expect(await dealById(world.owner, taken.id)).toMatchObject({ customer: { id: other.id }, version: 1 });
    expect(
      await sql('select title, customer_id from activities where id = any($1) order by title', [[loose.id, bound.id]]),
    ).toEqual([
      { title: 'Bound', customer_id: other.id },
      { title: 'Loose', customer_id: customer.id },
    ]);
  });

  test('8: with a deal of all defaults', async () => {
    const assignedToId = await world.tenant.employee();
    const { id } = await world.lead({ companyName: 'Acme', estimatedValue: '5000', source: 'PARTNER', assignedToId });
    const { deal, customer } = await world.convert(id, { createDeal: {} });
    expect(deal).toMatchObject({
      version: 1,
      title: 'Deal with Acme',
      value: '5000.00',
      currency: 'USD',
      probability: '10.00',
      expectedRevenue: '500.00',
      status: 'OPEN',
      priority: 'MEDIUM',
      source: 'PARTNER',
      pipeline: { id: world.pipelineId },
      stage: { id: world.stages.Lead },
      customer: { id: customer.id },
      lead: { id },
      assignedTo: { id: assignedToId },
    });
    expect(await historyOf(world.owner, deal!.id)).toEqual([[null, null, 'Lead', 'OPEN']]);
    expect((await world.convert((await world.lead({ name: 'Kim' })).id, { createDeal: {} })).deal).toMatchObject({
      title: 'Deal with Kim',
      value: null,
      expectedRevenue: null,
    });
  });

  test('with a deal as described', async () => {
    const { id } = await world.lead({ estimatedValue: '5000' });
    const other = await newPipeline(world.owner);
    const createDeal = {
      title: 'Special',
      value: '12.5',
      currency: 'EUR',
      stageId: other.stages[2]!.id,
      expectedCloseDate: day(5),
      priority: 'URGENT',
    };
    expect((await world.convert(id, { createDeal })).deal).toMatchObject({
      title: 'Special',
      value: '12.50',
      currency: 'EUR',
      probability: '50.00',
      expectedRevenue: '6.25',
      pipeline: { id: other.id },
      stage: { name: 'Proposal' },
      expectedCloseDate: day(5),
      priority: 'URGENT',
    });
    const cleared = await world.convert((await world.lead({ estimatedValue: '5000' })).id, {
      createDeal: { value: null },
    });
    expect(cleared.deal).toMatchObject({ value: null });
  });

  test('refuses a deal that cannot be, and then converts nothing', async () => {
    const { id, email } = await world.lead();
    const other = await newPipeline(world.owner);
    await send(world.owner, 'updatePipelineStage', { id: other.stages[1]!.id, input: { isActive: false } });
    const closed = await newPipeline(world.owner);
    await send(world.owner, 'updatePipeline', { id: closed.id, input: { isActive: false } });
    const refusals: [Fields, string, string][] = [
      [{ stageId: world.stages['Closed Won'] }, 'STAGE_NOT_OPEN', 'stageId'],
      [{ stageId: world.stages['Closed Lost'] }, 'STAGE_NOT_OPEN', 'stageId'],
      [{ stageId: other.stages[1]!.id }, 'STAGE_INACTIVE', 'stageId'],
      [{ stageId: world.stages.Lead, pipelineId: other.id }, 'STAGE_NOT_IN_PIPELINE', 'stageId'],
      [{ pipelineId: closed.id }, 'PIPELINE_INACTIVE', 'pipelineId'],
      [{ title: 'ab' }, 'VALIDATION_FAILED', 'title'],
      [{ value: '-1' }, 'VALIDATION_FAILED', 'value'],
      [{ currency: 'usd' }, 'VALIDATION_FAILED', 'currency'],
      [{ expectedCloseDate: day(-1) }, 'VALIDATION_FAILED', 'expectedCloseDate'],
    ];
    for (const [createDeal, reason, field] of refusals) {
      const told = await refusal(world.convert(id, { createDeal }));
      expect(told).toMatchObject({ code: 'BAD_USER_INPUT', reason });
      expect(Object.keys(faultsOf(told))).toEqual([`input.createDeal.${field}`]);
    }
    for (const field of ['stageId', 'pipelineId'])
      expect(faultsOf(await refusal(world.convert(id, { createDeal: { [field]: v7() } })))).toEqual({
        [`input.createDeal.${field}`]: 'NOT_FOUND',
      });
    expect(await leadById(world.owner, id)).toMatchObject({ version: 1, isConverted: false });
    expect(await world.notesOf(id)).toEqual([]);
    expect(
      await sql('select 1 from customers where organization_id = $1 and email = $2', [world.tenant.id, email]),
    ).toEqual([]);
  });

  test('while its deal is won makes one customer, whoever comes first', async () => {
    for (let round = 0; round < 4; round += 1) {
      const email = freshEmail();
      const { id } = await world.lead({ email });
      const deal = await newDeal(world.owner, { leadId: id });
      const [won, converted] = await Promise.allSettled([
        send(world.owner, 'markWon', { id: deal.id }),
        world.convert(id),
      ]);
      expect(won.status).toBe('fulfilled');
      if (converted.status === 'rejected')
        expect(await refusal(Promise.reject(converted.reason))).toMatchObject(alreadyConverted);
      const customers = await sql('select id from customers where organization_id = $1 and email = $2', [
        world.tenant.id,
        email,
      ]);
      expect(customers).toHaveLength(1);
      expect(await dealById(world.owner, deal.id)).toMatchObject({ status: 'WON', customer: customers[0] });
      expect(await historyOf(world.owner, deal.id)).toHaveLength(2);
    }
  });

  test('by several deals that are created won at once makes one customer', async () => {
    const { id } = await world.lead();
    const won = await Promise.all(
      [1, 2, 3].map(() => newDeal(world.owner, { leadId: id, stageId: world.stages['Closed Won'], value: '1' })),
    );
    const { convertedCustomer } = (await leadById(world.owner, id))!;
    expect(won.map(({ customer }) => customer)).toEqual([convertedCustomer, convertedCustomer, convertedCustomer]);
  });

  test('and creating its customer at the same moment makes one customer', async () => {
    const email = freshEmail();
    const { id } = await world.lead({ email });
    await Promise.allSettled([world.convert(id), newCustomer(world.owner, { email })]);
    expect(
      await sql('select 1 from customers where organization_id = $1 and email = $2', [world.tenant.id, email]),
    ).toHaveLength(1);
  });
});
