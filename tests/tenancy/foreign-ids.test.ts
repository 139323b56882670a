import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { type Answer, wholeAnswer } from '../support/answers.js';
import { sql } from '../support/database.js';
import { type Probe, reads, writes } from '../support/foreign-ids.js';
import { tables } from '../support/tables.js';
import type { Person } from '../support/tenant.js';
import { secret, type TwoTenants, twoTenants } from '../support/two-tenants.js';

let world: TwoTenants;
beforeAll(async () => {
  world = await twoTenants();
});

const roles = ['owner', 'Admin', 'Viewer', 'no role'];

const tablesOfRecords = [
  ...['customers', 'activities', 'employees', 'memberships', 'user_profiles', 'user_roles', 'roles', 'permissions'],
  ...['role_permissions', 'vendors', 'leads', 'pipelines', 'pipeline_stages', 'deals', 'deal_stage_changes'],
];

/** Everything of the foreign organization that a mutation could have touched. */
const everythingForeign = () =>
  Promise.all([
    sql('select * from organizations where id = $1', [world.foreign.id]),
    sql('select * from users where id = any($1) order by id', [[world.theirs.owner, world.theirs.member]]),
    ...tablesOfRecords.map((name) =>
      sql(`select * from ${name} where organization_id = $1 order by id`, [world.foreign.id]),
    ),
  ]);

/** An answer without ids and without the marks of its request. */
function comparable(answer: Answer, id: string): string {
  const withoutMarks = {
    data: answer.data,
    errors: answer.errors?.map(({ locations: _, extensions: { requestId: __, ...extensions }, ...error }) => ({
      ...error,
      extensions,
    })),
  };
  return JSON.stringify(withoutMarks).replaceAll(id, 'ID');
}

/** A foreign id and one that nobody has are answered alike, with nothing of the foreign organization. */
async function expectUnknown(person: Person, [, kind, document]: Probe): Promise<Answer> {
  const foreign = world.theirs[kind];
  const unknown = v7();
  const email = `${v7()}@customers.example`;
  const ours = Object.fromEntries(Object.entries(world.own).map(([name, value]) => [`own_${name}`, value]));
  // A stranger is added; a member gets a role.
  const user = document.includes('addOrganizationMember') ? world.stranger.id : world.people.Viewer!.id;
  const variables = (id: string) => ({ id, own: world.own.customer, ...ours, email, user });
  const answer = await wholeAnswer(person, document, variables(foreign));
  const reference = await wholeAnswer(person, document, variables(unknown));
  expect(comparable(answer, foreign)).toBe(comparable(reference, unknown));
  expect(JSON.stringify(answer)).not.toContain(secret);
  return answer;
}

/** Every probe as every role. */
function probesHold(): void {
  test.each(roles)('reads as %s', async (role) => {
    for (const probe of reads) {
      const { data, errors } = await expectUnknown(world.people[role]!, probe);
      for (const { extensions } of errors ?? []) expect(extensions.code).toBe('FORBIDDEN');
      for (const value of Object.values(data!)) {
        const connection =
          (value as { activities?: object; notes?: object } | null)?.activities ??
          (value as { notes?: object } | null)?.notes ??
          value;
        if (connection !== null && !errors) expect(connection).toEqual({ totalCount: 0, nodes: [] });
      }
    }
  });

  // Hundreds of requests, each compared with another.
  const longest = 60_000;
  test.each(roles)(
    'writes as %s',
    async (role) => {
      const before = await everythingForeign();
      for (const probe of writes) {
        const { data, errors } = await expectUnknown(world.people[role]!, probe);
        expect(Object.values(data!)).toEqual([null]);
        expect(['NOT_FOUND', 'FORBIDDEN']).toContain(errors![0]!.extensions.code);
        if (role === 'owner' && probe[0] !== 'updateUser') expect(errors![0]!.extensions.code).toBe('NOT_FOUND');
      }
      expect(await everythingForeign()).toEqual(before);
    },
    longest,
  );

  test.each(roles)('a header that names the other organization, as %s', async (role) => {
    const query = '{ me { id } organization { name } customers { totalCount } }';
    const answer = await wholeAnswer(world.people[role]!, query, {}, world.theirs.organization);
    const reference = await wholeAnswer(world.people[role]!, query, {}, v7());
    expect(comparable(answer, '')).toBe(comparable(reference, ''));
    expect(answer.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', reason: 'NOT_A_MEMBER' } }]);
    expect(answer.data ?? null).toBeNull();
  });

  test('lists, searches and counts know nothing of the other organization', async () => {
    const answer = await wholeAnswer(
      world.tenant.owner,
      `query ($secret: String) {
        customers(first: 100) { totalCount nodes { id name activities { totalCount nodes { id title } } } }
        searched: customers(search: $secret) { totalCount nodes { id } }
        filtered: customers(filter: { city: { eq: $secret } }) { totalCount }
        by: customers(filter: { assignedTo: { firstName: { eq: $secret } } }) { totalCount }
        none: customers(filter: { activities: { none: {} } }) { totalCount }
        employees(search: $secret) { totalCount nodes { id } }
        users(search: $secret) { totalCount nodes { id } }
        organizationMembers(search: $secret, includeInactive: true) { totalCount nodes { id } }
        userProfiles(search: $secret) { totalCount nodes { id } }
        organizations(search: $secret) { totalCount nodes { id } }
        myOrganizations { id memberCount members { totalCount } }
        myProfiles { organization { id } }
        everybody: users(first: 100) { totalCount nodes { id memberships { organization { id } } } }
      }`,
      { secret },
    );
    expect(answer.errors).toBeUndefined();
    const none = { totalCount: 0, nodes: [] };
    expect(answer.data).toMatchObject({
      searched: none,
      filtered: { totalCount: 0 },
      by: { totalCount: 0 },
      employees: none,
      users: none,
      organizationMembers: none,
      userProfiles: none,
      organizations: none,
      myOrganizations: [{ id: world.tenant.id, memberCount: 4, members: { totalCount: 4 } }],
      myProfiles: [{ organization: { id: world.tenant.id } }],
      everybody: { totalCount: 4 },
    });
    const [{ count }] = (await sql<{ count: number }>(
      'select count(*)::int from customers where organization_id = $1',
      [world.tenant.id],
    )) as [{ count: number }];
    expect(answer.data!.customers).toMatchObject({ totalCount: count });
    for (const id of Object.values(world.theirs)) expect(JSON.stringify(answer)).not.toContain(id);
    expect(JSON.stringify(answer)).not.toContain(secret);
  });

  test('a unique value of the other organization stands in nobody’s way', async () => {
    const [{ email }] = (await sql<{ email: string }>('select email from customers where id = $1', [
      world.theirs.customer,
    ])) as [{ email: string }];
    const { data, errors } = await wholeAnswer(
      world.tenant.owner,
      'mutation ($email: String!) { createCustomer(input: { email: $email }) { id email } }',
      { email },
    );
    expect(errors).toBeUndefined();
    await sql('delete from customers where id = $1', [(data!.createCustomer as { id: string }).id]);
  });

  test('a cursor of the other organization’s list is not a cursor here', async () => {
    const list =
      'query ($after: String) { customers(first: 1, after: $after) { nodes { id } pageInfo { endCursor } } }';
    const { data } = await wholeAnswer(world.foreign.owner, list);
    const { endCursor } = (data!.customers as { pageInfo: { endCursor: string } }).pageInfo;
    const { errors } = await wholeAnswer(world.tenant.owner, list, { after: endCursor });
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_CURSOR' } }]);
  });

  test('a member of both sees in each only what is its', async () => {
    const both = await world.tenant.member('Admin');
    await wholeAnswer(
      world.foreign.owner,
      'mutation ($id: ID!) { addOrganizationMember(input: { userId: $id }) { id } }',
      { id: both.id },
    );
    const query = `{ customers { nodes { name } } employees { nodes { organizationId: id } }
      me { memberships { organization { id } roles { name } } roles { name } } }`;
    const inA = await wholeAnswer(both, query, {}, world.tenant.id);
    expect(JSON.stringify(inA.data!.customers)).not.toContain(secret);
    expect(inA.data!.me).toMatchObject({
      memberships: [
        { organization: { id: world.tenant.id }, roles: [{ name: 'Admin' }] },
        { organization: { id: world.foreign.id }, roles: [] },
      ],
      roles: [{ name: 'Admin' }],
    });
    const inB = await wholeAnswer(both, query, {}, world.foreign.id);
    expect(inB.errors!.map(({ path, extensions }) => [path, extensions.reason])).toEqual([
      [['customers'], 'MISSING_PERMISSION'],
      [['employees'], 'MISSING_PERMISSION'],
    ]);
    expect(inB.data!.me).toMatchObject({ roles: [] });
    // Others see of such a member only what concerns the organization in which they ask.
    const seen = await wholeAnswer(
      world.tenant.owner,
      `
        query ($id: ID!) {
          user(id: $id) { memberships { organization { id } } profiles { organization { id } } roles { name } }
        }
      `,
      { id: both.id },
    );
    expect(seen.data).toEqual({
      user: {
        memberships: [{ organization: { id: world.tenant.id } }],
        profiles: [{ organization: { id: world.tenant.id } }],
        roles: [{ name: 'Admin' }],
      },
    });
    for (const tenant of [world.tenant, world.foreign])
      await sql('delete from memberships where organization_id = $1 and user_id = $2', [tenant.id, both.id]);
    await sql('delete from user_profiles where user_id = $1', [both.id]);
    await sql('delete from user_roles where user_id = $1', [both.id]);
  });
}

describe('behind both walls', () => {
  probesHold();

  test('the probed records exist: their own organization sees them', async () => {
    const query = `query ($customer: ID!, $employee: ID!, $member: ID!, $organization: ID!) {
      customer(id: $customer) { name notes { nodes { id } } } employee(id: $employee) { firstName }
      user(id: $member) { firstName } organization(id: $organization) { name } }`;
    expect((await wholeAnswer(world.foreign.owner, query, world.theirs)).data).toEqual({
      customer: { name: secret, notes: { nodes: [{ id: world.theirs.activity }] } },
      employee: { firstName: secret },
      user: { firstName: secret },
      organization: { name: `${secret} Ltd` },
    });
  });
});

describe('with row-level security switched off, the application’s filter alone holds', () => {
  let names: string[];
  const security = (how: string) =>
    sql(names.map((name) => `alter table ${name} ${how} row level security`).join('; '));
  beforeAll(async () => {
    names = (await tables()).filter(({ enabled }) => enabled).map(({ name }) => name);
    await security('disable');
    expect((await tables()).some(({ enabled }) => enabled)).toBe(false);
  });
  afterAll(() => security('enable'));

  probesHold();
});
