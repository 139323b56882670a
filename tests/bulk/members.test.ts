import { describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { bulk, type Result, runBulk, statuses } from '../support/bulk-calls.js';
import { sql } from '../support/database.js';
import { memberWith, roleNamed, roleWith } from '../support/permissions.js';
import { refusal, statementsOf } from '../support/server.js';
import { newPerson, newTenant, type Tenant } from '../support/tenant.js';

const fields = 'id isOwner user { id } roles { name } invitedBy { id }';
const Add = bulk('addOrganizationMembers', 'AddOrganizationMemberRow', fields);
const Assign = bulk('assignRoles', 'AssignRoleRow', 'id user { id } roles { name }');

const errorsIn = ({ results }: Result) => results.map(({ errors: [error] }) => error && [error.reason, error.path]);

/** Accounts that belong to no organization, put straight into the table. */
async function accounts(count: number): Promise<{ id: string; email: string }[]> {
  return sql(
    `insert into users (id, created_at, updated_at, username, email)
     select id, now(), now(), id::text, id || '@bulk.example'
     from (select gen_random_uuid() as id from generate_series(1, $1)) _
     returning id, email`,
    [count],
  );
}

async function members(tenant: Tenant, count: number): Promise<string[]> {
  const users = await accounts(count);
  await runBulk(
    tenant.owner,
    Add,
    users.map(({ id }) => ({ input: { userId: id } })),
  );
  return users.map(({ id }) => id);
}

describe('members who are added in bulk', () => {
  test('have their roles and profiles as if they were added one by one', async () => {
    const tenant = await newTenant();
    const [a, b] = [await newPerson(), await newPerson()];
    const viewer = await roleNamed(tenant, 'Viewer');
    const done = await runBulk(tenant.owner, Add, [
      { ref: 'a', input: { userId: a.id, roleIds: [viewer] } },
      { input: { email: b.email, isOwner: true } },
      { input: { email: a.email } },
      { input: { userId: v7() } },
      { input: { userId: a.id, email: a.email } },
    ]);
    expect(statuses(done)).toEqual(['CREATED', 'CREATED', 'FAILED', 'FAILED', 'FAILED']);
    expect(done.results.slice(0, 2).map(({ record }) => record)).toMatchObject([
      { isOwner: false, user: { id: a.id }, roles: [{ name: 'Viewer' }], invitedBy: { id: tenant.owner.id } },
      { isOwner: true, user: { id: b.id }, roles: [] },
    ]);
    expect(errorsIn(done).slice(2)).toEqual([
      ['ALREADY_MEMBER', null],
      [null, 'input.userId'],
      ['VALIDATION_FAILED', 'input.email'],
    ]);
    const profiles = 'select profile_type from user_profiles where organization_id = $1 and user_id = $2 order by 1';
    expect(await sql(profiles, [tenant.id, a.id])).toEqual([{ profile_type: 'EMPLOYEE' }]);
    expect(await sql(profiles, [tenant.id, b.id])).toEqual([{ profile_type: 'EMPLOYEE' }, { profile_type: 'VENDOR' }]);
    expect(await a.as(tenant.id).request('{ customers { totalCount } }')).toEqual({ customers: { totalCount: 0 } });
  });

  test('are changed, not created, if their membership had ended', async () => {
    const tenant = await newTenant();
    const [former] = await members(tenant, 1);
    const own = 'organization_id = $1 and user_id = $2';
    const End = 'mutation ($id: ID!) { deactivateMembership(id: $id) { isActive } }';
    const [{ id }] = (await sql<{ id: string }>(`select id from memberships where ${own}`, [tenant.id, former])) as [
      { id: string },
    ];
    await tenant.owner.request(End, { id });
    const [user] = await accounts(1);
    const rows = [{ input: { userId: former } }, { input: { userId: user!.id } }];
    const done = await runBulk(tenant.owner, Add, rows);
    expect(statuses(done)).toEqual(['UPDATED', 'CREATED']);
    expect(done.results[0]!.id).toBe(id);
    expect(done.summary).toMatchObject({ created: 1, updated: 1 });
  });

  test('are all or none in mode ATOMIC, and none in a dry run', async () => {
    const tenant = await newTenant();
    const [user] = await accounts(1);
    const rows = [{ input: { userId: user!.id } }, { input: { userId: v7() } }];
    expect(statuses(await runBulk(tenant.owner, Add, rows, 'ATOMIC'))).toEqual(['NOT_ATTEMPTED', 'FAILED']);
    const tried = await tenant.owner.request<{ done: Result }>(Add, { rows }, { 'x-dry-run': 'true' });
    expect(tried.done.summary).toMatchObject({ notAttempted: 1, failed: 1 });
    await tenant.owner.request(Add, { rows: rows.slice(0, 1) }, { 'x-dry-run': 'true' });
    expect(await sql('select from memberships where organization_id = $1', [tenant.id])).toHaveLength(1);
  });

  test('are added by owners only', async () => {
    const tenant = await newTenant();
    const admin = await tenant.member('Admin');
    const [user] = await accounts(1);
    const added = runBulk(admin.as(tenant.id), Add, [{ input: { userId: user!.id } }]);
    expect(await refusal(added)).toMatchObject({ code: 'FORBIDDEN', reason: 'OWNER_ONLY' });
  });
});

describe('roles that are assigned in bulk', () => {
  test('change the member, or nothing if assigned before, also within the call', async () => {
    const tenant = await newTenant();
    const [a, b] = await members(tenant, 2);
    const [viewer, rep] = [await roleNamed(tenant, 'Viewer'), await roleNamed(tenant, 'Sales Rep')];
    const done = await runBulk(tenant.owner, Assign, [
      { userId: a, roleId: viewer },
      { userId: a, roleId: rep },
      { userId: b, roleId: viewer },
      { userId: a, roleId: viewer },
      { userId: v7(), roleId: viewer },
      { userId: b, roleId: v7() },
    ]);
    expect(statuses(done)).toEqual(['UPDATED', 'UPDATED', 'UPDATED', 'UNCHANGED', 'FAILED', 'FAILED']);
    expect(done.results[0]!.record).toMatchObject({
      user: { id: a },
      roles: [{ name: 'Sales Rep' }, { name: 'Viewer' }],
    });
    expect(errorsIn(done).slice(4)).toEqual([
      [null, 'userId'],
      [null, 'roleId'],
    ]);
    await sql('update user_roles set is_active = false where user_id = $1', [b]);
    expect(statuses(await runBulk(tenant.owner, Assign, [{ userId: b, roleId: viewer }]))).toEqual(['UPDATED']);
  });

  test('never grant what the caller does not hold, nor an inactive role', async () => {
    const tenant = await newTenant();
    const [user] = await members(tenant, 1);
    const caller = await memberWith(tenant, ['role:read', 'role:update', 'customer:read']);
    const [small, inactive] = [await roleWith(tenant, ['customer:read']), await roleWith(tenant, [])];
    await sql('update roles set is_active = false where id = $1', [inactive]);
    const done = await runBulk(caller.as(tenant.id), Assign, [
      { userId: user, roleId: small },
      { userId: user, roleId: await roleNamed(tenant, 'Admin') },
      { userId: user, roleId: inactive },
      { userId: tenant.owner.id, roleId: small },
    ]);
    expect(statuses(done)).toEqual(['UPDATED', 'FAILED', 'FAILED', 'FAILED']);
    expect(errorsIn(done).map((error) => error?.[0])).toEqual([
      undefined,
      'PERMISSION_NOT_HELD',
      'ROLE_INACTIVE',
      'OWNER_ONLY',
    ]);
  });
});

describe('both send as many statements for 100 rows as for 3', () => {
  const counted = async (document: string, make: (tenant: Tenant, count: number) => Promise<object[]>) => {
    const counts: number[] = [];
    for (const count of [3, 100]) {
      const tenant = await newTenant();
      const rows = await make(tenant, count);
      counts.push((await statementsOf(() => runBulk(tenant.owner, document, rows, 'ATOMIC'))).length);
    }
    return counts;
  };

  test('addOrganizationMembers', async () => {
    const [few, many] = await counted(Add, async (tenant, count) => {
      const roleIds = [await roleNamed(tenant, 'Viewer')];
      return (await accounts(count)).map(({ id }) => ({ input: { userId: id, roleIds } }));
    });
    expect(many).toBe(few);
  });

  test('assignRoles', async () => {
    const [few, many] = await counted(Assign, async (tenant, count) => {
      const roleId = await roleNamed(tenant, 'Viewer');
      return (await members(tenant, count)).map((userId) => ({ userId, roleId }));
    });
    expect(many).toBe(few);
  });
});
