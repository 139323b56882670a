import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { sql } from '../support/database.js';
import { type Probe, reads, writes } from '../support/foreign-ids.js';
import { tables } from '../support/tables.js';
import type { Person } from '../support/tenant.js';
import { type Answer, a, ask, b, own, people, secret, stranger, theirs } from '../support/two-tenants.js';

const roles = ['owner', 'Admin', 'Viewer', 'no role'];

const tablesOfRecords = [
  ...['customers', 'activities', 'employees', 'memberships', 'user_profiles', 'user_roles', 'roles', 'permissions'],
  ...['role_permissions', 'vendors', 'leads', 'pipelines', 'pipeline_stages', 'deals', 'deal_stage_changes'],
];

/** Everything of B that a mutation could have touched. */
const everythingOfB = () =>
  Promise.all([
    sql('select * from organizations where id = $1', [b.id]),
    sql('select * from users where id = any($1) order by id', [[theirs.owner, theirs.member]]),
    ...tablesOfRecords.map((name) => sql(`select * from ${name} where organization_id = $1 order by id`, [b.id])),
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

/** A foreign id and one that nobody has are answered alike, with nothing of B. */
async function expectUnknown(person: Person, [, kind, document]: Probe): Promise<Answer> {
  const foreign = theirs[kind];
  const unknown = v7();
  const email = `${v7()}@customers.example`;
  const ours = Object.fromEntries(Object.entries(own).map(([name, value]) => [`own_${name}`, value]));
  // A stranger is added; a member gets a role.
  const user = document.includes('addOrganizationMember') ? stranger.id : people.Viewer!.id;
  const variables = (id: string) => ({ id, own: own.customer, ...ours, email, user });
  const answer = await ask(person, document, variables(foreign));
  const reference = await ask(person, document, variables(unknown));
  expect(comparable(answer, foreign)).toBe(comparable(reference, unknown));
  expect(JSON.stringify(answer)).not.toContain(secret);
  return answer;
}

/** Every probe as every role. */
function probesHold(): void {
  test.each(roles)('reads as %s', async (role) => {
    for (const probe of reads) {
      const { data, errors } = await expectUnknown(people[role]!, probe);
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

  test.each(roles)('writes as %s', async (role) => {
    const before = await everythingOfB();
    for (const probe of writes) {
      const { data, errors } = await expectUnknown(people[role]!, probe);
      expect(Object.values(data!)).toEqual([null]);
      expect(['NOT_FOUND', 'FORBIDDEN']).toContain(errors![0]!.extensions.code);
      if (role === 'owner' && probe[0] !== 'updateUser') expect(errors![0]!.extensions.code).toBe('NOT_FOUND');
    }
    expect(await everythingOfB()).toEqual(before);
  });

  test.each(roles)('a header that names the other organization, as %s', async (role) => {
    const query = '{ me { id } organization { name } customers { totalCount } }';
    const answer = await ask(people[role]!, query, {}, theirs.organization);
    const reference = await ask(people[role]!, query, {}, v7());
    expect(comparable(answer, '')).toBe(comparable(reference, ''));
    expect(answer.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', reason: 'NOT_A_MEMBER' } }]);
    expect(answer.data ?? null).toBeNull();
  });

  test('lists, searches and counts know nothing of the other organization', async () => {
    const answer = await ask(
      a.owner,
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
      myOrganizations: [{ id: a.id, memberCount: 4, members: { totalCount: 4 } }],
      myProfiles: [{ organization: { id: a.id } }],
      everybody: { totalCount: 4 },
    });
    const [{ count }] = (await sql<{ count: number }>(
      'select count(*)::int from customers where organization_id = $1',
      [a.id],
    )) as [{ count: number }];
    expect(answer.data!.customers).toMatchObject({ totalCount: count });
    for (const id of Object.values(theirs)) expect(JSON.stringify(answer)).not.toContain(id);
    expect(JSON.stringify(answer)).not.toContain(secret);
  });

  test('a unique value of the other organization stands in nobody’s way', async () => {
    const [{ email }] = (await sql<{ email: string }>('select email from customers where id = $1', [
      theirs.customer,
    ])) as [{ email: string }];
    const { data, errors } = await ask(
      a.owner,
      'mutation ($email: String!) { createCustomer(input: { email: $email }) { id email } }',
      { email },
    );
    expect(errors).toBeUndefined();
    await sql('delete from customers where id = $1', [(data!.createCustomer as { id: string }).id]);
  });

  test('a cursor of the other organization’s list is not a cursor here', async () => {
    const list =
      'query ($after: String) { customers(first: 1, after: $after) { nodes { id } pageInfo { endCursor } } }';
    const { data } = await ask(b.owner, list);
    const { endCursor } = (data!.customers as { pageInfo: { endCursor: string } }).pageInfo;
    const { errors } = await ask(a.owner, list, { after: endCursor });
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_CURSOR' } }]);
  });

  test('a member of both sees in each only what is its', async () => {
    const both = await a.member('Admin');
    await ask(b.owner, 'mutation ($id: ID!) { addOrganizationMember(input: { userId: $id }) { id } }', { id: both.id });
    const query = `{ customers { nodes { name } } employees { nodes { organizationId: id } }
      me { memberships { organization { id } roles { name } } roles { name } } }`;
    const inA = await ask(both, query, {}, a.id);
    expect(JSON.stringify(inA.data!.customers)).not.toContain(secret);
    expect(inA.data!.me).toMatchObject({
      memberships: [
        { organization: { id: a.id }, roles: [{ name: 'Admin' }] },
        { organization: { id: b.id }, roles: [] },
      ],
      roles: [{ name: 'Admin' }],
    });
    const inB = await ask(both, query, {}, b.id);
    expect(inB.errors!.map(({ path, extensions }) => [path, extensions.reason])).toEqual([
      [['customers'], 'MISSING_PERMISSION'],
      [['employees'], 'MISSING_PERMISSION'],
    ]);
    expect(inB.data!.me).toMatchObject({ roles: [] });
    // Others see of such a member only what concerns the organization in which they ask.
    const seen = await ask(
      a.owner,
      `
        query ($id: ID!) {
          user(id: $id) { memberships { organization { id } } profiles { organization { id } } roles { name } }
        }
      `,
      { id: both.id },
    );
    expect(seen.data).toEqual({
      user: {
        memberships: [{ organization: { id: a.id } }],
        profiles: [{ organization: { id: a.id } }],
        roles: [{ name: 'Admin' }],
      },
    });
    for (const tenant of [a, b])
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
    expect((await ask(b.owner, query, theirs)).data).toEqual({
      customer: { name: secret, notes: { nodes: [{ id: theirs.activity }] } },
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
