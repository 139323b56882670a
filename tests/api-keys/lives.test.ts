import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { type ApiKey, bearing, CreateApiKey, newApiKey, permissionIds } from '../support/api-keys.js';
import { sql } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { refusal } from '../support/server.js';
import { makeSuperusers } from '../support/superusers.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';

const Keys = gql`
  {
    apiKeys(orderBy: [{ field: CREATED_AT, direction: ASC }]) {
      totalCount
      nodes {
        id name prefix isActive createdAt expiresAt revokedAt lastUsedAt lastIpAddress version
        permissions { resource action }
        createdBy { id }
        responsible { id }
      }
    }
  }
`;
const keysOf = async ({ request }: Pick<Person, 'request'>) =>
  (await request<{ apiKeys: { nodes: Record<string, unknown>[] } }>(Keys)).apiKeys.nodes;

const verb = (name: string, fields: string) => gql`
  mutation ($id: ID!, $expectedVersion: Int) { ${name}(id: $id, expectedVersion: $expectedVersion) { ${fields} } }
`;
const Rotate = verb('rotateApiKey', 'secret apiKey { id prefix }');
const Adopt = verb('adoptApiKey', 'secret apiKey { id responsible { id } isActive }');
const Revoke = verb('revokeApiKey', 'id revokedAt isActive');
const EndMembership = gql`mutation ($id: ID!) { deactivateMembership(id: $id) { id } }`;

const works = async ({ request }: Pick<ApiKey, 'request'>) =>
  (await request<{ organization: { id: string } }>(gql`{ organization { id } }`)).organization.id;
const invalid = { code: 'UNAUTHENTICATED', reason: 'API_KEY_INVALID' };
const refused = (key: Pick<ApiKey, 'request'>) => expect(refusal(works(key))).resolves.toMatchObject(invalid);

let tenant: Tenant;
let owner: Person;
beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
});

describe('an API key is created', () => {
  test('with a secret of 256 bits, of which only the hash is stored', async () => {
    const { id, secret } = await newApiKey(owner, tenant.id, { permissions: ['customer:read'] });
    expect(secret).toMatch(/^tgc_[\w-]{43}$/);
    const rows = await sql('select * from api_key_secrets where api_key_id = $1', [id]);
    expect(rows).toHaveLength(1);
    const everything = await sql(`select k::text from api_keys k where id = $1`, [id]);
    expect(JSON.stringify([rows, everything])).not.toContain(secret.slice(12));
    expect(await keysOf(owner)).toContainEqual(
      expect.objectContaining({
        ...{ id, name: 'Nightly import', prefix: secret.slice(0, 10), isActive: true, expiresAt: null },
        ...{ lastUsedAt: null, lastIpAddress: null, createdBy: { id: owner.id }, responsible: { id: owner.id } },
        permissions: [{ resource: 'customer', action: 'read' }],
      }),
    );
  });

  test('by holders of organization:update, who give no permission that they lack', async () => {
    const admin = await tenant.member('Admin');
    const { id } = await newApiKey(admin, tenant.id, { permissions: ['customer:read'] });
    expect((await keysOf(admin)).map((key) => key.id)).toContain(id);
    await sql(
      `delete from role_permissions g using roles r, permissions p
       where r.id = g.role_id and p.id = g.permission_id and r.organization_id = $1
         and r.name = 'Admin' and p.resource = 'vendor' and p.action = 'delete'`,
      [tenant.id],
    );
    const request = newApiKey(admin, tenant.id, { permissions: ['customer:read', 'vendor:delete'] });
    expect(await refusal(request)).toMatchObject({ reason: 'PERMISSION_NOT_HELD', permission: 'vendor:delete' });
    const strong = await newApiKey(owner, tenant.id, { permissions: ['vendor:delete'] });
    expect(await refusal(admin.request(Rotate, { id: strong.id }))).toMatchObject({ reason: 'PERMISSION_NOT_HELD' });
    expect(await refusal(admin.request(Adopt, { id: strong.id }))).toMatchObject({ reason: 'OWNER_ONLY' });
    const manager = await tenant.member('Sales Manager');
    expect(await refusal(keysOf(manager))).toMatchObject({ permission: 'organization:update' });
  });

  test.each([
    ['no permission', { name: 'A', permissionIds: [] }, 'input.permissionIds'],
    ['an end in the past', { name: 'A', expiresAt: '2020-01-01T00:00:00Z' }, 'input.expiresAt'],
    ['no name', { name: ' ' }, 'input.name'],
  ])('unless it has %s', async (_what, input, path) => {
    const ids = await permissionIds(tenant.id, ['customer:read']);
    const answer = refusal(owner.request(CreateApiKey, { input: { permissionIds: ids, ...input } }));
    expect(await answer).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path }] });
  });

  test('with permissions of its own organization only', async () => {
    const elsewhere = await newTenant();
    const ids = await permissionIds(elsewhere.id, ['customer:read']);
    expect(await refusal(owner.request(CreateApiKey, { input: { name: 'A', permissionIds: ids } }))).toMatchObject({
      code: 'NOT_FOUND',
      fields: [{ path: 'input.permissionIds.0' }],
    });
  });

  test('without an idempotency key, since the answer would be kept with the secret', async () => {
    const input = { name: 'A', permissionIds: await permissionIds(tenant.id, ['customer:read']) };
    const keyed = owner.request(CreateApiKey, { input }, { 'idempotency-key': 'once' });
    expect(await refusal(keyed)).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ code: 'NOT_ALLOWED' }] });
    await owner.request(CreateApiKey, { input }, { 'x-dry-run': 'true' }).then(async (answer) => {
      await refused(bearing((answer as { createApiKey: { secret: string } }).createApiKey.secret));
    });
  });
});

describe('an API key ends', () => {
  test('at once when it is revoked, and stays revoked', async () => {
    const key = await newApiKey(owner, tenant.id);
    expect(await works(key)).toBe(tenant.id);
    const { revokeApiKey } = await owner.request<Record<string, unknown>>(Revoke, { id: key.id });
    expect(revokeApiKey).toEqual({ id: key.id, revokedAt: expect.any(String), isActive: false });
    await refused(key);
    expect((await owner.request<Record<string, unknown>>(Revoke, { id: key.id })).revokeApiKey).toEqual(revokeApiKey);
    for (const document of [Rotate, Adopt])
      expect(await refusal(owner.request(document, { id: key.id }))).toMatchObject({ reason: 'API_KEY_ENDED' });
  });

  test('when it expires', async () => {
    const expiresAt = new Date(Date.now() + 1500).toISOString();
    const key = await newApiKey(owner, tenant.id, { expiresAt });
    expect(await works(key)).toBe(tenant.id);
    await eventually(() => refused(key), { within: 6000 });
    expect((await keysOf(owner)).find(({ id }) => id === key.id)).toMatchObject({ isActive: false });
  });

  test('with its organization', async () => {
    const other = await newTenant();
    const key = await newApiKey(other.owner, other.id);
    await other.owner.request(gql`mutation ($id: ID!) { deleteOrganization(id: $id) { id } }`, { id: other.id });
    await refused(key);
  });
});

describe('a secret is replaced', () => {
  test('and the former one works for 24 hours more', async () => {
    const key = await newApiKey(owner, tenant.id);
    const { rotateApiKey } = await owner.request<{ rotateApiKey: { secret: string; apiKey: object } }>(Rotate, {
      id: key.id,
    });
    const { secret } = rotateApiKey;
    expect(rotateApiKey.apiKey).toEqual({ id: key.id, prefix: secret.slice(0, 10) });
    for (const each of [key, bearing(secret)]) expect(await works(each)).toBe(tenant.id);
    const [former] = await sql<{ hours: number }>(
      `select extract(epoch from expires_at - now()) / 3600 as hours from api_key_secrets
       where api_key_id = $1 and expires_at is not null`,
      [key.id],
    );
    expect(Number(former!.hours)).toBeCloseTo(24, 1);
    await sql(`update api_key_secrets set expires_at = now() where api_key_id = $1 and expires_at is not null`, [
      key.id,
    ]);
    await eventually(() => refused(key), { within: 5000 });
    expect(await works(bearing(secret))).toBe(tenant.id);
  });

  test('only in the version that was read', async () => {
    const key = await newApiKey(owner, tenant.id);
    const late = { id: key.id, expectedVersion: 7 };
    expect(await refusal(owner.request(Rotate, late))).toMatchObject({ code: 'VERSION_CONFLICT' });
  });
});

describe('the member responsible for a key', () => {
  test('leaves: it stops until an owner adopts it, also if the member comes back', async () => {
    const admin = await tenant.member('Admin');
    const key = await newApiKey(admin, tenant.id, { permissions: ['customer:read'] });
    expect(await works(key)).toBe(tenant.id);
    await owner.request(EndMembership, { id: admin.membershipId });
    await refused(key);
    expect((await keysOf(owner)).find(({ id }) => id === key.id)).toMatchObject({
      ...{ isActive: false, responsible: null, version: 2, createdBy: { id: admin.id } },
    });
    await owner.request(gql`mutation ($id: ID!) { addOrganizationMember(input: { userId: $id }) { id } }`, {
      id: admin.id,
    });
    await refused(key);
    expect(await refusal(owner.request(Rotate, { id: key.id }))).toMatchObject({ reason: 'API_KEY_ABANDONED' });
    const { adoptApiKey } = await owner.request<{ adoptApiKey: { secret: string; apiKey: object } }>(Adopt, {
      id: key.id,
    });
    expect(adoptApiKey.apiKey).toEqual({ id: key.id, responsible: { id: owner.id }, isActive: true });
    expect(await works(bearing(adoptApiKey.secret))).toBe(tenant.id);
    await refused(key);
  });

  test('loses a permission or is suspended: so does the key, and gets it back', async () => {
    const admin = await tenant.member('Admin');
    const key = await newApiKey(admin, tenant.id, { permissions: ['deal:read', 'lead:read'] });
    const Read = gql`{ deals { totalCount } }`;
    await key.request(Read);
    const [role] = await sql<{ id: string }>(`select id from roles where organization_id = $1 and name = 'Admin'`, [
      tenant.id,
    ]);
    const change = (name: string) =>
      owner.request(`mutation ($u: ID!, $r: ID!) { ${name}(userId: $u, roleId: $r) { id } }`, {
        u: admin.id,
        r: role!.id,
      });
    await change('removeRole');
    expect(await refusal(key.request(Read))).toMatchObject({ permission: 'deal:read' });
    await change('assignRole');
    await key.request(Read);
    const [profile] = await sql<{ id: string }>('select id from user_profiles where user_id = $1', [admin.id]);
    await owner.request(gql`mutation ($id: ID!) { suspendProfile(id: $id) { id } }`, { id: profile!.id });
    expect(await refusal(key.request(Read))).toMatchObject({ reason: 'MEMBERSHIP_SUSPENDED' });
  });

  test('has an account that is closed', async () => {
    const admin = await tenant.member('Admin');
    const superuser = await tenant.member();
    await makeSuperusers(superuser);
    const key = await newApiKey(admin, tenant.id, { permissions: ['deal:read'] });
    await superuser
      .as(tenant.id)
      .request(gql`mutation ($id: ID!) { updateUser(id: $id, input: { isActive: false }) { id } }`, { id: admin.id });
    await refused(key);
  });
});

test('the last use of a key is told, and changes no version', async () => {
  const key = await newApiKey(owner, tenant.id);
  await works(key);
  await eventually(async () => {
    const { lastUsedAt, lastIpAddress, version } = (await keysOf(owner)).find(({ id }) => id === key.id)!;
    expect(Math.abs(Date.now() - Date.parse(lastUsedAt as string))).toBeLessThan(60_000);
    expect({ lastIpAddress, version }).toEqual({ lastIpAddress: '127.0.0.1', version: 1 });
  });
});
