import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { v7 } from 'uuid';
import { sql, urls } from './support/database.js';
import { hold, waiting } from './support/locks.js';
import { refusal } from './support/server.js';
import { changeSuperusers, makeSuperusers } from './support/superusers.js';
import { newTenant, type Person, type Tenant } from './support/tenant.js';

// After a revocation was answered, nothing that was on its way restores it.

type Member = Person & { membershipId: string };

interface Scene {
  tenant: Tenant;
  member: Member;
  /** A role of the organization's own, which the member holds when it says so. */
  role: string;
  employee: string;
}

interface Race {
  isOwner?: boolean;
  /** The source of the member’s rights: an assigned role, or the employee record. */
  by?: 'assignment' | 'record';
  revoke: (scene: Scene) => string;
  restore: (scene: Scene) => string;
}

const giveBack = ({ member }: Scene) => `addOrganizationMember(input: { userId: "${member.id}" }) { id }`;
const assign = ({ member, role }: Scene) => `assignRole(userId: "${member.id}", roleId: "${role}") { id }`;
const permissionsOf = (scene: Scene, verb: string, names: string[]) =>
  `${verb}(roleId: "${scene.role}", permissionIds: [${names.map((name) => `"${ids.get(scene)!.get(name)}"`)}]) { id }`;
const grant = (scene: Scene, verb: string) =>
  `${verb}(roleId: "${scene.role}", permissionId: "${ids.get(scene)!.get('role:update')}") { id }`;
const ids = new WeakMap<Scene, Map<string, string>>();
const changeRecord = ({ employee }: Scene, input: string) =>
  `updateEmployee(id: "${employee}", input: { ${input} }) { id }`;

const races: [string, Race][] = [
  [
    'ownership',
    {
      isOwner: true,
      revoke: ({ member }) => `updateMembership(id: "${member.membershipId}", input: { isOwner: false }) { id }`,
      restore: ({ member }) => `updateMembership(id: "${member.membershipId}", input: { isOwner: true }) { id }`,
    },
  ],
  [
    'a membership',
    {
      isOwner: true,
      revoke: ({ member }) => `deactivateMembership(id: "${member.membershipId}") { id }`,
      restore: giveBack,
    },
  ],
  [
    'an employment',
    { isOwner: true, revoke: ({ employee }) => `terminateEmployee(id: "${employee}") { id }`, restore: giveBack },
  ],
  [
    'an employee record',
    { isOwner: true, revoke: ({ employee }) => `deleteEmployee(id: "${employee}") { id }`, restore: giveBack },
  ],
  [
    'employee records by a filter',
    {
      isOwner: true,
      revoke: ({ employee }) =>
        `deleteEmployeesWhere(filter: { id: { eq: "${employee}" } }, expectedCount: 1) { summary { deleted } }`,
      restore: giveBack,
    },
  ],
  [
    'an assigned role',
    {
      by: 'assignment',
      revoke: ({ member, role }) => `removeRole(userId: "${member.id}", roleId: "${role}") { id }`,
      restore: assign,
    },
  ],
  [
    'a permission of a role',
    {
      by: 'assignment',
      revoke: (scene) => grant(scene, 'removePermission'),
      restore: (scene) => grant(scene, 'assignPermission'),
    },
  ],
  [
    'all permissions of a role',
    {
      by: 'assignment',
      revoke: (scene) => permissionsOf(scene, 'setRolePermissions', []),
      restore: (scene) => permissionsOf(scene, 'setRolePermissions', ['role:update']),
    },
  ],
  [
    'a role',
    {
      by: 'assignment',
      revoke: ({ role }) => `updateRole(id: "${role}", input: { isActive: false }) { id }`,
      restore: ({ role }) => `updateRole(id: "${role}", input: { isActive: true }) { id }`,
    },
  ],
  ['the role of a record', { by: 'record', revoke: (scene) => changeRecord(scene, 'roleId: null'), restore: assign }],
  ['the work', { by: 'record', revoke: (scene) => changeRecord(scene, 'status: INACTIVE'), restore: assign }],
  [
    'a profile',
    {
      by: 'assignment',
      revoke: ({ member }) => `suspendProfile(id: "${profiles.get(member.id)}") { id }`,
      restore: assign,
    },
  ],
];
const profiles = new Map<string, string>();

async function scene({ isOwner, by }: Race): Promise<Scene> {
  const tenant = await newTenant();
  const member = await tenant.member();
  const [made] = await sql<{ id: string }>(
    `insert into roles (id, organization_id, created_at, updated_at, name, slug)
     values ($1::uuid, $2, now(), now(), $1, $1) returning id`,
    [v7(), tenant.id],
  );
  const role = made!.id;
  const permissions = await sql<{ id: string; name: string }>(
    `select id, resource || ':' || action as name from permissions where organization_id = $1`,
    [tenant.id],
  );
  await sql(
    `insert into role_permissions (id, organization_id, created_at, updated_at, role_id, permission_id)
     select gen_random_uuid(), $1, now(), now(), $2, id from permissions where organization_id = $1`,
    [tenant.id, role],
  );
  const employee = await tenant.employee({ userId: member.id });
  if (by === 'record') await sql('update employees set role_id = $1 where id = $2', [role, employee]);
  const one: Scene = { tenant, member, role, employee };
  if (by === 'assignment') await mutate(tenant.owner, one, assign(one));
  if (isOwner) await sql('update memberships set is_owner = true where id = $1', [member.membershipId]);
  const [profile] = await sql<{ id: string }>('select id from user_profiles where user_id = $1', [member.id]);
  profiles.set(member.id, profile!.id);
  ids.set(one, new Map(permissions.map(({ id, name }) => [name, id])));
  return one;
}

const mutate = (person: Person, { tenant }: Scene, field: string) =>
  person.as(tenant.id).request(`mutation { ${field} }`);

const orders = [
  ['before', 0],
  ['after', 1],
] as const;

describe.each(races)('a caller who takes away %s', (_name, race) => {
  // Rights of an employee record cannot be restored first: the member still has them by a role.
  test.each(orders.filter(([, restoresFirst]) => race.by !== 'record' || !restoresFirst))(
    '%s it is given back, has taken it away',
    async (_order, restoresFirst) => {
      const one = await scene(race);
      const { tenant, member } = one;
      // That is what the member may do now.
      if (race.by !== 'record') await mutate(member, one, race.restore(one)).catch(conflicts);
      const held = await hold('select from organizations where id = $1', [tenant.id]);
      const revoke = () => mutate(tenant.owner, one, race.revoke(one));
      const restore = () => mutate(member, one, race.restore(one)).catch(() => undefined);
      const sent: Promise<unknown>[] = [];
      try {
        for (const send of restoresFirst ? [restore, revoke] : [revoke, restore]) {
          sent.push(send());
          await waiting(sent.length);
        }
      } finally {
        await held.letGo();
      }
      await Promise.all(sent);
      if (race.restore === giveBack)
        expect(await sql('select from memberships where id = $1 and is_active', [member.membershipId])).toEqual([]);
      const refused = await refusal(mutate(member, one, race.restore(one)));
      expect(refused.code).toBe('FORBIDDEN');
    },
  );
});

/** Expects a refusal for something that is there already, and not for a lack of rights. */
const conflicts = async (error: unknown) =>
  expect(await refusal(Promise.reject(error))).toMatchObject({ code: 'CONFLICT' });

test('a superuser whose account is closed closes and opens no other one', async () => {
  const tenant = await newTenant();
  const [first, second, third] = [await tenant.member(), await tenant.member(), await tenant.member()];
  await makeSuperusers(first, second);
  const set = (person: Person, id: string, isActive: boolean) =>
    person.request(`mutation { updateUser(id: "${id}", input: { isActive: ${isActive} }) { id } }`);
  const held = await hold('select from users where id = $1', [second.id]);
  const closing = set(first, second.id, false);
  await waiting(1);
  const late = refusal(set(second, third.id, false));
  await waiting(2);
  await held.letGo();
  await closing;
  expect(await late).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'SESSION_ENDED' });
});

/** Somebody else's change that is not committed yet. */
async function undecided(statement: string, values: unknown[]): Promise<{ commit: () => Promise<void> }> {
  const other = new pg.Client(urls.superuserUrl);
  await other.connect();
  await other.query('begin');
  await other.query(statement, values);
  return {
    commit: async () => {
      await other.query('commit');
      await other.end();
    },
  };
}

test('a superuser who is one no longer makes nobody an owner', async () => {
  const tenant = await newTenant();
  const member = await tenant.member('Admin');
  await makeSuperusers(member);
  const revocation = await undecided(changeSuperusers, [[member.id], false]);
  const late = refusal(
    member.request(`mutation { updateMembership(id: "${member.membershipId}", input: { isOwner: true }) { id } }`),
  );
  await waiting(1);
  await revocation.commit();
  expect(await late).toMatchObject({ code: 'FORBIDDEN', reason: 'OWNER_ONLY' });
});

test('a profile that is activated from elsewhere is off when its organization closes', async () => {
  const [tenant, elsewhere] = [await newTenant(), await newTenant()];
  const member = await tenant.member('Admin');
  await elsewhere.owner.request(`mutation { addOrganizationMember(input: { userId: "${member.id}" }) { id } }`);
  const there = member.as(elsewhere.id);
  const [profile] = await sql<{ id: string }>(
    'select id from user_profiles where organization_id = $1 and user_id = $2',
    [tenant.id, member.id],
  );
  await there.request(`mutation { deactivateProfile(id: "${profile!.id}") { id } }`);
  const held = await hold('select from organizations where id = $1', [tenant.id]);
  const closing = tenant.owner.as(tenant.id).request(`mutation { deleteOrganization(id: "${tenant.id}") { id } }`);
  await waiting(1);
  const late = refusal(there.request(`mutation { activateProfile(id: "${profile!.id}") { status } }`));
  await waiting(2);
  await held.letGo();
  await closing;
  expect(await late).toMatchObject({ code: 'CONFLICT', reason: 'MEMBERSHIP_ENDED' });
  expect(await sql(`select from user_profiles where organization_id = $1 and status = 'ACTIVE'`, [tenant.id])).toEqual(
    [],
  );
});

test('another profile lets nobody in whose first is being suspended, from whatever organization', async () => {
  const [tenant, elsewhere] = [await newTenant(), await newTenant()];
  const member = await tenant.member('Admin');
  const there = member.as(elsewhere.id);
  await elsewhere.owner.request(`mutation { addOrganizationMember(input: { userId: "${member.id}" }) { id } }`);
  const { createUserProfile: second } = await tenant.owner.request<{ createUserProfile: { id: string } }>(
    `mutation { createUserProfile(input: { userId: "${member.id}", profileType: CUSTOMER }) { id } }`,
  );
  await there.request(`mutation { deactivateProfile(id: "${second.id}") { id } }`);
  const suspension = await undecided(
    `update user_profiles set status = 'SUSPENDED', is_primary = false
     where organization_id = $1 and user_id = $2 and profile_type = 'EMPLOYEE'`,
    [tenant.id, member.id],
  );
  const late = refusal(there.request(`mutation { activateProfile(id: "${second.id}") { id } }`));
  await waiting(1);
  await suspension.commit();
  expect(await late).toMatchObject({ code: 'FORBIDDEN', reason: 'PROFILE_SUSPENDED' });
});
