import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { activityRow, changeCustomer, type Fields, insertRows, newCustomer, type Sender } from './support/customers.js';
import { sql } from './support/database.js';
import { refusal } from './support/server.js';
import { newTenant, type Person, type Tenant } from './support/tenant.js';

const everyField = `id version activityType title description customer { id } lead { id } deal { id } customerName status
  scheduledAt completedAt durationMinutes assignedTo { id } createdBy { id } isPinned isOverdue tags phoneNumber
  callDuration emailSubject emailBody meetingLocation meetingUrl attendees taskPriority taskDueDate`;
const Create = gql`mutation ($input: CreateActivityInput!) { result: createActivity(input: $input) { ${everyField} } }`;
const Update = gql`
  mutation ($id: ID!, $input: UpdateActivityInput!, $expectedVersion: Int) {
    result: updateActivity(id: $id, input: $input, expectedVersion: $expectedVersion) { ${everyField} }
  }
`;
const verb = (name: string) => gql`
  mutation ($id: ID!, $expectedVersion: Int) { result: ${name}(id: $id, expectedVersion: $expectedVersion) { ${everyField} } }
`;
const [Complete, Cancel] = [verb('completeActivity'), verb('cancelActivity')];
const Delete = gql`
  mutation ($id: ID!, $expectedVersion: Int) { deleteActivity(id: $id, expectedVersion: $expectedVersion) { id } }
`;

interface Activity extends Fields {
  id: string;
  version: number;
}

const run = async (sender: Sender, document: string, variables: Fields) =>
  (await sender.request<{ result: Activity }>(document, variables)).result;
const create = (sender: Sender, input: Fields = {}) =>
  run(sender, Create, { input: { activityType: 'CALL', title: 'Ring', ...input } });
const update = (sender: Sender, id: string, input: Fields, expectedVersion?: number) =>
  run(sender, Update, { id, input, expectedVersion });
const read = async (sender: Sender, id: string) =>
  (
    await sender.request<{ activity: Activity | null }>(gql`query ($id: ID!) { activity(id: $id) { ${everyField} } }`, {
      id,
    })
  ).activity;
const bad = (path: string, code: string) => ({ code: 'BAD_USER_INPUT', fields: [{ path: `input.${path}`, code }] });
const hours = (n: number) => new Date(Date.now() + n * 3_600_000).toISOString();
const made = async (sender: Sender, document: string, variables: Fields) =>
  Object.values(await sender.request<Record<string, { id: string }>>(document, variables))[0]!.id;
const newLead = (sender: Sender, name: string) =>
  made(
    sender,
    gql`mutation ($name: String!, $email: String!) { createLead(input: { name: $name, email: $email }) { id } }`,
    {
      name,
      email: `${v7()}@leads.example`,
    },
  );
const newDeal = (sender: Sender, customerId: string) =>
  made(sender, gql`mutation ($id: ID!) { createDeal(input: { title: "A deal", customerId: $id }) { id } }`, {
    id: customerId,
  });

let tenant: Tenant;
let foreign: Tenant;
let owner: Person;

beforeAll(async () => {
  [tenant, foreign] = [await newTenant(), await newTenant()];
  owner = tenant.owner;
});

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
    const activity = await create(owner, { activityType, ...fields });
    expect(activity).toMatchObject({
      version: 1,
      activityType,
      ...nothing,
      ...fields,
      status: activityType === 'NOTE' ? 'COMPLETED' : 'SCHEDULED',
      completedAt: activityType === 'NOTE' ? expect.any(String) : null,
      createdBy: { id: owner.id },
      isPinned: false,
      isOverdue: false,
      tags: [],
      customerName: null,
    });
    expect(await read(owner, activity.id)).toEqual(activity);
    for (const [kind, others] of Object.entries(ofKind))
      for (const [name, value] of Object.entries(others))
        if (kind !== activityType) {
          expect(await refusal(create(owner, { activityType, [name]: value }))).toMatchObject(bad(name, 'NOT_ALLOWED'));
          expect(await refusal(update(owner, activity.id, { [name]: value }))).toMatchObject(bad(name, 'NOT_ALLOWED'));
        }
  });

  test('all that is wrong is told at once', async () => {
    const { fields } = await refusal(
      create(owner, { activityType: 'NOTE', title: undefined, callDuration: 1, emailBody: 'x', completedAt: hours(1) }),
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
      expect(await create(owner, { title: undefined, description })).toMatchObject({
        title,
        description: description.trim(),
      });
    for (const input of [
      { title: undefined },
      { title: undefined, description: ' ' },
      { title: null, description: 'x' },
    ])
      expect(await refusal(create(owner, input))).toMatchObject(bad('title', 'REQUIRED'));
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
    expect(await refusal(create(owner, input))).toMatchObject(bad(field, code));
  });

  test('completedAt goes with COMPLETED only, is not in the future, and is now by default', async () => {
    const completedAt = '2024-02-29T12:00:00.000Z';
    expect(await create(owner, { status: 'COMPLETED', completedAt })).toMatchObject({ completedAt });
    expect(await create(owner, { activityType: 'NOTE', completedAt })).toMatchObject({
      status: 'COMPLETED',
      completedAt,
    });
    expect(await create(owner, { status: 'COMPLETED' })).toMatchObject({ completedAt: expect.any(String) });
    for (const status of ['SCHEDULED', 'IN_PROGRESS', 'CANCELLED', undefined])
      expect(await refusal(create(owner, { status, completedAt }))).toMatchObject(bad('completedAt', 'NOT_ALLOWED'));
    expect(await refusal(create(owner, { status: 'COMPLETED', completedAt: hours(1) }))).toMatchObject(
      bad('completedAt', 'OUT_OF_RANGE'),
    );
    expect(await create(owner, { activityType: 'NOTE', status: 'SCHEDULED' })).toMatchObject({ completedAt: null });
  });

  test('customer, lead and deal are independent; the name follows the customer, else the lead', async () => {
    const customer = await newCustomer(owner, { name: 'Brightwater' });
    const lead = await newLead(owner, 'Lena');
    const deal = await newDeal(owner, customer.id);
    expect(await create(owner, { customerId: customer.id, leadId: lead, dealId: deal })).toMatchObject({
      customer: { id: customer.id },
      lead: { id: lead },
      deal: { id: deal },
      customerName: 'Brightwater',
    });
    const ofLead = await create(owner, { leadId: lead });
    expect(ofLead).toMatchObject({ customerName: 'Lena', customer: null });
    expect(await create(owner, { dealId: deal })).toMatchObject({ customerName: null, deal: { id: deal } });
    expect(await update(owner, ofLead.id, { customerId: customer.id })).toMatchObject({ customerName: 'Brightwater' });
    expect(await update(owner, ofLead.id, { customerId: null })).toMatchObject({ customerName: 'Lena' });
    const later = await create(owner);
    expect(await update(owner, later.id, { customerId: customer.id })).toMatchObject({ customerName: 'Brightwater' });
    await changeCustomer(owner, customer.id, { name: 'Darkwater' });
    expect(await update(owner, later.id, { title: 'Later' })).toMatchObject({ customerName: 'Brightwater' });
    expect(await update(owner, later.id, { customerId: null })).toMatchObject({ customer: null, customerName: null });
  });

  test('a deleted customer leaves its name', async () => {
    const customer = await newCustomer(owner, { name: 'Gone & Co' });
    const { id } = await create(owner, { customerId: customer.id });
    await owner.request(gql`mutation ($id: ID!) { deleteCustomer(id: $id) { id } }`, { id: customer.id });
    expect(await read(owner, id)).toMatchObject({ customer: null, customerName: 'Gone & Co' });
  });

  test('links and assignees must be of the organization, assignees active', async () => {
    const { id } = await create(owner);
    const customer = (await newCustomer(foreign.owner)).id;
    const theirs = {
      customerId: customer,
      leadId: await newLead(foreign.owner, 'Foe'),
      dealId: await newDeal(foreign.owner, customer),
      assignedToId: await foreign.employee(),
    };
    for (const [field, value] of Object.entries(theirs))
      for (const link of [value, v7()])
        for (const refused of await Promise.all(
          [create(owner, { [field]: link }), update(owner, id, { [field]: link })].map(refusal),
        ))
          expect(refused).toMatchObject({ code: 'NOT_FOUND', fields: [{ path: `input.${field}` }] });
    const assignedToId = await tenant.employee({ status: 'INACTIVE' });
    for (const refused of await Promise.all(
      [create(owner, { assignedToId }), update(owner, id, { assignedToId })].map(refusal),
    ))
      expect(refused).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'EMPLOYEE_NOT_ACTIVE' });
  });
});

describe('the status', () => {
  test('completeActivity completes once; a cancelled activity stays cancelled', async () => {
    const { id } = await create(owner);
    expect(await refusal(run(owner, Complete, { id, expectedVersion: 2 }))).toMatchObject({ code: 'VERSION_CONFLICT' });
    const done = await run(owner, Complete, { id, expectedVersion: 1 });
    expect(done).toMatchObject({ status: 'COMPLETED', completedAt: expect.any(String), version: 2 });
    expect(await run(owner, Complete, { id })).toEqual(done);
    expect(await refusal(run(owner, Cancel, { id }))).toMatchObject({ code: 'CONFLICT', reason: 'ACTIVITY_COMPLETED' });
    const other = await create(owner, { status: 'IN_PROGRESS' });
    const cancelled = await run(owner, Cancel, { id: other.id });
    expect(cancelled).toMatchObject({ status: 'CANCELLED', completedAt: null, version: 2 });
    expect(await run(owner, Cancel, { id: other.id })).toEqual(cancelled);
    for (const refused of await Promise.all(
      [run(owner, Complete, { id: other.id }), update(owner, other.id, { status: 'COMPLETED' })].map(refusal),
    ))
      expect(refused).toMatchObject({ code: 'CONFLICT', reason: 'ACTIVITY_CANCELLED' });
    expect(await update(owner, other.id, { status: 'SCHEDULED' })).toMatchObject({ status: 'SCHEDULED' });
    expect(await run(owner, Complete, { id: other.id })).toMatchObject({ status: 'COMPLETED' });
  });

  test('updateActivity sets completedAt on entering COMPLETED and clears it on leaving', async () => {
    const { id } = await create(owner);
    const completedAt = '2024-01-01T00:00:00.000Z';
    expect(await refusal(update(owner, id, { completedAt }))).toMatchObject(bad('completedAt', 'NOT_ALLOWED'));
    expect(await update(owner, id, { status: 'COMPLETED' })).toMatchObject({ completedAt: expect.any(String) });
    expect(await update(owner, id, { completedAt })).toMatchObject({ completedAt, status: 'COMPLETED' });
    const kept = await update(owner, id, { status: 'COMPLETED', title: 'Ring again' });
    expect(kept).toMatchObject({ completedAt });
    expect(await update(owner, id, { completedAt, tags: [] })).toEqual(kept);
    expect(await update(owner, id, { status: 'CANCELLED' })).toMatchObject({ completedAt: null });
    expect(await update(owner, id, { status: 'IN_PROGRESS' })).toMatchObject({ completedAt: null });
  });

  test('completedAt of a completed activity cannot be cleared alone', async () => {
    const { id, completedAt } = await create(owner, { status: 'COMPLETED' });
    await update(owner, id, { completedAt: null }).catch(() => undefined);
    expect(await read(owner, id)).toMatchObject({ status: 'COMPLETED', completedAt });
  });
});

describe('updateActivity and deleteActivity', () => {
  test('change what is given, clear what is null; the kind is fixed', async () => {
    const { id } = await create(owner, { activityType: 'MEETING', attendees: ['A'], tags: ['x'], durationMinutes: 5 });
    const assignedToId = await tenant.employee();
    const changed = await update(
      owner,
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
    expect(await update(owner, id, {})).toEqual(changed);
    expect(await update(owner, id, { callDuration: null, title: 'Met' })).toEqual(changed);
    expect(await refusal(update(owner, id, { title: null }))).toMatchObject(bad('title', 'REQUIRED'));
    expect(await refusal(update(owner, id, { title: 'X' }, 1))).toMatchObject({
      code: 'VERSION_CONFLICT',
      currentVersion: 2,
    });
    expect(await update(owner, id, { assignedToId: null })).toMatchObject({ assignedTo: null });
    expect(await refusal(owner.request(Delete, { id, expectedVersion: 1 }))).toMatchObject({
      code: 'VERSION_CONFLICT',
    });
    expect(await owner.request(Delete, { id })).toEqual({ deleteActivity: { id } });
    expect(await read(owner, id)).toBeNull();
    for (const document of [Complete, Cancel])
      expect(await refusal(run(owner, document, { id }))).toMatchObject({
        code: 'NOT_FOUND',
        fields: [{ path: 'id' }],
      });
  });

  test('another organization’s activity is not there', async () => {
    const { id, version } = await create(foreign.owner);
    expect(await read(owner, id)).toBeNull();
    for (const refused of await Promise.all(
      [
        run(owner, Complete, { id }),
        run(owner, Cancel, { id }),
        update(owner, id, { title: 'X' }),
        owner.request(Delete, { id }),
      ].map(refusal),
    ))
      expect(refused).toMatchObject({ code: 'NOT_FOUND' });
    expect(await read(foreign.owner, id)).toMatchObject({ version, title: 'Ring' });
  });
});

describe('work lists', () => {
  const Work = gql`
    query ($limit: Int, $mine: Boolean! = false) {
      upcomingActivities(limit: $limit, mine: $mine) { title isOverdue }
      overdueActivities(limit: $limit, mine: $mine) { title isOverdue }
    }
  `;
  interface Lists {
    upcomingActivities: { title: string; isOverdue: boolean }[];
    overdueActivities: { title: string; isOverdue: boolean }[];
  }

  test('hold scheduled activities of the future and of the past, in the order in which they are due', async () => {
    const own = await newTenant();
    const rep = await own.member('Sales Rep');
    const employee = await own.employee({ userId: rep.id });
    const planned = (title: string, scheduled_at: string | null, columns: Fields = {}) =>
      activityRow(own.id, { title, scheduled_at, ...columns });
    await insertRows(
      'activities',
      [
        planned('later', hours(48)),
        planned('soon', hours(1), { assigned_to_id: employee }),
        planned('late', hours(-1), { assigned_to_id: employee }),
        planned('very late', hours(-72)),
        planned('some day', null),
        planned('begun', hours(-2), { status: 'IN_PROGRESS' }),
        planned('off', hours(2), { status: 'CANCELLED' }),
        planned('done', hours(-3), { status: 'COMPLETED', completed_at: hours(-3) }),
      ].map((row) => ({ assigned_to_id: null, ...row })),
    );
    const lists = (sender: Sender, variables: Fields = {}) => sender.request<Lists>(Work, variables);
    const titles = ({ upcomingActivities: upcoming, overdueActivities: overdue }: Lists) =>
      [upcoming, overdue].map((list) => list.map(({ title }) => title));
    const all = await lists(rep);
    expect(titles(all)).toEqual([
      ['soon', 'later'],
      ['very late', 'late'],
    ]);
    expect(all.upcomingActivities.map(({ isOverdue }) => isOverdue)).toEqual([false, false]);
    expect(all.overdueActivities.map(({ isOverdue }) => isOverdue)).toEqual([true, true]);
    expect(titles(await lists(rep, { limit: 1 }))).toEqual([['soon'], ['very late']]);
    expect(titles(await lists(rep, { mine: true }))).toEqual([['soon'], ['late']]);
    expect(titles(await lists(await own.member('Viewer'), { mine: true }))).toEqual([[], []]);
    for (const limit of [0, 101, -1])
      expect(await refusal(lists(rep, { limit }))).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: [{ path: 'limit', code: 'OUT_OF_RANGE' }],
      });
    expect(titles(await lists(rep, { limit: null }))).toEqual(titles(all));
    const { activities } = await rep.request<{ activities: { nodes: object[] } }>(
      gql`{ activities(orderBy: [{ field: TITLE }]) { nodes { title isOverdue } } }`,
    );
    expect(activities.nodes.filter((node) => (node as { isOverdue: boolean }).isOverdue)).toEqual([
      { title: 'late', isOverdue: true },
      { title: 'very late', isOverdue: true },
    ]);
  });
});

describe('timelines', () => {
  test('of customer, lead and deal list what is linked; their notes exactly the notes', async () => {
    const customer = (await newCustomer(owner)).id;
    const lead = await newLead(owner, 'Lea');
    const deal = await newDeal(owner, customer);
    const links = { customerId: customer, leadId: lead, dealId: deal };
    const call = await create(owner, { ...links, title: 'call' });
    const note = await create(owner, { ...links, activityType: 'NOTE', title: 'note' });
    await create(owner, { title: 'apart' });
    const page = '{ totalCount nodes { id } }';
    const Timelines = gql`
      query ($customer: ID!, $lead: ID!, $deal: ID!) {
        customer(id: $customer) { activities ${page} notes ${page} }
        lead(id: $lead) { activities ${page} notes ${page} }
        deal(id: $deal) { activities ${page} notes ${page} }
        calls: customer(id: $customer) { activities(filter: { activityType: { eq: CALL } }) ${page} }
      }
    `;
    const expected = {
      activities: { totalCount: 2, nodes: [{ id: note.id }, { id: call.id }] },
      notes: { totalCount: 1, nodes: [{ id: note.id }] },
    };
    expect(await owner.request(Timelines, { customer, lead, deal })).toEqual({
      customer: expected,
      lead: expected,
      deal: expected,
      calls: { activities: { totalCount: 1, nodes: [{ id: call.id }] } },
    });
  });

  test('search title, description and customer name; filter by the rest', async () => {
    const word = `w${v7().slice(-8)}`;
    const customer = await newCustomer(owner, { name: `Mr ${word}` });
    const byName = await create(owner, { customerId: customer.id });
    const byTitle = await create(owner, { title: `${word}!`, isPinned: true });
    const byText = await create(owner, { description: `x ${word}`, activityType: 'TASK', taskPriority: 'LOW' });
    await create(owner, { activityType: 'EMAIL', emailBody: word });
    const found = async (filter: Fields | null) =>
      (
        await owner.request<{ activities: { nodes: { id: string }[] } }>(
          gql`query ($word: String, $filter: ActivityFilter) { activities(search: $word, filter: $filter) { nodes { id } } }`,
          { word: word.toUpperCase(), filter: filter ?? {} },
        )
      ).activities.nodes.map(({ id }) => id);
    expect(await found(null)).toEqual([byText.id, byTitle.id, byName.id]);
    expect(await found({ isPinned: { eq: true } })).toEqual([byTitle.id]);
    expect(await found({ taskPriority: { eq: 'LOW' } })).toEqual([byText.id]);
    expect(await found({ customer: { name: { contains: word } } })).toEqual([byName.id]);
    expect(await found({ createdById: { eq: owner.id } })).toHaveLength(3);
    expect(await found({ mine: true })).toEqual([]);
  });

  test('the database refuses what no request could make', async () => {
    const { id } = await create(owner);
    await expect(sql(`update activities set completed_at = now() where id = $1`, [id])).rejects.toThrow();
    await expect(sql(`update activities set status = 'COMPLETED' where id = $1`, [id])).rejects.toThrow();
  });
});
