import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import {
  bad,
  Cancel,
  Complete,
  changeActivity,
  createActivity,
  hours,
  type Neighbours,
  neighbours,
  newDeal,
  newLead,
  readActivity,
  updateActivity,
} from '../support/activities.js';
import { changeCustomer, type Fields, newCustomer } from '../support/customers.js';
import { refusal } from '../support/server.js';

let world: Neighbours;
beforeAll(async () => {
  world = await neighbours();
});

const Delete = gql`
  mutation ($id: ID!, $expectedVersion: Int) { deleteActivity(id: $id, expectedVersion: $expectedVersion) { id } }
`;

const ofKind: Record<string, Fields> = {
  CALL: { phoneNumber: '555 1234', callDuration: 86_400 },
  EMAIL: { emailSubject: 'Hello', emailBody: 'Line one\nline two' },
  TELEGRAM: {},
  MEETING: { meetingLocation: 'Room 1', meetingUrl: 'https://meet.example/1', attendees: ['Ann', 'Bob'] },
  NOTE: {},
  TASK: { taskPriority: 'HIGH', taskDueDate: '2030-01-31' },
};
const nothing = {
  phoneNumber: null,
  callDuration: null,
  emailSubject: null,
  emailBody: null,
  meetingLocation: null,
  meetingUrl: null,
  attendees: [],
  taskPriority: null,
  taskDueDate: null,
};

describe('createActivity', () => {
  test.each(Object.entries(ofKind))('a %s has its own fields and no others', async (activityType, fields) => {
    const activity = await createActivity(world.owner, { activityType, ...fields });
    expect(activity).toMatchObject({
      version: 1,
      activityType,
      ...nothing,
      ...fields,
      status: activityType === 'NOTE' ? 'COMPLETED' : 'SCHEDULED',
      completedAt: activityType === 'NOTE' ? expect.any(String) : null,
      createdBy: { id: world.owner.id },
      isPinned: false,
      isOverdue: false,
      tags: [],
      customerName: null,
    });
    expect(await readActivity(world.owner, activity.id)).toEqual(activity);
    for (const [kind, others] of Object.entries(ofKind))
      for (const [name, value] of Object.entries(others))
        if (kind !== activityType) {
          expect(await refusal(createActivity(world.owner, { activityType, [name]: value }))).toMatchObject(
            bad(name, 'NOT_ALLOWED'),
          );
          expect(await refusal(updateActivity(world.owner, activity.id, { [name]: value }))).toMatchObject(
            bad(name, 'NOT_ALLOWED'),
          );
        }
  });

  test('all that is wrong is told at once', async () => {
    const { fields } = await refusal(
      createActivity(world.owner, {
        activityType: 'NOTE',
        title: undefined,
        callDuration: 1,
        emailBody: 'x',
        completedAt: hours(1),
      }),
    );
    expect((fields as { path: string }[]).map(({ path }) => path).sort()).toEqual([
      'input.callDuration',
      'input.completedAt',
      'input.emailBody',
      'input.title',
    ]);
  });

  test('the first line of the description is the title where none is given', async () => {
    const long = '😀'.repeat(300);
    for (const [description, title] of [
      ['  First line \r\nSecond', 'First line'],
      [long, '😀'.repeat(255)],
    ] as const)
      expect(await createActivity(world.owner, { title: undefined, description })).toMatchObject({
        title,
        description: description.trim(),
      });
    for (const input of [
      { title: undefined },
      { title: undefined, description: ' ' },
      { title: null, description: 'x' },
    ])
      expect(await refusal(createActivity(world.owner, input))).toMatchObject(bad('title', 'REQUIRED'));
  });

  test.each<[Fields, string, string]>([
    [{ title: 'x'.repeat(256) }, 'title', 'TOO_LONG'],
    [{ durationMinutes: 10_081 }, 'durationMinutes', 'OUT_OF_RANGE'],
    [{ durationMinutes: -1 }, 'durationMinutes', 'OUT_OF_RANGE'],
    [{ callDuration: 86_401 }, 'callDuration', 'OUT_OF_RANGE'],
    [{ activityType: 'MEETING', attendees: Array.from({ length: 51 }, (_, n) => `a${n}`) }, 'attendees', 'TOO_LONG'],
    [{ activityType: 'MEETING', attendees: ['x'.repeat(256)] }, 'attendees', 'INVALID'],
    [{ activityType: 'MEETING', meetingUrl: 'meet.example' }, 'meetingUrl', 'INVALID'],
    [{ tags: ['x'.repeat(51)] }, 'tags', 'INVALID'],
    [{ status: null }, 'status', 'REQUIRED'],
    [{ isPinned: null }, 'isPinned', 'REQUIRED'],
  ])('refuses %p', async (input, field, code) => {
    expect(await refusal(createActivity(world.owner, input))).toMatchObject(bad(field, code));
  });

  test('completedAt goes with COMPLETED only, is not in the future, and is now by default', async () => {
    const completedAt = '2024-02-29T12:00:00.000Z';
    expect(await createActivity(world.owner, { status: 'COMPLETED', completedAt })).toMatchObject({ completedAt });
    expect(await createActivity(world.owner, { activityType: 'NOTE', completedAt })).toMatchObject({
      status: 'COMPLETED',
      completedAt,
    });
    expect(await createActivity(world.owner, { status: 'COMPLETED' })).toMatchObject({
      completedAt: expect.any(String),
    });
    for (const status of ['SCHEDULED', 'IN_PROGRESS', 'CANCELLED', undefined])
      expect(await refusal(createActivity(world.owner, { status, completedAt }))).toMatchObject(
        bad('completedAt', 'NOT_ALLOWED'),
      );
    expect(await refusal(createActivity(world.owner, { status: 'COMPLETED', completedAt: hours(1) }))).toMatchObject(
      bad('completedAt', 'OUT_OF_RANGE'),
    );
    expect(await createActivity(world.owner, { activityType: 'NOTE', status: 'SCHEDULED' })).toMatchObject({
      completedAt: null,
    });
  });

  test('customer, lead and deal are independent; the name follows the customer, else the lead', async () => {
    const customer = await newCustomer(world.owner, { name: 'Brightwater' });
    const lead = await newLead(world.owner, 'Lena');
    const deal = await newDeal(world.owner, customer.id);
    expect(await createActivity(world.owner, { customerId: customer.id, leadId: lead, dealId: deal })).toMatchObject({
      customer: { id: customer.id },
      lead: { id: lead },
      deal: { id: deal },
      customerName: 'Brightwater',
    });
    const ofLead = await createActivity(world.owner, { leadId: lead });
    expect(ofLead).toMatchObject({ customerName: 'Lena', customer: null });
    expect(await createActivity(world.owner, { dealId: deal })).toMatchObject({
      customerName: null,
      deal: { id: deal },
    });
    expect(await updateActivity(world.owner, ofLead.id, { customerId: customer.id })).toMatchObject({
      customerName: 'Brightwater',
    });
    expect(await updateActivity(world.owner, ofLead.id, { customerId: null })).toMatchObject({ customerName: 'Lena' });
    const later = await createActivity(world.owner);
    expect(await updateActivity(world.owner, later.id, { customerId: customer.id })).toMatchObject({
      customerName: 'Brightwater',
    });
    await changeCustomer(world.owner, customer.id, { name: 'Darkwater' });
    expect(await updateActivity(world.owner, later.id, { title: 'Later' })).toMatchObject({
      customerName: 'Brightwater',
    });
    expect(await updateActivity(world.owner, later.id, { customerId: null })).toMatchObject({
      customer: null,
      customerName: null,
    });
  });

  test('a deleted customer leaves its name', async () => {
    const customer = await newCustomer(world.owner, { name: 'Gone & Co' });
    const { id } = await createActivity(world.owner, { customerId: customer.id });
    await world.owner.request(gql`mutation ($id: ID!) { deleteCustomer(id: $id) { id } }`, { id: customer.id });
    expect(await readActivity(world.owner, id)).toMatchObject({ customer: null, customerName: 'Gone & Co' });
  });

  test('links and assignees must be of the organization, assignees active', async () => {
    const { id } = await createActivity(world.owner);
    const customer = (await newCustomer(world.foreign.owner)).id;
    const theirs = {
      customerId: customer,
      leadId: await newLead(world.foreign.owner, 'Foe'),
      dealId: await newDeal(world.foreign.owner, customer),
      assignedToId: await world.foreign.employee(),
    };
    for (const [field, value] of Object.entries(theirs))
      for (const link of [value, v7()])
        for (const refused of await Promise.all(
          [createActivity(world.owner, { [field]: link }), updateActivity(world.owner, id, { [field]: link })].map(
            refusal,
          ),
        ))
          expect(refused).toMatchObject({ code: 'NOT_FOUND', fields: [{ path: `input.${field}` }] });
    const assignedToId = await world.tenant.employee({ status: 'INACTIVE' });
    for (const refused of await Promise.all(
      [createActivity(world.owner, { assignedToId }), updateActivity(world.owner, id, { assignedToId })].map(refusal),
    ))
      expect(refused).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'EMPLOYEE_NOT_ACTIVE' });
  });
});

describe('updateActivity and deleteActivity', () => {
  test('change what is given, clear what is null; the kind is fixed', async () => {
    const { id } = await createActivity(world.owner, {
      activityType: 'MEETING',
      attendees: ['A'],
      tags: ['x'],
      durationMinutes: 5,
    });
    const assignedToId = await world.tenant.employee();
    const changed = await updateActivity(
      world.owner,
      id,
      { title: 'Met', attendees: [' B ', 'B', 'C'], durationMinutes: null, isPinned: true, assignedToId },
      1,
    );
    expect(changed).toMatchObject({
      version: 2,
      title: 'Met',
      attendees: ['B', 'C'],
      durationMinutes: null,
      isPinned: true,
      tags: ['x'],
      assignedTo: { id: assignedToId },
    });
    expect(await updateActivity(world.owner, id, {})).toEqual(changed);
    expect(await updateActivity(world.owner, id, { callDuration: null, title: 'Met' })).toEqual(changed);
    expect(await refusal(updateActivity(world.owner, id, { title: null }))).toMatchObject(bad('title', 'REQUIRED'));
    expect(await refusal(updateActivity(world.owner, id, { title: 'X' }, 1))).toMatchObject({
      code: 'VERSION_CONFLICT',
      currentVersion: 2,
    });
    expect(await updateActivity(world.owner, id, { assignedToId: null })).toMatchObject({ assignedTo: null });
    expect(await refusal(world.owner.request(Delete, { id, expectedVersion: 1 }))).toMatchObject({
      code: 'VERSION_CONFLICT',
    });
    expect(await world.owner.request(Delete, { id })).toEqual({ deleteActivity: { id } });
    expect(await readActivity(world.owner, id)).toBeNull();
    for (const document of [Complete, Cancel])
      expect(await refusal(changeActivity(world.owner, document, { id }))).toMatchObject({
        code: 'NOT_FOUND',
        fields: [{ path: 'id' }],
      });
  });

  test('another organization’s activity is not there', async () => {
    const { id, version } = await createActivity(world.foreign.owner);
    expect(await readActivity(world.owner, id)).toBeNull();
    for (const refused of await Promise.all(
      [
        changeActivity(world.owner, Complete, { id }),
        changeActivity(world.owner, Cancel, { id }),
        updateActivity(world.owner, id, { title: 'X' }),
        world.owner.request(Delete, { id }),
      ].map(refusal),
    ))
      expect(refused).toMatchObject({ code: 'NOT_FOUND' });
    expect(await readActivity(world.foreign.owner, id)).toMatchObject({ version, title: 'Ring' });
  });
});
