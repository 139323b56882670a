import { beforeAll, describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { type Fields, freshEmail, newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { memberWith } from '../support/permissions.js';
import { newDeal, newLead, type Row, send } from '../support/sales.js';
import { refusal } from '../support/server.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';

interface Subject {
  kind: string;
  /** Input types of what is added, for the note and the activity. */
  inputs: [note: string, activity: string];
  make: (owner: Person) => Promise<{ id: string }>;
}

const subjects: Subject[] = [
  {
    kind: 'Customer',
    inputs: ['AddCustomerNoteInput', 'AddActivityInput'],
    make: (owner) => newCustomer(owner, { name: 'Acme' }),
  },
  { kind: 'Lead', inputs: ['AddNoteInput', 'AddLeadActivityInput'], make: (owner) => newLead(owner, { name: 'Acme' }) },
  {
    kind: 'Deal',
    inputs: ['AddNoteInput', 'AddActivityInput'],
    make: async (owner) => newDeal(owner, { customerId: (await newCustomer(owner)).id }),
  },
  {
    kind: 'Vendor',
    inputs: ['AddNoteInput', 'AddActivityInput'],
    make: async (owner) => {
      const document = 'mutation ($input: CreateVendorInput!) { made: createVendor(input: $input) { id } }';
      const { made } = await owner.request<{ made: { id: string } }>(document, {
        input: { name: 'Acme', email: freshEmail() },
      });
      return made;
    },
  },
];

let tenant: Tenant;
beforeAll(async () => {
  tenant = await newTenant();
});

describe.each(subjects)('the timeline of a $kind', ({ kind, inputs: [note, activity], make }) => {
  const subject = kind.toLowerCase();
  const add = async (what: 'Note' | 'Activity', id: string, input: Fields, person: Person = tenant.owner) => {
    const document = `mutation ($id: ID!, $input: ${what === 'Note' ? note : activity}!) {
      added: add${kind}${what}(${subject}Id: $id, input: $input) {
        id activityType status title description isPinned ${subject} { id } createdBy { id }
      }
    }`;
    return (await person.as(tenant.id).request<{ added: Row }>(document, { id, input })).added;
  };
  const timelineOf = async (id: string) =>
    (
      await tenant.owner.request<{ of: { activities: { nodes: Row[] }; notes: { nodes: Row[] }; version: number } }>(
        `query ($id: ID!) {
          of: ${subject}(id: $id) { version activities { nodes { title } } notes { nodes { title } } }
        }`,
        { id },
      )
    ).of;

  test('takes notes, complete at once, whose title is their first line', async () => {
    const { id } = await make(tenant.owner);
    expect(await add('Note', id, { text: 'First line\nSecond line', isPinned: true })).toMatchObject({
      activityType: 'NOTE',
      status: 'COMPLETED',
      title: 'First line',
      description: 'First line\nSecond line',
      isPinned: true,
      [subject]: { id },
      createdBy: { id: tenant.owner.id },
    });
    expect(await timelineOf(id)).toEqual({
      version: 1,
      activities: { nodes: [{ title: 'First line' }] },
      notes: { nodes: [{ title: 'First line' }] },
    });
  });

  test('takes activities of every kind', async () => {
    const { id } = await make(tenant.owner);
    const call = await add('Activity', id, { activityType: 'CALL', title: 'Call', callDuration: 60 });
    expect(call).toMatchObject({ activityType: 'CALL', status: 'SCHEDULED', [subject]: { id } });
    expect(await add('Activity', id, { title: 'Met' })).toMatchObject({ activityType: 'NOTE', status: 'COMPLETED' });
    const { activities, notes } = await timelineOf(id);
    expect(activities.nodes).toEqual([{ title: 'Met' }, { title: 'Call' }]);
    expect(notes.nodes).toEqual([{ title: 'Met' }]);
  });

  test('tells of an unknown record on its own argument, and of the rest below the input', async () => {
    const { id } = await make(tenant.owner);
    const unknown = await refusal(add('Activity', v7(), { title: 'T', assignedToId: v7() }));
    expect(unknown).toMatchObject({
      code: 'NOT_FOUND',
      fields: [{ path: `${subject}Id` }, { path: 'input.assignedToId' }],
    });
    expect(await refusal(add('Note', id, { text: ' ' }))).toMatchObject({ fields: [{ path: 'input.text' }] });
    expect(await refusal(add('Activity', id, { title: 'T', callDuration: 1 }))).toMatchObject({
      fields: [{ path: 'input.callDuration', code: 'NOT_ALLOWED' }],
    });
  });

  test('is open to whoever changes the record, or creates activities', async () => {
    const { id } = await make(tenant.owner);
    for (const permission of [`${subject}:update`, 'activity:create']) {
      const person = await memberWith(tenant, [permission, 'activity:read']);
      expect(await add('Note', id, { text: permission }, person)).toMatchObject({ title: permission });
      expect(await add('Activity', id, { title: permission }, person)).toMatchObject({ title: permission });
    }
    const reader = await memberWith(tenant, [`${subject}:read`, 'activity:read', 'activity:update']);
    for (const what of ['Note', 'Activity'] as const)
      expect(await refusal(add(what, id, { [what === 'Note' ? 'text' : 'title']: 'x' }, reader))).toMatchObject({
        code: 'FORBIDDEN',
        permission: `${subject}:update`,
      });
  });

  test('stays as it is in a dry run', async () => {
    const { id } = await make(tenant.owner);
    const document = `mutation ($id: ID!) { add${kind}Note(${subject}Id: $id, input: { text: "Tried" }) { title } }`;
    await tenant.owner.request(document, { id }, { 'x-dry-run': 'true' });
    expect(await sql(`select from activities where ${subject}_id = $1`, [id])).toEqual([]);
  });
});

test('a note about a converted lead is also about its customer', async () => {
  const { id } = await newLead(tenant.owner);
  const { customer } = await send<{ customer: Row }>(tenant.owner, 'convertLead', { id });
  const document = `mutation ($id: ID!) {
    addLeadNote(leadId: $id, input: { text: "Late" }) { customerName customer { id } lead { id } }
  }`;
  expect(await tenant.owner.request(document, { id })).toEqual({
    addLeadNote: { customerName: customer.name, customer: { id: customer.id }, lead: { id } },
  });
});
