import { beforeAll, describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { customerById, type Fields, freshEmail } from '../support/customers.js';
import { type LeadOrganization, organizationWithLeads } from '../support/lead-organization.js';
import { dealById, faultsOf, leadById, newDeal, newLead, send } from '../support/sales.js';
import { refusal } from '../support/server.js';
import { newTenant, type Person } from '../support/tenant.js';

let world: LeadOrganization;
beforeAll(async () => {
  world = await organizationWithLeads();
});

describe('a lead', () => {
  test('begins new, active, unscored and from the website', async () => {
    expect(await world.lead({ name: '  Lee Young ', email: ' Lee.Young@ACME.example ' })).toMatchObject({
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
    const assignedToId = await world.tenant.employee();
    const created = await world.lead({ ...given, tags: [' a ', 'b', 'a'], assignedToId });
    expect(created).toMatchObject({ ...given, tags: ['a', 'b'], assignedTo: { id: assignedToId } });
    const cleared = { companyName: null, phone: null, city: null, estimatedValue: null, campaign: null };
    const changed = { name: 'Kim II', qualificationStatus: 'LOST', leadScore: 0, source: 'OTHER' };
    expect(await world.updateLead(created.id, { ...cleared, ...changed, assignedToId: null })).toMatchObject({
      ...cleared,
      ...changed,
      assignedTo: null,
      jobTitle: 'Buyer',
      version: 2,
    });
    expect(await world.updateLead(created.id, { name: 'Kim II' })).toMatchObject({ version: 2 });
    expect(await refusal(world.updateLead(created.id, { name: 'No' }, 1))).toMatchObject({
      code: 'VERSION_CONFLICT',
      currentVersion: 2,
    });
    expect(faultsOf(await refusal(world.updateLead(created.id, { name: null, tags: null })))).toEqual({
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
    const { id } = await world.lead();
    const path = Object.keys(faults)[0]!;
    for (const request of [world.lead(input), world.updateLead(id, input)]) {
      const told = faultsOf(await refusal(request));
      expect(Object.keys(told)).toEqual([path]);
      if (faults[path] !== 'REQUIRED') expect(told).toEqual(faults);
    }
    expect(await leadById(world.owner, id)).toMatchObject({ version: 1 });
  });

  test('cannot be created or made CONVERTED by hand', async () => {
    const conversionOnly = { code: 'BAD_USER_INPUT', reason: 'CONVERSION_ONLY' };
    const { id } = await world.lead();
    expect(await refusal(world.lead({ qualificationStatus: 'CONVERTED' }))).toMatchObject(conversionOnly);
    expect(await refusal(world.updateLead(id, { qualificationStatus: 'CONVERTED' }))).toMatchObject(conversionOnly);
  });

  test('goes to active employees only', async () => {
    const assignedToId = await world.tenant.employee({ status: 'TERMINATED' });
    const notActive = { code: 'BAD_USER_INPUT', reason: 'EMPLOYEE_NOT_ACTIVE' };
    const { id } = await world.lead();
    expect(await refusal(world.lead({ assignedToId }))).toMatchObject(notActive);
    expect(await refusal(world.updateLead(id, { assignedToId }))).toMatchObject(notActive);
    expect(await refusal(send(world.owner, 'assignLead', { id, employeeId: assignedToId }))).toMatchObject(notActive);
    expect(await refusal(world.convert(id, { assignedToId }))).toMatchObject(notActive);
  });

  test('has an e-mail address of its own among unconverted leads', async () => {
    const email = freshEmail();
    const { id } = await world.lead({ email });
    const duplicate = { code: 'CONFLICT', reason: 'DUPLICATE_EMAIL', existingId: id };
    expect(await refusal(world.lead({ email: email.toUpperCase() }))).toMatchObject(duplicate);
    const other = await world.lead();
    expect(await refusal(world.updateLead(other.id, { email }))).toMatchObject(duplicate);
    expect(await world.updateLead(id, { email })).toMatchObject({ version: 1 });
    await world.convert(id);
    expect(await world.lead({ email })).toMatchObject({ email });
  });

  test('two with one e-mail address at once: one is told DUPLICATE_EMAIL', async () => {
    const email = freshEmail();
    const [first, second] = await Promise.allSettled([world.lead({ email }), world.lead({ email })]);
    expect([first!.status, second!.status].sort()).toEqual(['fulfilled', 'rejected']);
    const { reason } = [first, second].find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect(await refusal(Promise.reject(reason))).toMatchObject({ code: 'CONFLICT', reason: 'DUPLICATE_EMAIL' });
  });

  test('is deleted; customer, deals and activities stay without it', async () => {
    const { id } = await world.lead();
    const deal = await newDeal(world.owner, { leadId: id });
    const { customer } = await world.convert(id);
    expect(await refusal(send(world.owner, 'deleteLead', { id, expectedVersion: 9 }))).toMatchObject({
      code: 'VERSION_CONFLICT',
    });
    expect(await send(world.owner, 'deleteLead', { id })).toEqual({ id });
    expect(await leadById(world.owner, id)).toBeNull();
    expect(await dealById(world.owner, deal.id)).toMatchObject({ lead: null, customer: { id: customer.id } });
    expect(await customerById(world.owner, customer.id)).toMatchObject({ status: 'ACTIVE' });
    expect(await refusal(send(world.owner, 'deleteLead', { id }))).toMatchObject({ code: 'NOT_FOUND' });
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
