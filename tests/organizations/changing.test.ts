import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { sql } from '../support/database.js';
import { activeOf, create, Delete, join, Mine, mineOf, newName, One } from '../support/organizations.js';
import { refusal } from '../support/server.js';
import { newPerson, newTenant } from '../support/tenant.js';

const Update = gql`
  mutation ($id: ID!, $input: UpdateOrganizationInput!, $expectedVersion: Int) {
    updateOrganization(id: $id, input: $input, expectedVersion: $expectedVersion) {
      id name slug city currency timezone settings version updatedAt
    }
  }
`;

describe('updateOrganization', () => {
  test('changes what is given, keeps the slug, clears what is null', async () => {
    const { id, owner } = await newTenant();
    const [before] = await sql<{ slug: string }>('select slug from organizations where id = $1', [id]);
    const input = { name: 'Renamed', city: 'Paris', currency: 'CHF', timezone: 'Asia/Tokyo' };
    expect(await owner.request(Update, { id, input, expectedVersion: 1 })).toMatchObject({
      updateOrganization: { id, ...input, slug: before!.slug, version: 2 },
    });
    expect(await owner.request(Update, { id, input: { city: null } })).toMatchObject({
      updateOrganization: { name: 'Renamed', city: null, currency: 'CHF', version: 3 },
    });
  });

  test('replaces settings as a whole', async () => {
    const { id, owner } = await newTenant();
    await owner.request(Update, { id, input: { settings: { a: 1, b: { c: [1, 'zwei', null] } } } });
    expect(await owner.request(Update, { id, input: { settings: { b: 2 } } })).toMatchObject({
      updateOrganization: { settings: { b: 2 }, version: 3 },
    });
    expect(await owner.request(Update, { id, input: { settings: {} } })).toMatchObject({
      updateOrganization: { settings: {} },
    });
  });

  test('a write that changes nothing leaves version and time alone', async () => {
    const { id, owner } = await newTenant();
    type Updated = { updateOrganization: { version: number; updatedAt: string } };
    const input = { name: 'Once', settings: { b: 1, a: { d: 1, c: 2 } } };
    const { updateOrganization: first } = await owner.request<Updated>(Update, { id, input });
    for (const same of [{}, input, { name: ' Once ' }, { settings: { a: { c: 2, d: 1 }, b: 1 } }])
      expect(await owner.request(Update, { id, input: same })).toMatchObject({
        updateOrganization: { version: first.version, updatedAt: first.updatedAt },
      });
  });

  const nested = (levels: number): object => (levels === 1 ? {} : { a: nested(levels - 1) });

  test('settings of 16 KB and 10 levels are taken, beyond that refused', async () => {
    const { id, owner } = await newTenant();
    const sized = (bytes: number) => ({ a: 'x'.repeat(bytes - '{"a":""}'.length) });
    for (const settings of [sized(16_384), nested(10)])
      expect(await owner.request(Update, { id, input: { settings } })).toMatchObject({
        updateOrganization: { settings },
      });
    for (const [settings, code] of [
      [sized(16_385), 'TOO_LONG'],
      [{ a: 'ä'.repeat(9_000) }, 'TOO_LONG'],
      [nested(11), 'INVALID'],
    ])
      expect(await refusal(owner.request(Update, { id, input: { settings } }))).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: [{ path: 'input.settings', code }],
      });
    expect(await owner.request(gql`{ organization { settings } }`)).toEqual({ organization: { settings: nested(10) } });
  });

  test.each<[string, string, unknown]>([
    ['name', 'REQUIRED', null],
    ['currency', 'REQUIRED', null],
    ['currency', 'INVALID', 'US'],
    ['timezone', 'REQUIRED', null],
    ['settings', 'REQUIRED', null],
    ['settings', 'INVALID', []],
    ['settings', 'INVALID', 5],
    ['email', 'INVALID', 'x@'],
  ])('refuses %s: %s for %j', async (field, code, value) => {
    const { id, owner } = await newTenant();
    expect(await refusal(owner.request(Update, { id, input: { city: 'Rome', [field]: value } }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: 'VALIDATION_FAILED',
      fields: [{ path: `input.${field}`, code }],
    });
    expect(await sql('select city from organizations where id = $1', [id])).toEqual([{ city: null }]);
  });

  test.each([['Moon/Base'], ['+02:00'], ['europe/nowhere']])('refuses the time zone %s', async (timezone) => {
    const { id, owner } = await newTenant();
    expect(await refusal(owner.request(Update, { id, input: { timezone } }))).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  test('a stale version is refused with the current one', async () => {
    const { id, owner } = await newTenant();
    await owner.request(Update, { id, input: { city: 'Rome' } });
    expect(await refusal(owner.request(Update, { id, input: { city: 'Bonn' }, expectedVersion: 1 }))).toMatchObject({
      code: 'VERSION_CONFLICT',
      currentVersion: 2,
    });
  });

  test('of changes at once with one version a single one succeeds', async () => {
    const { id, owner } = await newTenant();
    const tries = await Promise.all(
      ['A', 'B', 'C', 'D'].map((city) =>
        owner.request(Update, { id, input: { city }, expectedVersion: 1 }).then(
          () => 'changed',
          async (error) => (await refusal(Promise.reject(error))).code,
        ),
      ),
    );
    expect(tries.sort()).toEqual(['VERSION_CONFLICT', 'VERSION_CONFLICT', 'VERSION_CONFLICT', 'changed']);
  });

  test('any other id is not found, be it unknown, foreign or one of the other organizations one owns', async () => {
    const { owner } = await newTenant();
    const [foreign, other] = [await newTenant(), await create(owner, newName())];
    for (const id of [v7(), foreign.id, other.id])
      for (const document of [Update, Delete])
        expect(await refusal(owner.request(document, { id, input: { city: 'Rome' } }))).toMatchObject({
          code: 'NOT_FOUND',
          fields: [{ path: 'id', code: 'NOT_FOUND' }],
        });
    expect(
      await sql('select from organizations where id = any($1) and is_active', [[foreign.id, other.id]]),
    ).toHaveLength(2);
  });

  test('a malformed id is told apart', async () => {
    const { owner } = await newTenant();
    expect(await refusal(owner.request(Update, { id: 'x', input: {} }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: 'INVALID_ID',
      fields: [{ path: 'id', code: 'INVALID' }],
    });
    expect(await refusal(owner.request(One, { id: 'x' }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: 'INVALID_ID',
    });
  });

  test('needs organization:update, before anything else is looked at', async () => {
    const tenant = await newTenant();
    const viewer = await tenant.member('Viewer');
    for (const [id, input] of [
      [tenant.id, { city: 'Rome' }],
      [v7(), {}],
      ['x', { currency: 'x' }],
    ])
      expect(await refusal(viewer.request(Update, { id, input }))).toMatchObject({
        code: 'FORBIDDEN',
        reason: 'MISSING_PERMISSION',
        permission: 'organization:update',
      });
    const admin = await tenant.member('Admin');
    expect(await admin.request(Update, { id: tenant.id, input: { city: 'Rome' } })).toMatchObject({
      updateOrganization: { city: 'Rome' },
    });
  });
});

describe('deleteOrganization', () => {
  test('owners only', async () => {
    const tenant = await newTenant();
    const admin = await tenant.member('Admin');
    for (const id of [tenant.id, v7()])
      expect(await refusal(admin.request(Delete, { id }))).toMatchObject({ code: 'FORBIDDEN', reason: 'OWNER_ONLY' });
    expect(await activeOf(admin)).toBe(tenant.id);
  });

  test('a stale version is refused', async () => {
    const { id, owner } = await newTenant();
    expect(await refusal(owner.request(Delete, { id, expectedVersion: 2 }))).toMatchObject({
      code: 'VERSION_CONFLICT',
      currentVersion: 1,
    });
    expect(await activeOf(owner)).toBe(id);
  });

  test('ends every membership and profile, nobody sees it any more, its slug stays taken', async () => {
    const name = newName();
    const tenant = await newTenant(name);
    const { id, owner } = tenant;
    const member = await tenant.member('Admin');
    await owner.request(gql`mutation { createCustomer(input: { email: "a@b.example", name: "A B" }) { id } }`);
    expect(await owner.request(Delete, { id, expectedVersion: 1 })).toEqual({ deleteOrganization: { id } });
    for (const person of [owner, member]) {
      expect(await mineOf(person)).toEqual([]);
      expect(await person.request(One, { id })).toEqual({ organization: null });
      expect(await refusal(person.as(id).request(Mine))).toMatchObject({ code: 'FORBIDDEN', reason: 'NOT_A_MEMBER' });
      expect(await refusal(person.request(gql`{ customers { totalCount } }`))).toMatchObject({
        code: 'FORBIDDEN',
        reason: 'NO_ORGANIZATION',
      });
      expect(await person.request(gql`{ me { memberships { id } profiles { status isPrimary } } }`)).toMatchObject({
        me: { memberships: [], profiles: [{ status: 'INACTIVE', isPrimary: false }] },
      });
    }
    expect(await sql('select is_active as active from organizations where id = $1', [id])).toEqual([{ active: false }]);
    expect(
      await sql('select from memberships where organization_id = $1 and (is_active or left_at is null)', [id]),
    ).toEqual([]);
    expect(await sql('select from customers where organization_id = $1', [id])).toHaveLength(1);
    expect((await create(owner, name)).slug).toBe(`${name.toLowerCase().replace(' ', '-')}-2`);
  });

  test("everybody's primary profile hands over to the oldest other active one", async () => {
    const [first, second, third] = [await newTenant(), await newTenant(), await newTenant()];
    const person = await newPerson();
    for (const { id, owner } of [first, second, third]) await join(owner, id, person);
    expect(await activeOf(person)).toBe(first.id);
    await first.owner.request(Delete, { id: first.id });
    expect(await activeOf(person)).toBe(second.id);
    expect(
      await sql('select organization_id as id from user_profiles where user_id = $1 and is_primary', [person.id]),
    ).toEqual([{ id: second.id }]);
  });
});
