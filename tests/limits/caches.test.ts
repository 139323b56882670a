import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { accessTables } from '../../src/crm/access/access-tables.js';
import { idOf, sql } from '../support/database.js';
import { client, notice, refusal } from '../support/server.js';
import { newPerson, newTenant, type Person, password, type Tenant } from '../support/tenant.js';

/** How often the server looks a viewer up for this. */
async function lookUps(work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const listen = (message: unknown) => {
    if ((message as { text: string }).text.startsWith('select * from request_viewer')) count += 1;
  };
  subscribe('crm.sql', listen);
  try {
    await work();
  } finally {
    unsubscribe('crm.sql', listen);
  }
  return count;
}

/** The same, as that person sees it now; a request that is refused has looked as well. */
const lookUpsOf = (person: Person) =>
  lookUps(() => person.request('{ organization { id } }').catch((error) => refusal(Promise.reject(error))));

/** Look-ups of a cached reader after somebody else's request. */
async function lookUpsAfter(reader: Person, work: () => Promise<unknown>): Promise<number> {
  await lookUpsOf(reader);
  expect(await lookUpsOf(reader)).toBe(0);
  await work();
  return lookUpsOf(reader);
}

/** The same for work that can be repeated. A busy machine may take the two seconds for which a viewer is known. */
async function lookUpsSoonAfter(reader: Person, work: () => Promise<unknown>): Promise<number> {
  for (;;) {
    const since = performance.now();
    const isNew = (await lookUpsOf(reader)) > 0;
    await work();
    const found = await lookUpsOf(reader);
    if (!found || (isNew && performance.now() - since < 2_000)) return found;
  }
}

const unique = (prefix: string) => `${prefix}${randomBytes(5).toString('hex')}`;

let tenant: Tenant;
let owner: Person;
let reader: Person & { membershipId: string };
let outsider: Person;
let roleId: string;
let permissionId: string;
let adminRole: string;
let employeeId: string;
let profileId: string;
beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
  reader = await tenant.member('Admin');
  outsider = await tenant.member();
  adminRole = await idOf('select id from roles where organization_id = $1 and name = $2', [tenant.id, 'Admin']);
  permissionId = await idOf(
    `select id from permissions where organization_id = $1 and resource = 'customer' and action = 'read'`,
    [tenant.id],
  );
  const { createRole } = await owner.request<{ createRole: { id: string } }>(
    `mutation { createRole(input: { name: "${unique('r')}" }) { id } }`,
  );
  roleId = createRole.id;
  employeeId = await tenant.employee({ userId: reader.id });
  profileId = await idOf('select id from user_profiles where organization_id = $1 and user_id = $2', [
    tenant.id,
    reader.id,
  ]);
});

describe('requests that change nobody’s access leave the viewers of others cached', () => {
  const name = () => unique('Plain');
  const created = () =>
    `mutation { createCustomer(input: { name: "${name()}", email: "${name()}@caches.example" }) { id } }`;
  const role = () => `mutation { createRole(input: { name: "${unique('r')}" }) { id } }`;
  const signIn = (secret: string) =>
    `mutation { login(input: { username: "${owner.username}", password: "${secret}" }) { accessToken } }`;
  const dryRun = () => client({ token: owner.token }).setHeader('x-dry-run', 'true');

  test.each<[string, () => Promise<unknown>]>([
    ['an empty mutation of a stranger', () => client().request('mutation { __typename }')],
    ['a mutation of a stranger', () => refusal(client().request(role()))],
    ['a refused document', () => refusal(client().request('mutation { nothing }'))],
    ['a failed sign-in', () => refusal(client().request(signIn('wrong-password')))],
    ['a sign-in', () => client().request(signIn(password))],
    ['a registration', () => newPerson()],
    ['a mutation without the right to it', () => refusal(outsider.request(role()))],
    ['a dry run', () => dryRun().request(role())],
    [
      'a refused change of access',
      () => refusal(owner.request('mutation { createRole(input: { name: "Admin" }) { id } }')),
    ],
    ['a change of records', () => owner.request(created())],
  ])('%s', async (_what, work) => {
    expect(await lookUpsSoonAfter(reader, work)).toBe(0);
  });

  test('changes of access in another organization', async () => {
    const other = await newTenant('Other');
    expect(await lookUpsAfter(reader, () => other.owner.request(role()))).toBe(0);
    expect(await lookUpsAfter(reader, () => owner.request(role()))).toBe(1);
  });
});

describe('changes of access are seen at once', () => {
  const by = (person: () => Person, document: () => string) => () => person().request(document());
  const owners = (document: () => string) => by(() => owner, document);

  test.each<[string, () => Promise<unknown>]>([
    [
      'setRolePermissions',
      owners(() => `mutation { setRolePermissions(roleId: "${roleId}", permissionIds: ["${permissionId}"]) { id } }`),
    ],
    ['assignRole', owners(() => `mutation { assignRole(userId: "${reader.id}", roleId: "${roleId}") { id } }`)],
    [
      'removePermission',
      owners(() => `mutation { removePermission(roleId: "${roleId}", permissionId: "${permissionId}") { id } }`),
    ],
    [
      'assignPermission',
      owners(() => `mutation { assignPermission(roleId: "${roleId}", permissionId: "${permissionId}") { id } }`),
    ],
    ['updateRole', owners(() => `mutation { updateRole(id: "${roleId}", input: { isActive: false }) { id } }`)],
    ['removeRole', owners(() => `mutation { removeRole(userId: "${reader.id}", roleId: "${roleId}") { id } }`)],
    ['deleteRole', owners(() => `mutation { deleteRole(id: "${roleId}") { id } }`)],
    [
      'createPermission',
      owners(() => `mutation { createPermission(input: { resource: "x", action: "${unique('y')}" }) { id } }`),
    ],
    [
      'updateOrganization',
      owners(() => `mutation { updateOrganization(id: "${tenant.id}", input: { timezone: "Asia/Tokyo" }) { id } }`),
    ],
    [
      'updateEmployee',
      owners(() => `mutation { updateEmployee(id: "${employeeId}", input: { roleId: "${adminRole}" }) { id } }`),
    ],
    [
      'updateEmployees',
      owners(
        () => `mutation { updateEmployees(rows: [{ id: "${employeeId}", input: { status: ON_LEAVE } }]) { mode } }`,
      ),
    ],
    [
      'updateMembership',
      owners(() => `mutation { updateMembership(id: "${reader.membershipId}", input: { isOwner: true }) { id } }`),
    ],
    ['suspendProfile', owners(() => `mutation { suspendProfile(id: "${profileId}") { id } }`)],
    ['activateProfile', owners(() => `mutation { activateProfile(id: "${profileId}") { id } }`)],
    [
      'createOrganization',
      by(
        () => reader,
        () => `mutation { createOrganization(input: { name: "${unique('o')}" }) { id } }`,
      ),
    ],
    [
      'switchProfile',
      async () => {
        const id = await idOf('select id from user_profiles where user_id = $1 and not is_primary and status = $2', [
          reader.id,
          'ACTIVE',
        ]);
        await reader.request(`mutation { switchProfile(id: "${id}") { id } }`);
      },
    ],
    ['terminateEmployee', owners(() => `mutation { terminateEmployee(id: "${employeeId}") { id } }`)],
    [
      'addOrganizationMember',
      owners(() => `mutation { addOrganizationMember(input: { userId: "${reader.id}" }) { id } }`),
    ],
    ['deactivateMembership', owners(() => `mutation { deactivateMembership(id: "${reader.membershipId}") { id } }`)],
    [
      'updateProfile',
      by(
        () => owner,
        () => `mutation { updateProfile(input: { firstName: "${unique('n')}" }) { id } }`,
      ),
    ],
  ])('%s', async (_name, work) => {
    expect(await lookUpsAfter(reader, work)).toBe(1);
  });

  test('the end of an organization, of sessions and of an account', async () => {
    const { owner: leaver, id } = await newTenant('Ending');
    expect(
      await lookUpsAfter(leaver, () => leaver.request(`mutation { deleteOrganization(id: "${id}") { id } }`)),
    ).toBe(1);

    const signIn = async () => {
      const query = `mutation {
        login(input: { username: "${leaver.username}", password: "${password}" }) { accessToken refreshToken }
      }`;
      const { login } = await client().request<{ login: { accessToken: string; refreshToken: string } }>(query);
      const own = client({ token: login.accessToken });
      return { ...leaver, ...login, request: own.request.bind(own) as Person['request'] };
    };
    const ends = async (session: Person, work: () => Promise<unknown>) => {
      await session.request('{ me { id } }');
      await work();
      expect(await refusal(session.request('{ me { id } }'))).toMatchObject({ reason: 'SESSION_ENDED' });
    };
    const [first, second, third] = [await signIn(), await signIn(), await signIn()];
    await ends(first, () => first.request('mutation { logout { revokedSessions } }'));
    const refresh = `mutation { refreshSession(refreshToken: "${second.refreshToken}") { refreshToken } }`;
    await client().request(refresh);
    await sql(`update sessions set rotated_at = now() - interval '1 minute' where user_id = $1`, [leaver.id]);
    await ends(second, () => refusal(client().request(refresh)));
    const change = `mutation {
      changePassword(input: { oldPassword: "${password}", newPassword: "another-battery" }) { id }
    }`;
    await ends(third, () => leaver.request(change));
  });
});

test('what the database is told behind the server’s back is noticed on demand', async () => {
  expect(await lookUpsAfter(owner, notice)).toBe(1);
});

describe('nothing else can change what request_viewer and request_api_key read', () => {
  const known = [...accessTables.organization, ...accessTables.everybody];

  test('they read these tables', async () => {
    const [found] = await sql<{ source: string }>(
      `select string_agg(prosrc, ' ') as source from pg_proc where proname in ('request_viewer', 'request_api_key')`,
    );
    const tables = [...found!.source.matchAll(/\b(?:from|join)\s+(?!lateral)([a-z_]+)/g)].map(([, table]) => table!);
    // Secrets end with a change of their key, or as their time is over.
    expect([...new Set(tables)].sort()).toEqual([...known, 'api_key_secrets'].sort());
  });

  const bySignIns = [
    ...['create_user_secrets', 'end_attempt', 'end_sessions', 'rotate_session'],
    // These change nothing that it reads there.
    ...['confirm_email_change', 'reset_password', 'verify_email', 'verify_invited_email'],
    ...['begin_second_factor', 'confirm_second_factor', 'end_code', 'forget_second_factor', 'reseal_second_factor'],
  ];

  // The last use is no right, and a trigger runs within a change of memberships.
  const ofKeys = ['note_api_key_use', 'release_api_keys'];

  test('functions that write to them are known, or serve sign-ins', async () => {
    const writers = await sql<{ name: string }>(
      `select distinct proname as name from pg_proc
        where pronamespace = 'public'::regnamespace
          and prosrc ~* ('\\m(insert into|update|delete from)\\s+(' || $1 || ')\\M')
        order by 1`,
      [known.join('|')],
    );
    expect(writers.map(({ name }) => name)).toEqual([...accessTables.writers, ...bySignIns, ...ofKeys].sort());
  });

  test('no foreign key of theirs is set or deleted by the end of another record', async () => {
    const actions = await sql(
      `select conrelid::regclass::text as table, confrelid::regclass::text as of from pg_constraint
        where contype = 'f' and confdeltype in ('c', 'n', 'd')
          and conrelid::regclass::text = any($1) and confrelid::regclass::text <> all($1)`,
      [known],
    );
    expect(actions).toEqual([]);
  });
});
