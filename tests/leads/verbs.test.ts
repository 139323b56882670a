import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { type Fields, freshEmail, newCustomer } from '../support/customers.js';
import {
  alreadyConverted,
  type Conversion,
  type LeadOrganization,
  organizationWithLeads,
} from '../support/lead-organization.js';
import { memberWith, missing } from '../support/permissions.js';
import { faultsOf, leadById, newDeal, newLead, send } from '../support/sales.js';
import { partialAnswer, refusal } from '../support/server.js';
import { newTenant } from '../support/tenant.js';

let world: LeadOrganization;
beforeAll(async () => {
  world = await organizationWithLeads();
});

describe('the verbs of a lead', () => {
  test('qualify and disqualify; a reason becomes a note', async () => {
    const { id } = await world.lead();
    expect(await send(world.owner, 'qualifyLead', { id })).toMatchObject({
      qualificationStatus: 'QUALIFIED',
      version: 2,
    });
    expect(await send(world.owner, 'qualifyLead', { id })).toMatchObject({ version: 2 });
    expect(await world.notesOf(id)).toEqual([]);
    expect(await send(world.owner, 'disqualifyLead', { id })).toMatchObject({ qualificationStatus: 'UNQUALIFIED' });
    expect(await world.notesOf(id)).toEqual([]);
    await send(world.owner, 'disqualifyLead', { id, reason: ' No money ' });
    expect(await world.notesOf(id)).toEqual([
      {
        title: 'Lead disqualified',
        description: 'No money',
        status: 'COMPLETED',
        activityType: 'NOTE',
        createdBy: { id: world.owner.id },
        customer: null,
      },
    ]);
    await send(world.owner, 'disqualifyLead', { id, reason: 'No money' });
    expect(await world.notesOf(id)).toHaveLength(1);
    await send(world.owner, 'disqualifyLead', { id, reason: 'No time' });
    expect(await world.notesOf(id)).toHaveLength(2);
    const tooLong = await refusal(send(world.owner, 'disqualifyLead', { id, reason: 'x'.repeat(2001) }));
    expect(faultsOf(tooLong)).toEqual({ reason: 'TOO_LONG' });
    const blank = await refusal(send(world.owner, 'disqualifyLead', { id, reason: '  ' }));
    expect(faultsOf(blank)).toEqual({ reason: 'TOO_SHORT' });
  });

  test('score; the reason is kept with both scores', async () => {
    const { id } = await world.lead({ leadScore: 40 });
    expect(await send(world.owner, 'updateLeadScore', { id, score: 70, reason: 'Called back' })).toMatchObject({
      leadScore: 70,
      version: 2,
    });
    expect(await send(world.owner, 'updateLeadScore', { id, score: 0 })).toMatchObject({ leadScore: 0, version: 3 });
    expect(await world.notesOf(id)).toMatchObject([
      { title: 'Score changed from 40 to 70', description: 'Called back' },
    ]);
    for (const score of [-1, 101])
      expect(faultsOf(await refusal(send(world.owner, 'updateLeadScore', { id, score })))).toEqual({
        score: 'OUT_OF_RANGE',
      });
  });

  test('assign and unassign', async () => {
    const { id } = await world.lead();
    const employeeId = await world.tenant.employee();
    expect(await send(world.owner, 'assignLead', { id, employeeId })).toMatchObject({ assignedTo: { id: employeeId } });
    expect(await send(world.owner, 'assignLead', { id, employeeId: null })).toMatchObject({ assignedTo: null });
    expect(faultsOf(await refusal(send(world.owner, 'assignLead', { id, employeeId: v7() })))).toEqual({
      employeeId: 'NOT_FOUND',
    });
  });

  test('add an activity, which changes no field of the lead', async () => {
    const { id } = await world.lead({ name: 'Kim' });
    const add = (input: Fields) => send(world.owner, 'addLeadActivity', { leadId: id, input });
    expect(await add({ description: 'First line\nSecond' })).toMatchObject({
      activityType: 'NOTE',
      status: 'COMPLETED',
      title: 'First line',
      customerName: 'Kim',
      lead: { id },
      customer: null,
      createdBy: { id: world.owner.id },
    });
    expect(await add({ activityType: 'CALL', title: 'Call' })).toMatchObject({
      activityType: 'CALL',
      status: 'SCHEDULED',
    });
    expect((await refusal(add({}))).code).toBe('BAD_USER_INPUT');
    expect(await leadById(world.owner, id)).toMatchObject({ version: 1, qualificationStatus: 'NEW' });
    const { customer } = await world.convert(id);
    expect(await add({ title: 'After' })).toMatchObject({ lead: { id }, customer: { id: customer.id } });
    expect(await refusal(send(world.owner, 'addLeadActivity', { leadId: v7(), input: { title: 'No' } }))).toMatchObject(
      {
        code: 'NOT_FOUND',
      },
    );
  });

  test('know stale versions and unknown leads', async () => {
    const { id } = await world.lead();
    const verbs: [string, Fields][] = [
      ['qualifyLead', {}],
      ['disqualifyLead', { reason: 'No' }],
      ['updateLeadScore', { score: 5, reason: 'No' }],
      ['assignLead', {}],
      ['convertLead', {}],
    ];
    for (const [name, more] of verbs) {
      expect(await refusal(send(world.owner, name, { id, expectedVersion: 4, ...more }))).toMatchObject({
        code: 'VERSION_CONFLICT',
        currentVersion: 1,
      });
      expect(await refusal(send(world.owner, name, { id: v7(), ...more }))).toMatchObject({ code: 'NOT_FOUND' });
      expect(await refusal(send(world.owner, name, { id: 'x', ...more }))).toMatchObject({ reason: 'INVALID_ID' });
    }
    expect(await leadById(world.owner, id)).toMatchObject({ version: 1, isConverted: false });
    expect(await world.notesOf(id)).toEqual([]);
  });
});

describe('a converted lead', () => {
  test('accepts description, tags and address only', async () => {
    const { id, name } = await world.lead();
    await world.convert(id);
    const allowed = {
      description: 'Later',
      tags: ['old'],
      street: 'Main 2',
      city: 'Oslo',
      state: 'O',
      postalCode: '0150',
      country: 'Norway',
    };
    expect(await world.updateLead(id, allowed)).toMatchObject({ ...allowed, isConverted: true, version: 3 });
    // Sent back as it was read, a value changes nothing.
    expect(await world.updateLead(id, { name, assignedToId: null, qualificationStatus: 'CONVERTED' })).toMatchObject({
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
      { assignedToId: await world.tenant.employee() },
    ];
    for (const input of others) expect(await refusal(world.updateLead(id, input))).toMatchObject(alreadyConverted);
    expect(await leadById(world.owner, id)).toMatchObject({ ...allowed, version: 3 });
  });

  test('is neither qualified, disqualified, scored, assigned nor converted again', async () => {
    const { id } = await world.lead();
    await world.convert(id);
    const verbs: [string, Fields][] = [
      ['qualifyLead', {}],
      ['disqualifyLead', { reason: 'No' }],
      ['updateLeadScore', { score: 5 }],
      ['assignLead', {}],
      ['convertLead', { input: { createDeal: {} } }],
    ];
    for (const [name, more] of verbs)
      expect(await refusal(send(world.owner, name, { id, ...more }))).toMatchObject(alreadyConverted);
  });
});

describe('permissions', () => {
  const clientWith = async (...permissions: string[]) =>
    (await memberWith(world.tenant, permissions)).as(world.tenant.id);

  test('converting needs lead:update and customer:create, and deal:create for a deal', async () => {
    const { id } = await world.lead();
    const updater = await clientWith('lead:read', 'lead:update');
    expect(await refusal(send(updater, 'convertLead', { id }))).toMatchObject(missing('customer:create'));
    const creator = await clientWith('lead:read', 'customer:create');
    expect(await refusal(send(creator, 'convertLead', { id }))).toMatchObject(missing('lead:update'));
    const both = await clientWith('lead:update', 'customer:create');
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
    const { id } = await world.lead();
    const variables = { leadId: id, input: { title: 'Hello' } };
    for (const permission of ['lead:update', 'activity:create'])
      expect(await send(await clientWith(permission), 'addLeadActivity', variables)).toMatchObject({ title: 'Hello' });
    const viewer = (await world.tenant.member('Viewer')).as(world.tenant.id);
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
    const { id } = await world.lead();
    const reader = await clientWith('lead:read');
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
    const { id } = await world.lead();
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
    const foreign = await newCustomer(world.owner);
    expect(
      faultsOf(await refusal(send(stranger, 'convertLead', { id: own.id, input: { existingCustomerId: foreign.id } }))),
    ).toEqual({ 'input.existingCustomerId': 'NOT_FOUND' });
    expect(faultsOf(await refusal(newDeal(stranger, { leadId: id })))).toEqual({ 'input.leadId': 'NOT_FOUND' });
  });
});
