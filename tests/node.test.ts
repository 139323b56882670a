import { beforeAll, describe, expect, test } from '@jest/globals';
import { type GraphQLInterfaceType, isNonNullType, isObjectType } from 'graphql';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { newApiKey } from './support/api-keys.js';
import { newCustomer, type Sender } from './support/customers.js';
import { sql } from './support/database.js';
import { strip } from './support/permissions.js';
import { newDeal, newLead, pipelineById } from './support/sales.js';
import { schema } from './support/schema.js';
import { client, notice, partialAnswer, refusal, statementsOf } from './support/server.js';
import { storedInvitation } from './support/stored-invitations.js';
import { newPerson, newTenant, type Person, type Tenant } from './support/tenant.js';
import { newWebhook } from './support/webhooks.js';

const nodeTypes = schema.getPossibleTypes(schema.getType('Node') as GraphQLInterfaceType).map(({ name }) => name);

/** Other root fields that show a record with the id, `$id`. */
const siblings: Record<string, string[]> = {
  User: ['user(id: $id) { id }', 'me { id }'],
  Organization: ['organization(id: $id) { id }'],
  Membership: ['organizationMembers(includeInactive: true) { nodes { id } }', 'me { memberships { id } }'],
  UserProfile: ['userProfiles { nodes { id } }', 'myProfiles { id }'],
  ApiKey: ['apiKeys { nodes { id } }'],
  DealStageChange: ['deals { nodes { stageHistory { nodes { id } } } }'],
  PipelineStage: ['pipelineStage(id: $id) { id }'],
  Invitation: ['invitations { nodes { id } }'],
  Change: ['changes(first: 1000) { nodes { id } }', 'customers { nodes { history { nodes { id } } } }'],
  ChangeSet: ['changeSet(id: $id) { id }', 'changeSets { nodes { id } }'],
  WebhookDelivery: ['webhooks { nodes { deliveries { nodes { id } } } }'],
};
for (const name of nodeTypes) siblings[name] ??= [`${name.toLowerCase()}(id: $id) { id }`];

interface World {
  tenant: Tenant;
  /** One record of each type. */
  ids: Record<string, string>;
  customer: string;
  lead: string;
  deals: string[];
}

async function newWorld(): Promise<World> {
  const tenant = await newTenant();
  const { owner, id } = tenant;
  const employee = await tenant.employee();
  const { id: customer } = await newCustomer(owner, { name: 'Kim' });
  const { id: lead } = await newLead(owner, { name: 'Lee' });
  const deals: string[] = [];
  for (const title of ['one', 'two', 'three']) deals.push((await newDeal(owner, { title, customerId: customer })).id);
  await newDeal(owner, { title: 'of the lead', leadId: lead });
  const { createVendor, createActivity } = await owner.request<Record<string, { id: string }>>(gql`
    mutation {
      createVendor(input: { name: "Vic", email: "vic@vendors.example" }) { id }
      createActivity(input: { activityType: CALL, title: "A call", customerId: "${customer}" }) { id }
    }
  `);
  const pipeline = await pipelineById(owner);
  const { id: webhook } = await newWebhook(owner, { url: 'http://127.0.0.1:9/' });
  await owner.request('mutation ($id: ID!) { disableWebhook(id: $id) { id } }', { id: webhook });
  const [found] = await sql<Record<string, string>>(
    `select (select id from roles where organization_id = $1 and name = 'Viewer') as "Role",
       (select id from permissions
        where organization_id = $1 and resource = 'deal' and action = 'read') as "Permission",
       (select id from memberships where organization_id = $1) as "Membership",
       (select id from user_profiles where organization_id = $1) as "UserProfile",
       (select id from deal_stage_changes where organization_id = $1 limit 1) as "DealStageChange",
       (select id from changes where organization_id = $1 and record_id = $2) as "Change",
       (select change_set_id from changes where organization_id = $1 and record_id = $2) as "ChangeSet"`,
    [id, customer],
  );
  const WebhookDelivery = v7();
  await sql(
    `insert into webhook_deliveries
       (organization_id, id, webhook_id, change_id, record_type, record_id, action, status, tries, ended_at)
     values ($1, $2, $3, $4, 'CUSTOMER', $5, 'CREATED', 'FAILED', 8, now())`,
    [id, WebhookDelivery, webhook, found!.Change, customer],
  );
  return {
    tenant,
    ids: {
      ...found!,
      ...{ Webhook: webhook, WebhookDelivery },
      ...{ User: owner.id, Organization: id, Employee: employee, Customer: customer, Lead: lead, Deal: deals[0]! },
      ApiKey: (await newApiKey(owner, id)).id,
      ...{ Vendor: createVendor!.id, Activity: createActivity!.id },
      ...{ Invitation: await storedInvitation(tenant, 'invited@people.example') },
      ...{ Pipeline: pipeline.id, PipelineStage: pipeline.stages[0]!.id },
    },
    customer,
    lead,
    deals,
  };
}

let world: World;
let foreign: World;
let owner: Person;

beforeAll(async () => {
  [world, foreign] = await Promise.all([newWorld(), newWorld()]);
  owner = world.tenant.owner;
});

const Node = gql`query ($id: ID!) { node(id: $id) { id __typename } }`;
const nodeOf = async (sender: Sender, id: string) =>
  (await sender.request<{ node: { id: string; __typename: string } | null }>(Node, { id })).node;

/** Answers, and what is not a record of the caller's organization. */
const otherTypes = ['DeletePayload', 'DeclineInvitationPayload', 'ReceivedInvitation', 'Session'];

test('every type with an id is a node, except answers and what belongs to no organization of the caller', () => {
  const identified = Object.values(schema.getTypeMap()).filter((type) => {
    const id = isObjectType(type) && type.getFields().id?.type;
    return id && isNonNullType(id);
  });
  expect(identified.map(({ name }) => name).sort()).toEqual([...nodeTypes, ...otherTypes].sort());
});

test.each(nodeTypes)('%s is read by its id', async (name) => {
  const id = world.ids[name]!;
  expect(await nodeOf(owner, id.toUpperCase())).toEqual({ id, __typename: name });
});

describe('a record is shown to those whom another root field shows it, and null to all others:', () => {
  async function suspendedMember(): Promise<Person> {
    const person = await world.tenant.member('Admin');
    await sql("update user_profiles set status = 'SUSPENDED' where user_id = $1", [person.id]);
    await notice();
    return person;
  }

  async function memberOfBoth(): Promise<Person> {
    const person = await world.tenant.member('Viewer');
    await foreign.tenant.owner.request(
      'mutation ($userId: ID!) { addOrganizationMember(input: { userId: $userId }) { id } }',
      { userId: person.id },
    );
    return person;
  }

  test.each<[string, () => Promise<Sender>]>([
    ['the owner', async () => owner],
    ...['Admin', 'Sales Manager', 'Sales Rep', 'Marketing Rep', 'Viewer'].map(
      (role): [string, () => Promise<Sender>] => [role, () => world.tenant.member(role)],
    ),
    ['a member without a role', () => world.tenant.member()],
    ['a suspended member', suspendedMember],
    ['the owner of another organization', async () => foreign.tenant.owner],
    ['a member of both, here', async () => (await memberOfBoth()).as(world.tenant.id)],
    ['a member of both, there', async () => (await memberOfBoth()).as(foreign.tenant.id)],
    ['a member of none', () => newPerson()],
  ])('%s', async (_, make) => {
    const sender = await make();
    const { me } = await sender.request<{ me: Record<'memberships' | 'profiles', { id: string }[]> & { id: string } }>(
      '{ me { id memberships { id } profiles { id } } }',
    );
    const asked = [
      ...Object.entries(world.ids),
      ...Object.entries(foreign.ids),
      ['User', me.id] as const,
      ...me.memberships.map(({ id }) => ['Membership', id] as const),
      ...me.profiles.map(({ id }) => ['UserProfile', id] as const),
    ];
    const told = await Promise.all(asked.map(async ([name, id]) => ({ name, id, node: await nodeOf(sender, id) })));
    const shown = await Promise.all(asked.map(([name, id]) => isShown(sender, name, id)));
    expect(told).toEqual(
      asked.map(([name, id], n) => ({ name, id, node: shown[n] ? { id, __typename: name } : null })),
    );
    expect(shown.some(Boolean)).toBe(true);
  });

  /** True if another root field shows the record. */
  async function isShown(sender: Sender, type: string, id: string): Promise<boolean> {
    const answers = await Promise.allSettled(
      siblings[type]!.map((field) =>
        sender.request(`query ${field.includes('$id') ? '($id: ID!)' : ''} { ${field} }`, { id }),
      ),
    );
    return answers.some((answer) => answer.status === 'fulfilled' && JSON.stringify(answer.value).includes(id));
  }
});

test('a foreign record, one whose permission is missing and one that is not there look the same', async () => {
  const person = await world.tenant.member();
  const answers = await Promise.all([foreign.customer, world.customer, v7()].map((id) => person.request(Node, { id })));
  expect(answers).toEqual(answers.map(() => ({ node: null })));
});

test('without a token nothing is read', async () => {
  expect(await refusal(client().request(Node, { id: world.customer }))).toMatchObject({ code: 'UNAUTHENTICATED' });
});

test('fields keep their rules', async () => {
  const person = await world.tenant.member('Marketing Rep');
  await strip(world.tenant.id, 'activity:read');
  const { data, errors } = await partialAnswer(
    person.request('query ($id: ID!) { node(id: $id) { id ... on Customer { name lastContactAt } } }', {
      id: world.customer,
    }),
  );
  expect(data).toEqual({ node: { id: world.customer, name: 'Kim', lastContactAt: null } });
  expect(errors).toMatchObject([
    { path: ['node', 'lastContactAt'], extensions: { code: 'FORBIDDEN', permission: 'activity:read' } },
  ]);
});

const Nodes = gql`
  query ($ids: [ID!]!) {
    nodes(ids: $ids) { id __typename ... on Deal { title } ... on Lead { name } }
  }
`;
const nodesOf = async (ids: string[]) => (await owner.request<{ nodes: unknown[] }>(Nodes, { ids })).nodes;

test('nodes stand in the order of their ids, as often as these, with null for what is not there', async () => {
  const [one, two, three] = world.deals as [string, string, string];
  const none = [v7(), foreign.customer];
  expect(await nodesOf([two, none[0]!, world.lead, two, world.customer, none[1]!, three.toUpperCase(), one])).toEqual([
    { id: two, __typename: 'Deal', title: 'two' },
    null,
    { id: world.lead, __typename: 'Lead', name: 'Lee' },
    { id: two, __typename: 'Deal', title: 'two' },
    { id: world.customer, __typename: 'Customer' },
    null,
    { id: three, __typename: 'Deal', title: 'three' },
    { id: one, __typename: 'Deal', title: 'one' },
  ]);
  expect(await nodesOf([])).toEqual([]);
});

test('malformed ids, and more than 100, are refused', async () => {
  const ids = [world.lead, 'none', ''];
  expect(await refusal(owner.request(Nodes, { ids }))).toMatchObject({
    code: 'BAD_USER_INPUT',
    reason: 'INVALID_ID',
    fields: [{ path: 'ids.1' }, { path: 'ids.2' }],
  });
  expect(await refusal(owner.request(Node, { id: '7' }))).toMatchObject({
    reason: 'INVALID_ID',
    fields: [{ path: 'id' }],
  });
  const many = Array.from({ length: 101 }, () => v7());
  expect(await refusal(owner.request(Nodes, { ids: many }))).toMatchObject({
    code: 'BAD_USER_INPUT',
    fields: [{ path: 'ids', code: 'TOO_LONG' }],
  });
  expect(await nodesOf(many.slice(1))).toEqual(Array(100).fill(null));
});

describe('statements:', () => {
  const statements = (document: string, variables: object) =>
    statementsOf(() => owner.request(document, variables as Record<string, unknown>));

  test('one tells the types, and reads nothing else where nothing else is asked for', async () => {
    expect(await statements(Node, { id: world.customer })).toHaveLength(1);
  });

  test('one more for each type that occurs and is asked about', async () => {
    const ids = [...world.deals, world.lead, world.customer, v7()];
    const sent = await statements(Nodes, { ids });
    expect(sent).toHaveLength(3);
    expect(sent[1]).toContain('"title"');
    expect(sent[1]).not.toContain('"description"');
  });

  const MoreDeals = gql`
    query ($id: ID!, $after: String) { node(id: $id) { __typename ...DealsOfCustomer id } }
    fragment DealsOfCustomer on Customer {
      name
      deals(first: 2, after: $after, orderBy: [{ field: TITLE }]) { nodes { title } pageInfo { endCursor } }
    }
  `;

  test('a selection about one type is read at once, and a list below it by one more', async () => {
    expect(await statements(MoreDeals, { id: world.customer })).toHaveLength(2);
    expect(await statements(MoreDeals, { id: world.lead })).toHaveLength(2);
    expect(await statements(MoreDeals, { id: v7() })).toHaveLength(2);
  });

  test('a cursor of a list below a record is good where the record is read as a node', async () => {
    type Deals = { deals: { nodes: { title: string }[]; pageInfo: { endCursor: string } } };
    const { customer } = await owner.request<{ customer: Deals }>(
      `
        query ($id: ID!) {
          customer(id: $id) { deals(first: 2, orderBy: [{ field: TITLE }]) { pageInfo { endCursor } } }
        }
      `,
      { id: world.customer },
    );
    const { endCursor: after } = customer.deals.pageInfo;
    const { node } = await owner.request<{ node: Deals }>(MoreDeals, { id: world.customer, after });
    expect(node.deals.nodes).toEqual([{ title: 'two' }]);
  });
});

test('lists of one name below records of different types are kept apart', async () => {
  const document = gql`
    query ($ids: [ID!]!) {
      nodes(ids: $ids) {
        ... on Customer { deals(orderBy: [{ field: TITLE }], first: 1) { nodes { title stage { name } } } }
        ... on Lead { deals { totalCount nodes { title stageHistory { nodes { toStageName } } } } }
        ... on PipelineStage { deals(filter: { title: { eq: "two" } }) { nodes { title stageHistory { totalCount } } } }
      }
    }
  `;
  const ids = [world.customer, world.lead, world.ids.PipelineStage];
  const toStageName = expect.any(String);
  for (let time = 0; time < 3; time += 1)
    expect(await owner.request(document, { ids })).toEqual({
      nodes: [
        { deals: { nodes: [{ title: 'one', stage: { name: toStageName } }] } },
        { deals: { totalCount: 1, nodes: [{ title: 'of the lead', stageHistory: { nodes: [{ toStageName }] } }] } },
        { deals: { nodes: [{ title: 'two', stageHistory: { totalCount: 1 } }] } },
      ],
    });
});

test('records have interfaces for what they have in common, and bulk results have theirs', async () => {
  const possible = (name: string) =>
    schema.getPossibleTypes(schema.getType(name) as GraphQLInterfaceType).map((type) => type.name);
  const versioned = possible('Record');
  expect(nodeTypes).toEqual(expect.arrayContaining(versioned));
  expect(nodeTypes.filter((name) => !versioned.includes(name))).toEqual([
    ...['Change', 'ChangeSet', 'DealStageChange', 'WebhookDelivery'],
  ]);
  expect(possible('BulkResult')).toHaveLength(9);
  expect(possible('BulkRow')).toHaveLength(9);
  const { owner } = await newTenant();
  const document = gql`
    mutation ($rows: [CreateCustomerRow!]!) {
      createCustomers(rows: $rows) { ...Done results { ...Row } }
    }
    fragment Done on BulkResult { mode summary { total created } }
    fragment Row on BulkRow { index ref status id errors { code } }
  `;
  for (const ref of ['interpreted', 'compiled', 'compiled again']) {
    const rows = [{ ref, input: { email: `${v7()}@customers.example`, name: 'Kim' } }];
    const answer = await owner.request<{ createCustomers: unknown }>(document, { rows });
    expect(answer.createCustomers).toEqual({
      mode: 'ATOMIC',
      summary: { total: 1, created: 1 },
      results: [{ index: 0, ref, status: 'CREATED', id: expect.any(String), errors: [] }],
    });
  }
});
