import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { sql, urls } from './support/database.js';
import {
  account,
  changeAccount,
  changeOrganization,
  end,
  onlyWith,
  organization,
  type Past,
  waysToAccount,
  waysToOrganization,
  withPast,
} from './support/departed-member.js';
import { notice, statementsOf } from './support/server.js';
import { newPerson, newTenant, type Person } from './support/tenant.js';

type Answers = Record<string, unknown>;

async function answersOf(person: Person, ways: Record<string, string>): Promise<Answers> {
  const answers: Answers = {};
  for (const [name, document] of Object.entries(ways)) answers[name] = await person.request(document);
  return answers;
}

const asKept = (leaver: Person, leftAt: unknown) =>
  onlyWith('User', {
    id: leaver.id,
    version: 1,
    createdAt: leftAt,
    updatedAt: leftAt,
    username: leaver.username,
    email: leaver.email,
    fullName: 'Pat Poe',
    timezone: 'UTC',
    timeZone: 'UTC',
    language: 'en',
    isActive: false,
    isSuperuser: false,
  });

async function leftAtOf({ leaver }: Past): Promise<string> {
  const [row] = await sql<{ at: Date }>('select left_at as at from memberships where id = $1', [leaver.membershipId]);
  return row!.at.toISOString();
}

describe.each([
  ['with row-level security', false],
  ['without row-level security', true],
])('%s', (_how, isOff) => {
  let tables: string[];
  const security = (how: string) =>
    sql(tables.map((table) => `alter table ${table} ${how} row level security`).join('; '));
  beforeAll(async () => {
    const guarded = await sql<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relrowsecurity`,
    );
    tables = guarded.map(({ name }) => name);
    if (isOff) await security('disable');
  });
  afterAll(() => security('enable'));

  test('an organization sees nothing of what people change after they left', async () => {
    const past = await withPast();
    await end(past);
    const before = await answersOf(past.tenant.owner, waysToAccount(past));
    await changeAccount(past.leaver.id);
    expect(await answersOf(past.tenant.owner, waysToAccount(past))).toEqual(before);
    expect(JSON.stringify(before)).not.toMatch(/:"changed|@changed|[+]49/i);
    const { members, users, holders, searches } = before as Record<string, { [list: string]: { nodes: unknown[] } }>;
    const kept = asKept(past.leaver, await leftAtOf(past));
    expect(members!.organizationMembers!.nodes).toContainEqual({ user: kept, invitedBy: expect.anything(), roles: [] });
    expect(members!.organizationMembers!.nodes).toContainEqual(expect.objectContaining({ invitedBy: kept }));
    expect(users).toMatchObject({ users: { totalCount: 2 }, user: null });
    expect(JSON.stringify(holders)).toContain(`"assignedBy":${JSON.stringify(kept)}`);
    expect(Object.values(searches!)).toEqual([0, 0, 0, 2, 0, 0, 1].map((totalCount) => ({ totalCount })));
    for (const way of ['profiles', 'node', 'nodes', 'employees', 'customers', 'vendors', 'activities', 'history'])
      expect([way, JSON.stringify(before[way])]).toEqual([way, expect.stringContaining(JSON.stringify(kept))]);
  });

  test('people who left see nothing of what the organization changes afterwards', async () => {
    const past = await withPast();
    await end(past);
    const before = await answersOf(past.leaver, waysToOrganization(past));
    await changeOrganization(past.tenant);
    await past.tenant.member();
    expect(await answersOf(past.leaver, waysToOrganization(past))).toEqual(before);
    const leftAt = await leftAtOf(past);
    const kept = onlyWith('Organization', {
      id: past.tenant.id,
      version: 1,
      createdAt: leftAt,
      updatedAt: leftAt,
      name: 'Old & Sons',
      slug: expect.stringMatching(/^old-sons/),
      currency: 'USD',
      timezone: 'UTC',
      timeZone: 'UTC',
      isActive: false,
      memberCount: 0,
    });
    const profile = { status: 'INACTIVE', isOwner: false, organization: kept, roles: [] };
    expect(before).toEqual({
      myProfiles: { myProfiles: [profile, profile] },
      me: { me: { profiles: [profile, profile], memberships: [], roles: [] } },
      node: { node: profile },
      nodes: { nodes: [null, null, { id: past.ids.profile, ...profile }, null] },
      lists: { myOrganizations: [], organizations: { nodes: [] } },
      one: { organization: null },
      rights: { myRoles: [], myPermissions: [] },
    });
  });

  test('members of a closed organization see it as it was closed', async () => {
    const past = await withPast();
    await past.tenant.owner.request('mutation ($id: ID!) { deleteOrganization(id: $id) { id } }', {
      id: past.tenant.id,
    });
    for (const person of [past.leaver, past.tenant.owner]) {
      const before = await answersOf(person, waysToOrganization(past));
      expect(before.myProfiles).toMatchObject({
        myProfiles: expect.arrayContaining([
          expect.objectContaining({ organization: expect.objectContaining({ name: 'Old & Sons', memberCount: 0 }) }),
        ]),
      });
      await changeOrganization(past.tenant);
      expect(await answersOf(person, waysToOrganization(past))).toEqual(before);
    }
  });
});

test('row-level security alone hides the account from the organization, and that from the account', async () => {
  const past = await withPast();
  const { tenant, leaver } = past;
  const app = new pg.Client({ connectionString: urls.databaseUrl });
  await app.connect();
  const seen = async (userId: string, organizationId: string, text: string) => {
    await app.query(`select set_config('app.user_id', $1, false), set_config('app.organization_id', $2, false)`, [
      userId,
      organizationId,
    ]);
    return (await app.query(text)).rowCount;
  };
  const nowhere = '00000000-0000-0000-0000-000000000000';
  const looks = async () => [
    await seen(tenant.owner.id, tenant.id, `select from users where id = '${leaver.id}'`),
    await seen(leaver.id, nowhere, `select from organizations where id = '${tenant.id}'`),
    await seen(leaver.id, nowhere, `select from roles_held('${leaver.id}', '${tenant.id}')`),
    await seen(tenant.owner.id, tenant.id, `update users set bio = '' where id = '${leaver.id}'`),
  ];
  try {
    expect(await looks()).toEqual([1, 1, 2, 1]);
    await end(past);
    expect(await looks()).toEqual([0, 0, 0, 0]);
  } finally {
    await app.end();
  }
});

describe('the snapshot', () => {
  const keptOf = async (userId: string) =>
    sql(
      `select is_active as active, member_username as username, member_full_name as name, member_email as email,
         organization_name as organization, organization_slug as slug, left_at is null as open
       from memberships where user_id = $1`,
      [userId],
    );

  test.each<[string, (past: Past) => Promise<unknown>]>([
    [
      'one leaves',
      ({ leaver }) => leaver.request(`mutation { deactivateMembership(id: "${leaver.membershipId}") { id } }`),
    ],
    [
      'an employee is terminated',
      ({ tenant, ids }) => tenant.owner.request(`mutation { terminateEmployee(id: "${ids.employee}") { id } }`),
    ],
    [
      'an employee is deleted',
      ({ tenant, ids }) => tenant.owner.request(`mutation { deleteEmployee(id: "${ids.employee}") { id } }`),
    ],
    [
      'the organization is closed',
      ({ tenant }) => tenant.owner.request(`mutation { deleteOrganization(id: "${tenant.id}") { id } }`),
    ],
    [
      'a server of the version before ends it',
      ({ leaver }) => sql('update memberships set is_active = false where id = $1', [leaver.membershipId]),
    ],
  ])('is kept when %s', async (_how, ends) => {
    const past = await withPast();
    const { leaver } = past;
    await ends(past);
    expect(await keptOf(leaver.id)).toEqual([
      {
        active: false,
        username: leaver.username,
        name: 'Pat Poe',
        email: leaver.email,
        organization: 'Old & Sons',
        slug: expect.stringMatching(/^old-sons/),
        open: false,
      },
    ]);
  });

  test('goes when the user is taken back, and both see each other as they are', async () => {
    const past = await withPast();
    const { tenant, leaver } = past;
    await end(past);
    await changeAccount(leaver.id);
    await changeOrganization(tenant);
    await tenant.owner.request('mutation ($id: ID!) { addOrganizationMember(input: { userId: $id }) { id } }', {
      id: leaver.id,
    });
    const nothing = { username: null, name: null, email: null, organization: null, slug: null };
    expect(await keptOf(leaver.id)).toEqual([{ active: true, open: true, ...nothing }]);
    const live = { username: expect.stringMatching(/^changed/), bio: 'Changed', language: 'ja', isActive: true };
    const seen = await answersOf(tenant.owner, waysToAccount(past));
    expect(seen.node).toMatchObject({ node: { user: { ...live, profiles: [{}, {}], employee: {} } } });
    expect(seen.activities).toMatchObject({ activities: { nodes: [{ createdBy: live }] } });
    expect(await answersOf(leaver, waysToOrganization(past))).toMatchObject({
      one: { organization: { name: 'Changed', currency: 'JPY', memberCount: 3, members: {} } },
      myProfiles: { myProfiles: [{ organization: { name: 'Changed' } }, { organization: { description: 'Changed' } }] },
    });
    await end(past);
    expect(await keptOf(leaver.id)).toMatchObject([
      { active: false, name: 'Changed Changed', organization: 'Changed' },
    ]);
  });

  test('is found by what it kept', async () => {
    const past = await withPast();
    const { tenant, leaver } = past;
    await end(past);
    await changeAccount(leaver.id);
    const Found = `query ($search: String!, $email: String!) {
      a: organizationMembers(includeInactive: true, search: $search) { totalCount nodes { user { id } } }
      b: userProfiles(search: $email) { totalCount }
      c: activities(filter: { createdBy: { email: { eq: $email } } }) { totalCount }
      d: organizationMembers(
        includeInactive: true,
        filter: { user: { email: { eq: $email }, lastName: { isNull: true } } }
      ) { totalCount }
    }`;
    expect(await tenant.owner.request(Found, { search: 'Pat poe', email: leaver.email })).toEqual({
      a: { totalCount: 1, nodes: [{ user: { id: leaver.id } }] },
      b: { totalCount: 2 },
      c: { totalCount: 1 },
      d: { totalCount: 1 },
    });
  });

  test('is what the answer to the end itself shows', async () => {
    const past = await withPast();
    const { tenant, leaver } = past;
    const End = `
      mutation ($id: ID!) {
        deactivateMembership(id: $id) { leftAt user ${account} organization ${organization} }
      }
    `;
    const { deactivateMembership: told } = await tenant.owner.request<{
      deactivateMembership: { leftAt: string; user: unknown; organization: unknown };
    }>(End, { id: leaver.membershipId });
    expect(told.user).toEqual(asKept(leaver, told.leftAt));
    expect(told.organization).toMatchObject({ name: 'Old & Sons', memberCount: 2 });
  });

  test('costs no statement more', async () => {
    const past = await withPast();
    const List = `{ organizationMembers(includeInactive: true) { nodes { user ${account} invitedBy ${account} } }
      activities { nodes { createdBy ${account} } }
      userProfiles { nodes { user ${account} organization ${organization} } } }`;
    const before = await statementsOf(() => past.tenant.owner.request(List));
    await end(past);
    await notice();
    const after = await statementsOf(() => past.tenant.owner.request(List));
    expect(after.length).toBeLessThanOrEqual(before.length);
    const [statement, ...others] = await statementsOf(() =>
      past.tenant.owner.request('{ organizationMembers(includeInactive: true) { nodes { user { fullName } } } }'),
    );
    expect(others).toEqual([]);
    expect(statement).toContain('known_users');
  });

  test('is of the organization that one left, and the others go on', async () => {
    const past = await withPast();
    const other = await newTenant();
    await other.owner.request('mutation ($id: ID!) { addOrganizationMember(input: { userId: $id }) { id } }', {
      id: past.leaver.id,
    });
    await end(past);
    await changeAccount(past.leaver.id);
    expect(await other.owner.request('{ organizationMembers { nodes { user { fullName } } } }')).toEqual({
      organizationMembers: { nodes: [{ user: { fullName: 'Changed Changed' } }, { user: { fullName: 'Pat Poe' } }] },
    });
    const { members } = await answersOf(past.tenant.owner, waysToAccount(past));
    expect(JSON.stringify(members)).not.toMatch(/:"changed|@changed/i);
    const stranger = await newPerson();
    expect(await stranger.request('{ myProfiles { id } }')).toEqual({ myProfiles: [] });
  });
});
