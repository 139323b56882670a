import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import {
  activityRow,
  changeCustomer,
  customerById,
  type Fields,
  freshEmail,
  insertRows,
  newCustomer,
} from './support/customers.js';
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
  type Row,
  send,
} from './support/sales.js';
import { partialAnswer, refusal } from './support/server.js';
import { newTenant, type Person, type Tenant } from './support/tenant.js';

let tenant: Tenant;
let owner: Person;
let stages: Record<string, string>;
let pipelineId: string;

/** One organization; each test makes leads of its own. */
beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
  const pipeline = await pipelineById(owner);
  pipelineId = pipeline.id;
  stages = idsByName(pipeline);
});

const lead = (input: Fields = {}) => newLead(owner, input);
const update = (id: string, input: Fields, expectedVersion?: number) =>
  send(owner, 'updateLead', { id, input, expectedVersion });

interface Conversion {
  lead: Row;
  customer: Row;
  deal: Row | null;
}
const convert = (id: string, input?: Fields, more: Fields = {}) =>
  send<Conversion>(owner, 'convertLead', { id, input, ...more });

/** Titles and texts of the notes on a lead, oldest first. */
async function notesOf(id: string): Promise<Fields[]> {
  const document = gql`
    query ($id: ID!) {
      lead(id: $id) { notes { nodes { title description status activityType createdBy { id } customer { id } } } }
    }
  `;
  const { lead: found } = await owner.request<{ lead: { notes: { nodes: Fields[] } } }>(document, { id });
  return found.notes.nodes.reverse();
}

const alreadyConverted = { code: 'CONFLICT', reason: 'LEAD_ALREADY_CONVERTED' };

describe('a lead', () => {
  test('begins new, active, unscored and from the website', async () => {
    expect(await lead({ name: '  Lee Young ', email: ' Lee.Young@ACME.example ' })).toMatchObject({
      version: 1,
      code: expect.stringMatching(/^LEAD-\d{4,}$/),
      name: 'Lee Young',
      email: 'lee.young@acme.example',
      status: 'ACTIVE',
      source: 'WEBSITE',
      qualificationStatus: 'NEW',
      leadScore: 0,
      estimatedValue: null,
      isConverted: false,
      convertedAt: null,
      convertedBy: null,
      convertedCustomer: null,
      assignedTo: null,
      tags: [],
    });
  });

  test('takes everything it is given, and every change', async () => {
    const given = {
      name: 'Kim',
      companyName: 'Acme',
      jobTitle: 'Buyer',
      phone: '+1 (555) 010-9999',
      street: 'Main 1',
      city: 'Rome',
      state: 'RM',
      postalCode: '00100',
      country: 'Italy',
      status: 'INACTIVE',
      source: 'REFERRAL',
      qualificationStatus: 'CONTACTED',
      leadScore: 100,
      estimatedValue: '9999999999.99',
      description: 'Text',
      campaign: 'Spring',
      referrer: 'Bob',
    };
    const assignedToId = await tenant.employee();
    const created = await lead({ ...given, tags: [' a ', 'b', 'a'], assignedToId });
    expect(created).toMatchObject({ ...given, tags: ['a', 'b'], assignedTo: { id: assignedToId } });
    const cleared = { companyName: null, phone: null, city: null, estimatedValue: null, campaign: null };
    const changed = { name: 'Kim II', qualificationStatus: 'LOST', leadScore: 0, source: 'OTHER' };
    expect(await update(created.id, { ...cleared, ...changed, assignedToId: null })).toMatchObject({
      ...cleared,
      ...changed,
      assignedTo: null,
      jobTitle: 'Buyer',
      version: 2,
    });
    expect(await update(created.id, { name: 'Kim II' })).toMatchObject({ version: 2 });
    expect(await refusal(update(created.id, { name: 'No' }, 1))).toMatchObject({
      code: 'VERSION_CONFLICT',
      currentVersion: 2,
    });
    expect(faultsOf(await refusal(update(created.id, { name: null, tags: null })))).toEqual({
      'input.name': 'REQUIRED',
      'input.tags': 'REQUIRED',
    });
  });

  const invalid: [string, Fields, Record<string, string>][] = [
    ['a blank name', { name: ' ' }, { 'input.name': 'REQUIRED' }],
    ['a malformed e-mail address', { email: 'nobody' }, { 'input.email': 'INVALID' }],
    ['a company of one character', { companyName: 'A' }, { 'input.companyName': 'TOO_SHORT' }],
    ['a score over 100', { leadScore: 101 }, { 'input.leadScore': 'OUT_OF_RANGE' }],
    ['a negative score', { leadScore: -1 }, { 'input.leadScore': 'OUT_OF_RANGE' }],
    ['a negative estimate', { estimatedValue: '-1' }, { 'input.estimatedValue': 'OUT_OF_RANGE' }],
    ['an unknown employee', { assignedToId: v7() }, { 'input.assignedToId': 'NOT_FOUND' }],
    ['CONVERTED', { qualificationStatus: 'CONVERTED' }, { 'input.qualificationStatus': 'NOT_ALLOWED' }],
  ];
  test.each(invalid)('refuses %s, when created and when changed', async (_, input, faults) => {
    const { id } = await lead();
    const path = Object.keys(faults)[0]!;
    for (const request of [lead(input), update(id, input)]) {
      const told = faultsOf(await refusal(request));
      expect(Object.keys(told)).toEqual([path]);
      if (faults[path] !== 'REQUIRED') expect(told).toEqual(faults);
    }
    expect(await leadById(owner, id)).toMatchObject({ version: 1 });
  });

  test('cannot be created or made CONVERTED by hand', async () => {
    const conversionOnly = { code: 'BAD_USER_INPUT', reason: 'CONVERSION_ONLY' };
    const { id } = await lead();
    expect(await refusal(lead({ qualificationStatus: 'CONVERTED' }))).toMatchObject(conversionOnly);
    expect(await refusal(update(id, { qualificationStatus: 'CONVERTED' }))).toMatchObject(conversionOnly);
  });

  test('goes to active employees only', async () => {
    const assignedToId = await tenant.employee({ status: 'TERMINATED' });
    const notActive = { code: 'BAD_USER_INPUT', reason: 'EMPLOYEE_NOT_ACTIVE' };
    const { id } = await lead();
    expect(await refusal(lead({ assignedToId }))).toMatchObject(notActive);
    expect(await refusal(update(id, { assignedToId }))).toMatchObject(notActive);
    expect(await refusal(send(owner, 'assignLead', { id, employeeId: assignedToId }))).toMatchObject(notActive);
    expect(await refusal(convert(id, { assignedToId }))).toMatchObject(notActive);
  });

  test('has an e-mail address of its own among unconverted leads', async () => {
    const email = freshEmail();
    const { id } = await lead({ email });
    const duplicate = { code: 'CONFLICT', reason: 'DUPLICATE_EMAIL', existingId: id };
    expect(await refusal(lead({ email: email.toUpperCase() }))).toMatchObject(duplicate);
    const other = await lead();
    expect(await refusal(update(other.id, { email }))).toMatchObject(duplicate);
    expect(await update(id, { email })).toMatchObject({ version: 1 });
    await convert(id);
    expect(await lead({ email })).toMatchObject({ email });
  });

  test('two with one e-mail address at once: one is told DUPLICATE_EMAIL', async () => {
    const email = freshEmail();
    const [first, second] = await Promise.allSettled([lead({ email }), lead({ email })]);
    expect([first!.status, second!.status].sort()).toEqual(['fulfilled', 'rejected']);
    const { reason } = [first, second].find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect(await refusal(Promise.reject(reason))).toMatchObject({ code: 'CONFLICT', reason: 'DUPLICATE_EMAIL' });
  });

  test('is deleted; customer, deals and activities stay without it', async () => {
    const { id } = await lead();
    const deal = await newDeal(owner, { leadId: id });
    const { customer } = await convert(id);
    expect(await refusal(send(owner, 'deleteLead', { id, expectedVersion: 9 }))).toMatchObject({
      code: 'VERSION_CONFLICT',
    });
    expect(await send(owner, 'deleteLead', { id })).toEqual({ id });
    expect(await leadById(owner, id)).toBeNull();
    expect(await dealById(owner, deal.id)).toMatchObject({ lead: null, customer: { id: customer.id } });
    expect(await customerById(owner, customer.id)).toMatchObject({ status: 'ACTIVE' });
    expect(await refusal(send(owner, 'deleteLead', { id }))).toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('the verbs of a lead', () => {
  test('qualify and disqualify; a reason becomes a note', async () => {
    const { id } = await lead();
    expect(await send(owner, 'qualifyLead', { id })).toMatchObject({ qualificationStatus: 'QUALIFIED', version: 2 });
    expect(await send(owner, 'qualifyLead', { id })).toMatchObject({ version: 2 });
    expect(await notesOf(id)).toEqual([]);
    expect(await send(owner, 'disqualifyLead', { id })).toMatchObject({ qualificationStatus: 'UNQUALIFIED' });
    expect(await notesOf(id)).toEqual([]);
    await send(owner, 'disqualifyLead', { id, reason: ' No money ' });
    expect(await notesOf(id)).toEqual([
      {
        title: 'Lead disqualified',
        description: 'No money',
        status: 'COMPLETED',
        activityType: 'NOTE',
        createdBy: { id: owner.id },
        customer: null,
      },
    ]);
    await send(owner, 'disqualifyLead', { id, reason: 'No money' });
    expect(await notesOf(id)).toHaveLength(1);
    await send(owner, 'disqualifyLead', { id, reason: 'No time' });
    expect(await notesOf(id)).toHaveLength(2);
    const tooLong = await refusal(send(owner, 'disqualifyLead', { id, reason: 'x'.repeat(2001) }));
    expect(faultsOf(tooLong)).toEqual({ reason: 'TOO_LONG' });
    const blank = await refusal(send(owner, 'disqualifyLead', { id, reason: '  ' }));
    expect(faultsOf(blank)).toEqual({ reason: 'TOO_SHORT' });
  });

  test('score; the reason is kept with both scores', async () => {
    const { id } = await lead({ leadScore: 40 });
    expect(await send(owner, 'updateLeadScore', { id, score: 70, reason: 'Called back' })).toMatchObject({
      leadScore: 70,
      version: 2,
    });
    expect(await send(owner, 'updateLeadScore', { id, score: 0 })).toMatchObject({ leadScore: 0, version: 3 });
    expect(await notesOf(id)).toMatchObject([{ title: 'Score changed from 40 to 70', description: 'Called back' }]);
    for (const score of [-1, 101])
      expect(faultsOf(await refusal(send(owner, 'updateLeadScore', { id, score })))).toEqual({ score: 'OUT_OF_RANGE' });
  });

  test('assign and unassign', async () => {
    const { id } = await lead();
    const employeeId = await tenant.employee();
    expect(await send(owner, 'assignLead', { id, employeeId })).toMatchObject({ assignedTo: { id: employeeId } });
    expect(await send(owner, 'assignLead', { id, employeeId: null })).toMatchObject({ assignedTo: null });
    expect(faultsOf(await refusal(send(owner, 'assignLead', { id, employeeId: v7() })))).toEqual({
      employeeId: 'NOT_FOUND',
    });
  });

  test('add an activity, which changes no field of the lead', async () => {
    const { id } = await lead({ name: 'Kim' });
    const add = (input: Fields) => send(owner, 'addLeadActivity', { leadId: id, input });
    expect(await add({ description: 'First line\nSecond' })).toMatchObject({
      activityType: 'NOTE',
      status: 'COMPLETED',
      title: 'First line',
      customerName: 'Kim',
      lead: { id },
      customer: null,
      createdBy: { id: owner.id },
    });
    expect(await add({ activityType: 'CALL', title: 'Call' })).toMatchObject({
      activityType: 'CALL',
      status: 'SCHEDULED',
    });
    expect((await refusal(add({}))).code).toBe('BAD_USER_INPUT');
    expect(await leadById(owner, id)).toMatchObject({ version: 1, qualificationStatus: 'NEW' });
    const { customer } = await convert(id);
    expect(await add({ title: 'After' })).toMatchObject({ lead: { id }, customer: { id: customer.id } });
    expect(await refusal(send(owner, 'addLeadActivity', { leadId: v7(), input: { title: 'No' } }))).toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  test('know stale versions and unknown leads', async () => {
    const { id } = await lead();
    const verbs: [string, Fields][] = [
      ['qualifyLead', {}],
      ['disqualifyLead', { reason: 'No' }],
      ['updateLeadScore', { score: 5, reason: 'No' }],
      ['assignLead', {}],
      ['convertLead', {}],
    ];
    for (const [name, more] of verbs) {
      expect(await refusal(send(owner, name, { id, expectedVersion: 4, ...more }))).toMatchObject({
        code: 'VERSION_CONFLICT',
        currentVersion: 1,
      });
      expect(await refusal(send(owner, name, { id: v7(), ...more }))).toMatchObject({ code: 'NOT_FOUND' });
      expect(await refusal(send(owner, name, { id: 'x', ...more }))).toMatchObject({ reason: 'INVALID_ID' });
    }
    expect(await leadById(owner, id)).toMatchObject({ version: 1, isConverted: false });
    expect(await notesOf(id)).toEqual([]);
  });
});

describe('a converted lead', () => {
  test('accepts description, tags and address only', async () => {
    const { id, name } = await lead();
    await convert(id);
    const allowed = {
      description: 'Later',
      tags: ['old'],
      street: 'Main 2',
      city: 'Oslo',
      state: 'O',
      postalCode: '0150',
      country: 'Norway',
    };
    expect(await update(id, allowed)).toMatchObject({ ...allowed, isConverted: true, version: 3 });
    // Sent back as it was read, a value changes nothing.
    expect(await update(id, { name, assignedToId: null, qualificationStatus: 'CONVERTED' })).toMatchObject({
      version: 3,
    });
    const others = [
      { name: `${name} Jr.` },
      { email: freshEmail() },
      { companyName: 'Acme' },
      { phone: '555 0100 100' },
      { leadScore: 1 },
      { status: 'INACTIVE' },
      { source: 'EVENT' },
      { qualificationStatus: 'NEW' },
      { estimatedValue: '1' },
      { campaign: 'C', description: 'Never' },
      { assignedToId: await tenant.employee() },
    ];
    for (const input of others) expect(await refusal(update(id, input))).toMatchObject(alreadyConverted);
    expect(await leadById(owner, id)).toMatchObject({ ...allowed, version: 3 });
  });

  test('is neither qualified, disqualified, scored, assigned nor converted again', async () => {
    const { id } = await lead();
    await convert(id);
    const verbs: [string, Fields][] = [
      ['qualifyLead', {}],
      ['disqualifyLead', { reason: 'No' }],
      ['updateLeadScore', { score: 5 }],
      ['assignLead', {}],
      ['convertLead', { input: { createDeal: {} } }],
    ];
    for (const [name, more] of verbs)
      expect(await refusal(send(owner, name, { id, ...more }))).toMatchObject(alreadyConverted);
  });
});

describe('converting a lead', () => {
  test('makes a person of a lead without company', async () => {
    const created = await lead({
      name: 'Ada King',
      phone: '555 0100 100',
      street: 'Main 1',
      city: 'Rome',
      country: 'Italy',
      description: 'Text',
      tags: ['x', 'y'],
      source: 'COLD_CALL',
      qualificationStatus: 'UNQUALIFIED',
      assignedToId: await tenant.employee(),
    });
    const converted = await convert(created.id);
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
      tenant.id,
      owner.id,
    ]);
    expect(converted.lead.convertedBy).toEqual(self);
    expect(await notesOf(created.id)).toMatchObject([
      { title: 'Lead converted', status: 'COMPLETED', customer: { id: converted.customer.id } },
    ]);
  });

  test('makes a business of a lead with a company, unless told otherwise', async () => {
    const acme = { name: 'Kim', companyName: 'Acme' };
    expect((await convert((await lead(acme)).id)).customer).toMatchObject({
      ...acme,
      customerType: 'BUSINESS',
      contactPerson: 'Kim',
    });
    expect((await convert((await lead(acme)).id, { customerType: 'INDIVIDUAL' })).customer).toMatchObject({
      ...acme,
      customerType: 'INDIVIDUAL',
    });
    expect((await convert((await lead({ name: 'Kim' })).id, { customerType: 'BUSINESS' })).customer).toMatchObject({
      name: 'Kim',
      companyName: 'Kim',
      contactPerson: 'Kim',
    });
  });

  test('leaves out an assignee who is not active any more, and takes another one when given', async () => {
    const [gone, next] = [await tenant.employee(), await tenant.employee()];
    const first = await lead({ assignedToId: gone });
    const second = await lead({ assignedToId: gone });
    await sql(`update employees set status = 'ON_LEAVE' where id = $1`, [gone]);
    const { customer, deal } = await convert(first.id, { createDeal: {} });
    expect([customer.assignedTo, deal!.assignedTo]).toEqual([null, null]);
    const given = await convert(second.id, { assignedToId: next, createDeal: {} });
    expect([given.customer.assignedTo, given.deal!.assignedTo]).toEqual([{ id: next }, { id: next }]);
  });

  test('6: twice at once succeeds once, with exactly one customer', async () => {
    const email = freshEmail();
    const { id } = await lead({ email });
    const both = await Promise.allSettled([convert(id, { createDeal: {} }), convert(id, { createDeal: {} })]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const { reason } = both.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect(await refusal(Promise.reject(reason))).toMatchObject(alreadyConverted);
    const rows = await sql('select id from customers where organization_id = $1 and email = $2', [tenant.id, email]);
    expect(rows).toHaveLength(1);
    expect(await sql('select id from deals where lead_id = $1', [id])).toHaveLength(1);
  });

  test('7: links the INACTIVE customer with its e-mail address, which becomes ACTIVE and keeps the rest', async () => {
    const email = freshEmail();
    const assignedToId = await tenant.employee();
    const known = await newCustomer(owner, { email, name: 'Old Name', status: 'INACTIVE', source: 'fair' });
    const { id } = await lead({ email, name: 'New Name', companyName: 'Acme', assignedToId, tags: ['new'] });
    const { customer, lead: converted } = await convert(id);
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
    expect(await sql('select id from customers where organization_id = $1 and email = $2', [tenant.id, email])).toEqual(
      [{ id: known.id }],
    );
  });

  test('links the customer that is named, and leaves its first conversion and its status alone', async () => {
    const first = await lead();
    const { customer } = await convert(first.id);
    await changeCustomer(owner, customer.id, { status: 'VIP' });
    const email = freshEmail();
    const other = await newCustomer(owner, { email });
    const second = await lead({ email });
    const linked = await convert(second.id, { existingCustomerId: customer.id, customerType: 'BUSINESS' });
    expect(linked.customer).toMatchObject({
      id: customer.id,
      status: 'VIP',
      customerType: 'INDIVIDUAL',
      convertedFromLead: { id: first.id },
      convertedAt: customer.convertedAt,
      version: 2,
    });
    expect(await customerById(owner, other.id)).toMatchObject({ version: 1 });
    const third = await lead();
    const missing = await refusal(convert(third.id, { existingCustomerId: v7() }));
    expect(missing.code).toBe('NOT_FOUND');
    expect(faultsOf(missing)).toEqual({ 'input.existingCustomerId': 'NOT_FOUND' });
  });

  test('brings activities and deals without a customer along', async () => {
    const { id } = await lead({ name: 'Kim' });
    const other = await newCustomer(owner);
    const free = await newDeal(owner, { leadId: id });
    const taken = await newDeal(owner, { leadId: id, customerId: other.id });
    const [loose, bound] = [
      activityRow(tenant.id, { lead_id: id, title: 'Loose' }),
      activityRow(tenant.id, { lead_id: id, title: 'Bound', customer_id: other.id }),
    ];
    await insertRows('activities', [loose, bound]);
    const { customer } = await convert(id);
    expect(await dealById(owner, free.id)).toMatchObject({ customer: { id: customer.id }, version: 2 });
    expect(await dealById(owner, taken.id)).toMatchObject({ customer: { id: other.id }, version: 1 });
    expect(
      await sql('select title, customer_id from activities where id = any($1) order by title', [[loose.id, bound.id]]),
    ).toEqual([
      { title: 'Bound', customer_id: other.id },
      { title: 'Loose', customer_id: customer.id },
    ]);
  });

  test('8: with a deal of all defaults', async () => {
    const assignedToId = await tenant.employee();
    const { id } = await lead({ companyName: 'Acme', estimatedValue: '5000', source: 'PARTNER', assignedToId });
    const { deal, customer } = await convert(id, { createDeal: {} });
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
      pipeline: { id: pipelineId },
      stage: { id: stages.Lead },
      customer: { id: customer.id },
      lead: { id },
      assignedTo: { id: assignedToId },
    });
    expect(await historyOf(owner, deal!.id)).toEqual([[null, null, 'Lead', 'OPEN']]);
    expect((await convert((await lead({ name: 'Kim' })).id, { createDeal: {} })).deal).toMatchObject({
      title: 'Deal with Kim',
      value: null,
      expectedRevenue: null,
    });
  });

  test('with a deal as described', async () => {
    const { id } = await lead({ estimatedValue: '5000' });
    const other = await newPipeline(owner);
    const createDeal = {
      title: 'Special',
      value: '12.5',
      currency: 'EUR',
      stageId: other.stages[2]!.id,
      expectedCloseDate: day(5),
      priority: 'URGENT',
    };
    expect((await convert(id, { createDeal })).deal).toMatchObject({
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
    const cleared = await convert((await lead({ estimatedValue: '5000' })).id, { createDeal: { value: null } });
    expect(cleared.deal).toMatchObject({ value: null });
  });

  test('refuses a deal that cannot be, and then converts nothing', async () => {
    const { id, email } = await lead();
    const other = await newPipeline(owner);
    await send(owner, 'updatePipelineStage', { id: other.stages[1]!.id, input: { isActive: false } });
    const closed = await newPipeline(owner);
    await send(owner, 'updatePipeline', { id: closed.id, input: { isActive: false } });
    const refusals: [Fields, string, string][] = [
      [{ stageId: stages['Closed Won'] }, 'STAGE_NOT_OPEN', 'stageId'],
      [{ stageId: stages['Closed Lost'] }, 'STAGE_NOT_OPEN', 'stageId'],
      [{ stageId: other.stages[1]!.id }, 'STAGE_INACTIVE', 'stageId'],
      [{ stageId: stages.Lead, pipelineId: other.id }, 'STAGE_NOT_IN_PIPELINE', 'stageId'],
      [{ pipelineId: closed.id }, 'PIPELINE_INACTIVE', 'pipelineId'],
      [{ title: 'ab' }, 'VALIDATION_FAILED', 'title'],
      [{ value: '-1' }, 'VALIDATION_FAILED', 'value'],
      [{ currency: 'usd' }, 'VALIDATION_FAILED', 'currency'],
      [{ expectedCloseDate: day(-1) }, 'VALIDATION_FAILED', 'expectedCloseDate'],
    ];
    for (const [createDeal, reason, field] of refusals) {
      const told = await refusal(convert(id, { createDeal }));
      expect(told).toMatchObject({ code: 'BAD_USER_INPUT', reason });
      expect(Object.keys(faultsOf(told))).toEqual([`input.createDeal.${field}`]);
    }
    for (const field of ['stageId', 'pipelineId'])
      expect(faultsOf(await refusal(convert(id, { createDeal: { [field]: v7() } })))).toEqual({
        [`input.createDeal.${field}`]: 'NOT_FOUND',
      });
    expect(await leadById(owner, id)).toMatchObject({ version: 1, isConverted: false });
    expect(await notesOf(id)).toEqual([]);
    expect(await sql('select 1 from customers where organization_id = $1 and email = $2', [tenant.id, email])).toEqual(
      [],
    );
  });

  test('while its deal is won makes one customer, whoever comes first', async () => {
    for (let round = 0; round < 4; round += 1) {
      const email = freshEmail();
      const { id } = await lead({ email });
      const deal = await newDeal(owner, { leadId: id });
      const [won, converted] = await Promise.allSettled([send(owner, 'markWon', { id: deal.id }), convert(id)]);
      expect(won.status).toBe('fulfilled');
      if (converted.status === 'rejected')
        expect(await refusal(Promise.reject(converted.reason))).toMatchObject(alreadyConverted);
      const customers = await sql('select id from customers where organization_id = $1 and email = $2', [
        tenant.id,
        email,
      ]);
      expect(customers).toHaveLength(1);
      expect(await dealById(owner, deal.id)).toMatchObject({ status: 'WON', customer: customers[0] });
      expect(await historyOf(owner, deal.id)).toHaveLength(2);
    }
  });

  test('by several deals that are created won at once makes one customer', async () => {
    const { id } = await lead();
    const won = await Promise.all(
      [1, 2, 3].map(() => newDeal(owner, { leadId: id, stageId: stages['Closed Won'], value: '1' })),
    );
    const { convertedCustomer } = (await leadById(owner, id))!;
    expect(won.map(({ customer }) => customer)).toEqual([convertedCustomer, convertedCustomer, convertedCustomer]);
  });

  test('and creating its customer at the same moment makes one customer', async () => {
    const email = freshEmail();
    const { id } = await lead({ email });
    await Promise.allSettled([convert(id), newCustomer(owner, { email })]);
    expect(
      await sql('select 1 from customers where organization_id = $1 and email = $2', [tenant.id, email]),
    ).toHaveLength(1);
  });
});

describe('permissions', () => {
  /** A member with exactly these. */
  async function memberWith(...permissions: string[]) {
    const member = await tenant.member();
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
      { userId: member.id, roleId: createRole.id },
    );
    return member.as(tenant.id);
  }
  const missing = (permission: string) => ({ code: 'FORBIDDEN', reason: 'MISSING_PERMISSION', permission });

  test('converting needs lead:update and customer:create, and deal:create for a deal', async () => {
    const { id } = await lead();
    const updater = await memberWith('lead:read', 'lead:update');
    expect(await refusal(send(updater, 'convertLead', { id }))).toMatchObject(missing('customer:create'));
    const creator = await memberWith('lead:read', 'customer:create');
    expect(await refusal(send(creator, 'convertLead', { id }))).toMatchObject(missing('lead:update'));
    const both = await memberWith('lead:update', 'customer:create');
    expect(await refusal(send(both, 'convertLead', { id, input: { createDeal: {} } }))).toMatchObject(
      missing('deal:create'),
    );
    expect(await refusal(send(both, 'convertLead', { id: v7(), input: { createDeal: {} } }))).toMatchObject(
      missing('deal:create'),
    );
    const converted = await send<Conversion>(both, 'convertLead', { id, input: { createDeal: null } });
    expect(converted).toMatchObject({ lead: { isConverted: true, convertedBy: null }, deal: null });
  });

  test('an activity needs lead:update or activity:create, a Viewer has neither', async () => {
    const { id } = await lead();
    const variables = { leadId: id, input: { title: 'Hello' } };
    for (const permission of ['lead:update', 'activity:create'])
      expect(await send(await memberWith(permission), 'addLeadActivity', variables)).toMatchObject({ title: 'Hello' });
    const viewer = (await tenant.member('Viewer')).as(tenant.id);
    expect(await refusal(send(viewer, 'addLeadActivity', variables))).toMatchObject({ code: 'FORBIDDEN' });
    for (const [name, more] of [
      ['createLead', { input: { name: 'X', email: freshEmail() } }],
      ['updateLead', { id, input: {} }],
      ['deleteLead', { id: v7() }],
      ['qualifyLead', { id }],
      ['disqualifyLead', { id }],
      ['updateLeadScore', { id, score: 1 }],
      ['assignLead', { id }],
      ['convertLead', { id }],
    ] as [string, Fields][])
      expect((await refusal(send(viewer, name, more))).code).toBe('FORBIDDEN');
  });

  test('deals and timeline of a lead need what they read', async () => {
    const { id } = await lead();
    const reader = await memberWith('lead:read');
    const document = gql`
      query ($id: ID!) {
        lead(id: $id) { name deals { totalCount } activities { totalCount } notes { totalCount } }
      }
    `;
    const { data, errors } = await partialAnswer(reader.request(document, { id }));
    expect(data).toEqual({ lead: { name: 'Lee Young', deals: null, activities: null, notes: null } });
    expect(errors.map(({ extensions }) => extensions.permission).sort()).toEqual([
      'activity:read',
      'activity:read',
      'deal:read',
    ]);
  });

  test('a foreign lead does not exist', async () => {
    const { owner: stranger } = await newTenant();
    const { id } = await lead();
    expect(await leadById(stranger, id)).toBeNull();
    for (const [name, more] of [
      ['updateLead', { input: { name: 'Mine' } }],
      ['deleteLead', {}],
      ['qualifyLead', {}],
      ['disqualifyLead', {}],
      ['updateLeadScore', { score: 1 }],
      ['assignLead', {}],
      ['convertLead', {}],
    ] as [string, Fields][])
      expect(await refusal(send(stranger, name, { id, ...more }))).toMatchObject({ code: 'NOT_FOUND' });
    expect(faultsOf(await refusal(send(stranger, 'addLeadActivity', { leadId: id, input: { title: 'X' } })))).toEqual({
      leadId: 'NOT_FOUND',
    });
    const own = await newLead(stranger);
    const foreign = await newCustomer(owner);
    expect(
      faultsOf(await refusal(send(stranger, 'convertLead', { id: own.id, input: { existingCustomerId: foreign.id } }))),
    ).toEqual({ 'input.existingCustomerId': 'NOT_FOUND' });
    expect(faultsOf(await refusal(newDeal(stranger, { leadId: id })))).toEqual({ 'input.leadId': 'NOT_FOUND' });
  });
});

describe('lists of leads', () => {
  let seller: Person;

  beforeAll(async () => {
    seller = (await newTenant()).owner;
    const rows: Fields[] = [
      { name: 'ann', companyName: 'Zeta', leadScore: 5, estimatedValue: '10', source: 'OTHER', tags: ['a', 'b'] },
      { name: 'Bob', companyName: 'acme', leadScore: 90, source: 'EVENT', qualificationStatus: 'QUALIFIED' },
      { name: 'cy', email: 'cy_100%@acme.example', leadScore: 50, estimatedValue: '3', city: 'Rome', tags: ['b'] },
    ];
    for (const row of rows) await newLead(seller, row);
    const dee = await newLead(seller, { name: 'Dee', leadScore: 50, source: 'REFERRAL' });
    await send(seller, 'convertLead', { id: dee.id, input: { createDeal: {} } });
  });

  async function names(args: string): Promise<string[]> {
    const { leads } = await seller.request<{ leads: { nodes: { name: string }[] } }>(
      `{ leads(${args}) { nodes { name } } }`,
    );
    return leads.nodes.map(({ name }) => name);
  }

  const orders: [string, string[]][] = [
    ['{ field: NAME, direction: ASC }', ['ann', 'Bob', 'cy', 'Dee']],
    ['{ field: COMPANY_NAME, direction: ASC }, { field: NAME, direction: ASC }', ['Bob', 'ann', 'cy', 'Dee']],
    ['{ field: LEAD_SCORE, direction: DESC }, { field: NAME, direction: ASC }', ['Bob', 'cy', 'Dee', 'ann']],
    ['{ field: ESTIMATED_VALUE, direction: DESC }, { field: NAME, direction: DESC }', ['ann', 'cy', 'Dee', 'Bob']],
    ['{ field: SOURCE, direction: ASC }', ['cy', 'Dee', 'Bob', 'ann']],
    ['{ field: QUALIFICATION_STATUS, direction: DESC }, { field: NAME, direction: ASC }', ['Dee', 'Bob', 'ann', 'cy']],
    ['{ field: CREATED_AT, direction: DESC }', ['Dee', 'cy', 'Bob', 'ann']],
  ];
  test.each(orders)('are ordered by %s', async (orderBy, expected) => {
    expect(await names(`orderBy: [${orderBy}]`)).toEqual(expected);
  });

  const kept: [string, string[]][] = [
    ['search: "ACME"', ['Bob', 'cy']],
    ['search: "_100%"', ['cy']],
    ['filter: { isConverted: { eq: true } }', ['Dee']],
    ['filter: { qualificationStatus: { in: [QUALIFIED, CONVERTED] } }', ['Bob', 'Dee']],
    ['filter: { convertedCustomer: { name: { eq: "Dee" } } }', ['Dee']],
    ['filter: { not: { source: { in: [OTHER, EVENT] } } }', ['cy', 'Dee']],
    ['filter: { leadScore: { gte: 50 }, estimatedValue: { isNull: true } }', ['Bob', 'Dee']],
    ['filter: { activities: { some: { title: { eq: "Lead converted" } } } }', ['Dee']],
    ['filter: { tags: { hasAny: ["a"] } }', ['ann']],
    ['filter: { mine: true }', []],
  ];
  test.each(kept)('are kept by %s', async (args, expected) => {
    expect(await names(`${args}, orderBy: [{ field: NAME, direction: ASC }]`)).toEqual(expected);
  });
});
