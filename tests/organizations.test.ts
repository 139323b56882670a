import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { sql } from './support/database.js';
import { client, notice, refusal } from './support/server.js';
import { newPerson, newTenant, type Person, password } from './support/tenant.js';

const Create = gql`
  mutation ($input: CreateOrganizationInput!) {
    createOrganization(input: $input) {
      id name slug description industry website phone email street city state postalCode country currency timezone
      isActive memberCount version
    }
  }
`;
const Update = gql`
  mutation ($id: ID!, $input: UpdateOrganizationInput!, $expectedVersion: Int) {
    updateOrganization(id: $id, input: $input, expectedVersion: $expectedVersion) {
      id name slug city currency timezone settings version updatedAt
    }
  }
`;
const Delete = gql`
  mutation ($id: ID!, $expectedVersion: Int) { deleteOrganization(id: $id, expectedVersion: $expectedVersion) { id } }
`;
const Active = gql`{ organization { id } }`;
const Mine = gql`{ myOrganizations { id name } }`;
const Members = gql`
  query ($includeInactive: Boolean, $filter: MembershipFilter, $search: String, $orderBy: [MembershipOrder!]) {
    organizationMembers(includeInactive: $includeInactive, filter: $filter, search: $search, orderBy: $orderBy) {
      totalCount
      nodes { user { id lastName } isActive isOwner leftAt }
    }
  }
`;
const One = gql`query ($id: ID!) { organization(id: $id) { id name memberCount } }`;
const Add = gql`mutation ($input: AddOrganizationMemberInput!) { addOrganizationMember(input: $input) { id } }`;

interface Created {
  createOrganization: { id: string; slug: string };
}
interface MemberPage {
  organizationMembers: { totalCount: number; nodes: { user: { id: string; lastName: string | null } }[] };
}

const create = async (person: Person, name: string) =>
  (await person.request<Created>(Create, { input: { name } })).createOrganization;

/** A name of the test's own, so that other tests' slugs do not disturb it. */
const newName = (prefix = 'Org') => `${prefix} ${v7().slice(-12)}`;
const activeOf = async (person: Person) =>
  (await person.request<{ organization: { id: string } }>(Active)).organization.id;
const mineOf = async (person: Person) =>
  (await person.request<{ myOrganizations: { id: string }[] }>(Mine)).myOrganizations.map(({ id }) => id);
const membersOf = async (person: Person, variables: object = {}) => {
  const { organizationMembers } = await person.request<MemberPage>(Members, variables);
  return organizationMembers.nodes.map(({ user }) => user.id);
};
const join = (owner: Person, organizationId: string, { id }: Person, isOwner = false) =>
  owner.as(organizationId).request(Add, { input: { userId: id, isOwner } });
const suspend = async (organizationId: string, { id }: Person) => {
  await sql(`update user_profiles set status = 'SUSPENDED' where organization_id = $1 and user_id = $2`, [
    organizationId,
    id,
  ]);
  await notice();
};
const rename = (person: Person, lastName: string | null) =>
  sql('update users set last_name = $2 where id = $1', [person.id, lastName]);

/** Sorted `resource:action`. */
const crud = (resource: string, letters: string) =>
  [...letters].map((letter) => `${resource}:${{ C: 'create', R: 'read', U: 'update', D: 'delete' }[letter]}`);
const grants = (table: Record<string, string>) =>
  Object.entries(table)
    .flatMap(([resource, letters]) => crud(resource, letters))
    .sort();

describe('createOrganization', () => {
  test('takes every field and fills in the defaults', async () => {
    const person = await newPerson();
    const name = newName();
    const all = {
      description: 'We make\nengines',
      industry: 'Engines',
      website: 'https://engines.example',
      phone: '+1 555 010 0000',
      email: 'office@engines.example',
      street: 'Main Street 1',
      city: 'London',
      state: 'LDN',
      postalCode: 'E1',
      country: 'UK',
    };
    expect(await person.request(Create, { input: { name, ...all, email: 'Office@Engines.example' } })).toMatchObject({
      createOrganization: {
        name,
        ...all,
        currency: 'USD',
        timezone: 'UTC',
        isActive: true,
        memberCount: 1,
        version: 1,
      },
    });
    const european = {
      name: newName(),
      currency: 'EUR',
      timezone: 'Europe/Berlin',
      settings: { theme: { dark: true } },
    };
    const { createOrganization } = await person.request<Created>(Create, { input: european });
    expect(createOrganization).toMatchObject({ currency: 'EUR', timezone: 'Europe/Berlin' });
    expect(await person.as(createOrganization.id).request(gql`{ organization { settings } }`)).toEqual({
      organization: { settings: { theme: { dark: true } } },
    });
  });

  test('settings are an empty object by default', async () => {
    const { owner } = await newTenant();
    expect(await owner.request(gql`{ organization { settings } }`)).toEqual({ organization: { settings: {} } });
  });

  test('makes the caller owner, with membership, primary profile and employee record', async () => {
    const person = await newPerson();
    const { id } = await create(person, newName());
    const Self = gql`
      {
        me {
          memberships { isOwner isActive leftAt invitedBy { id } organization { id } roles { name } }
          profiles { profileType isPrimary status isOwner activatedAt deactivatedAt organization { id } }
          employee { code firstName lastName fullName email jobTitle status department manager { id } role { id } user { id } }
        }
      }
    `;
    expect(await person.request(Self)).toEqual({
      me: {
        memberships: [
          { isOwner: true, isActive: true, leftAt: null, invitedBy: null, organization: { id }, roles: [] },
        ],
        profiles: [
          {
            profileType: 'VENDOR',
            isPrimary: true,
            status: 'ACTIVE',
            isOwner: true,
            activatedAt: expect.any(String),
            deactivatedAt: null,
            organization: { id },
          },
        ],
        employee: {
          code: 'EMP-0001',
          firstName: 'Pat',
          lastName: 'Poe',
          fullName: 'Pat Poe',
          email: person.email,
          jobTitle: 'Owner',
          status: 'ACTIVE',
          department: null,
          manager: null,
          role: null,
          user: { id: person.id },
        },
      },
    });
  });

  test("missing names of the owner's employee record are taken from the username", async () => {
    const person = await newPerson();
    await sql('update users set first_name = null, last_name = null where id = $1', [person.id]);
    await create(person, newName());
    expect(await person.request(gql`{ me { employee { firstName lastName } } }`)).toEqual({
      me: { employee: { firstName: person.username, lastName: person.username } },
    });
  });

  test('gives the organization the 35 system permissions', async () => {
    const { id } = await newTenant();
    const rows = await sql<{ name: string }>(
      `select resource || ':' || action as name from permissions where organization_id = $1 and is_system_permission`,
      [id],
    );
    const crudResources = ['customer', 'lead', 'deal', 'pipeline', 'employee', 'vendor', 'activity', 'role'];
    const expected = grants({
      ...Object.fromEntries(crudResources.map((name) => [name, 'CRUD'])),
      analytics: 'R',
      organization: 'RU',
    });
    expect(expected).toHaveLength(35);
    expect(rows.map(({ name }) => name).sort()).toEqual(expected);
  });

  test.each<[string, string, Record<string, string>]>([
    [
      'Admin',
      'admin',
      {
        customer: 'CRUD',
        lead: 'CRUD',
        deal: 'CRUD',
        pipeline: 'CRUD',
        activity: 'CRUD',
        vendor: 'CRUD',
        employee: 'CRUD',
        role: 'CRUD',
        analytics: 'R',
        organization: 'RU',
      },
    ],
    [
      'Sales Manager',
      'sales-manager',
      {
        customer: 'CRUD',
        lead: 'CRUD',
        deal: 'CRUD',
        pipeline: 'CRU',
        activity: 'CRUD',
        vendor: 'R',
        employee: 'R',
        role: 'R',
        analytics: 'R',
        organization: 'R',
      },
    ],
    [
      'Sales Rep',
      'sales-rep',
      {
        customer: 'CRU',
        lead: 'CRU',
        deal: 'CRU',
        pipeline: 'R',
        activity: 'CRU',
        vendor: 'R',
        employee: 'R',
        organization: 'R',
      },
    ],
    [
      'Marketing Rep',
      'marketing-rep',
      {
        customer: 'R',
        lead: 'CRU',
        deal: 'R',
        pipeline: 'R',
        activity: 'CRU',
        employee: 'R',
        organization: 'R',
      },
    ],
    [
      'Viewer',
      'viewer',
      {
        customer: 'R',
        lead: 'R',
        deal: 'R',
        pipeline: 'R',
        activity: 'R',
        vendor: 'R',
        employee: 'R',
        role: 'R',
        analytics: 'R',
        organization: 'R',
      },
    ],
  ])('gives it the system role %s with exactly its grants', async (name, slug, table) => {
    const { id } = await newTenant();
    const roles = await sql<{ slug: string; active: boolean; granted: string[] }>(
      `select r.slug, r.is_active and r.is_system_role as active,
         array(select p.resource || ':' || p.action from role_permissions g join permissions p on p.id = g.permission_id
           where g.role_id = r.id and p.organization_id = r.organization_id) as granted
       from roles r where r.organization_id = $1 and r.name = $2`,
      [id, name],
    );
    expect(roles.map(({ granted, ...role }) => ({ ...role, granted: granted.sort() }))).toEqual([
      { slug, active: true, granted: grants(table) },
    ]);
    expect(await sql('select from roles where organization_id = $1', [id])).toHaveLength(5);
  });

  test('a second organization neither becomes active nor takes the primary profile', async () => {
    const { id, owner } = await newTenant();
    const Twice = gql`
      mutation ($input: CreateOrganizationInput!) {
        createOrganization(input: $input) { id memberCount }
        createCustomer(input: { email: "first@customers.example", name: "First" }) { code }
      }
    `;
    const { createOrganization } = await owner.request<Created>(Twice, { input: { name: newName() } });
    expect(await activeOf(owner)).toBe(id);
    expect(
      await sql('select organization_id as id from customers where email = $1 and organization_id = any($2)', [
        'first@customers.example',
        [id, createOrganization.id],
      ]),
    ).toEqual([{ id }]);
    expect(await owner.request(gql`{ me { profiles { isPrimary organization { id } } } }`)).toEqual({
      me: {
        profiles: [
          { isPrimary: true, organization: { id } },
          { isPrimary: false, organization: { id: createOrganization.id } },
        ],
      },
    });
    expect(await mineOf(owner)).toEqual([id, createOrganization.id]);
  });

  test.each([
    ['Müller & Söhne', 'muller-sohne'],
    ['  Crème   Brûlée!  ', 'creme-brulee'],
    ['--A.C.M.E.--', 'a-c-m-e'],
    ['Ünïcödé ＦＵＬＬ', 'unicode-full'],
  ])('the slug of %j is lower-case ASCII with hyphens', async (name, slug) => {
    const person = await newPerson();
    const unique = v7().slice(-12);
    const { slug: made } = await create(person, `${name} ${unique}`);
    expect(made).toBe(`${slug}-${unique}`);
  });

  test('a name without a single ASCII letter still gets a slug', async () => {
    const person = await newPerson();
    const [one, other] = [await create(person, '株式会社'), await create(person, '🚀')];
    for (const { slug } of [one, other]) expect(slug).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(one.slug).not.toBe(other.slug);
  });

  test('a long name gets a slug that fits', async () => {
    const person = await newPerson();
    const name = `${v7()}${'ß'.repeat(10)}${'x'.repeat(209)}`;
    expect(name).toHaveLength(255);
    const slugs = [(await create(person, name)).slug, (await create(person, name)).slug];
    for (const slug of slugs) expect(slug.length).toBeLessThanOrEqual(255);
    expect(new Set(slugs).size).toBe(2);
  });

  test('names need not be unique, slugs are numbered', async () => {
    const name = newName();
    const slug = name.toLowerCase().replace(' ', '-');
    const [one, other] = [await newPerson(), await newPerson()];
    expect((await create(one, name)).slug).toBe(slug);
    expect((await create(other, name.toUpperCase())).slug).toBe(`${slug}-2`);
    expect((await create(one, name)).slug).toBe(`${slug}-3`);
    expect((await create(one, `${name} 2`)).slug).toBe(`${slug}-2-2`);
  });

  test('organizations of one name, and of names that look like its slugs, can be created at once', async () => {
    const name = newName();
    const slug = name.toLowerCase().replace(' ', '-');
    const people = await Promise.all(Array.from({ length: 6 }, () => newPerson()));
    const made = await Promise.all(people.map((person, n) => create(person, n < 4 ? name : `${name} ${n - 2}`)));
    const slugs = made.map((organization) => organization.slug);
    expect(new Set(slugs).size).toBe(6);
    expect(slugs).toContain(slug);
    for (const one of slugs) expect(one.startsWith(slug)).toBe(true);
  });

  test('a user may create several organizations at once and has one primary profile', async () => {
    const person = await newPerson();
    await Promise.all(Array.from({ length: 4 }, () => create(person, newName())));
    expect(await mineOf(person)).toHaveLength(4);
    expect(await sql('select from user_profiles where user_id = $1 and is_primary', [person.id])).toHaveLength(1);
  });

  test.each<[string, string, object]>([
    ['name', 'TOO_SHORT', { name: '  ' }],
    ['name', 'TOO_LONG', { name: 'x'.repeat(256) }],
    ['name', 'INVALID', { name: 'Bell\u0007' }],
    ['description', 'TOO_LONG', { description: 'x'.repeat(10_001) }],
    ['industry', 'TOO_LONG', { industry: 'x'.repeat(101) }],
    ['website', 'INVALID', { website: 'engines' }],
    ['phone', 'INVALID', { phone: 'none' }],
    ['email', 'INVALID', { email: 'none' }],
    ['postalCode', 'TOO_LONG', { postalCode: 'x'.repeat(21) }],
    ['city', 'TOO_LONG', { city: 'x'.repeat(101) }],
    ['currency', 'INVALID', { currency: 'XXL' }],
    ['currency', 'INVALID', { currency: 'eur' }],
    ['currency', 'REQUIRED', { currency: null }],
    ['timezone', 'REQUIRED', { timezone: null }],
    ['settings', 'INVALID', { settings: [1] }],
    ['settings', 'INVALID', { settings: 'text' }],
    ['settings', 'REQUIRED', { settings: null }],
  ])('refuses a bad %s (%s) and leaves nothing', async (field, code, changes) => {
    const person = await newPerson();
    expect(await refusal(person.request(Create, { input: { name: newName(), ...changes } }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: 'VALIDATION_FAILED',
      fields: [{ path: `input.${field}`, code }],
    });
    expect(await mineOf(person)).toEqual([]);
    expect(await sql('select from memberships where user_id = $1', [person.id])).toEqual([]);
  });

  test('the slug cannot be chosen', async () => {
    const person = await newPerson();
    expect(await refusal(person.request(Create, { input: { name: newName(), slug: 'mine' } }))).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });
});

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

describe('lists of organizations', () => {
  test('myOrganizations gives the active memberships, the oldest first', async () => {
    const [one, two, three] = [await newTenant(), await newTenant(), await newTenant()];
    const person = await newPerson();
    for (const { id, owner } of [two, three, one]) await join(owner, id, person);
    expect(await mineOf(person)).toEqual([two.id, three.id, one.id]);
    await sql('update memberships set is_active = false, left_at = now() where organization_id = $1 and user_id = $2', [
      three.id,
      person.id,
    ]);
    expect(await mineOf(person)).toEqual([two.id, one.id]);
  });

  test('organizations pages, filters, searches and orders the same ones', async () => {
    const person = await newPerson();
    const unique = v7().slice(-12);
    for (const name of ['Zeta', 'Äpfel', 'beta']) await create(person, `${name} ${unique}`);
    await newTenant(`Foreign ${unique}`);
    const List = gql`
      query ($filter: OrganizationFilter, $search: String, $orderBy: [OrganizationOrder!], $first: Int, $after: String) {
        organizations(filter: $filter, search: $search, orderBy: $orderBy, first: $first, after: $after) {
          totalCount
          pageInfo { hasNextPage endCursor }
          nodes { name memberCount }
        }
      }
    `;
    type List = { organizations: { nodes: { name: string }[]; totalCount: number; pageInfo: { endCursor: string } } };
    const names = async (variables: object) => {
      const { organizations } = await person.request<List>(List, variables);
      return organizations.nodes.map(({ name }) => name.split(' ')[0]);
    };
    expect(await names({})).toEqual(['beta', 'Äpfel', 'Zeta']);
    expect(await names({ orderBy: [{ field: 'NAME' }] })).toEqual(['Äpfel', 'beta', 'Zeta']);
    expect(await names({ search: unique.toUpperCase(), orderBy: [{ field: 'NAME', direction: 'DESC' }] })).toEqual([
      'Zeta',
      'beta',
      'Äpfel',
    ]);
    expect(await names({ search: 'apfel-' })).toEqual(['Äpfel']);
    expect(await names({ filter: { name: { startsWith: 'ZETA' } } })).toEqual(['Zeta']);
    expect(await names({ filter: { industry: { isNull: false } } })).toEqual([]);
    const { organizations: page } = await person.request<List>(List, { orderBy: [{ field: 'NAME' }], first: 2 });
    expect(page).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } });
    expect(await names({ orderBy: [{ field: 'NAME' }], first: 2, after: page.pageInfo.endCursor })).toEqual(['Zeta']);
  });

  test('organization(id) answers for every organization of the caller, and for no other', async () => {
    const { owner, id } = await newTenant('Home');
    const [other, foreign] = [await create(owner, 'Away'), await newTenant()];
    expect(await owner.request(One, { id })).toEqual({ organization: { id, name: 'Home', memberCount: 1 } });
    expect(await owner.request(One, { id: other.id })).toEqual({
      organization: { id: other.id, name: 'Away', memberCount: 1 },
    });
    for (const unknown of [foreign.id, v7()])
      expect(await owner.request(One, { id: unknown })).toEqual({ organization: null });
    expect(await owner.request(gql`query ($id: ID) { organization(id: $id) { id } }`, { id: null })).toEqual({
      organization: { id },
    });
  });

  test('memberCount counts active memberships, in any organization of the caller', async () => {
    const tenant = await newTenant();
    const [leaver] = [await tenant.member(), await tenant.member()];
    const other = await create(tenant.owner, newName());
    expect(await tenant.owner.as(other.id).request(One, { id: tenant.id })).toMatchObject({
      organization: { memberCount: 3 },
    });
    await tenant.owner.request(gql`mutation ($id: ID!) { deactivateMembership(id: $id) { id } }`, {
      id: leaver.membershipId,
    });
    expect(await tenant.owner.as(other.id).request(One, { id: tenant.id })).toMatchObject({
      organization: { memberCount: 2 },
    });
  });

  test('members and settings are shown of the active organization only', async () => {
    const { owner, id } = await newTenant();
    const other = await create(owner, newName());
    const Inside = gql`query ($id: ID!) { organization(id: $id) { id members { totalCount nodes { user { id } } } settings } }`;
    expect(await owner.request(Inside, { id })).toEqual({
      organization: { id, members: { totalCount: 1, nodes: [{ user: { id: owner.id } }] }, settings: {} },
    });
    const raw = await owner
      .as(id)
      .rawRequest(Inside, { id: other.id })
      .catch((error) => error.response);
    expect(raw.data).toEqual({ organization: { id: other.id, members: null, settings: null } });
    expect(raw.errors).toContainEqual(
      expect.objectContaining({
        path: ['organization', 'settings'],
        extensions: expect.objectContaining({ code: 'FORBIDDEN' }),
      }),
    );
  });

  test('settings need organization:read', async () => {
    const tenant = await newTenant();
    const [member, viewer] = [await tenant.member(), await tenant.member('Viewer')];
    const Settings = gql`{ organization { name settings } }`;
    const raw = await member
      .as(tenant.id)
      .rawRequest(Settings)
      .catch((error) => error.response);
    expect(raw).toMatchObject({
      data: { organization: { name: 'Test & Sons', settings: null } },
      errors: [
        {
          path: ['organization', 'settings'],
          extensions: { code: 'FORBIDDEN', reason: 'MISSING_PERMISSION', permission: 'organization:read' },
        },
      ],
    });
    expect(await viewer.request(Settings)).toEqual({ organization: { name: 'Test & Sons', settings: {} } });
  });
});

describe('organizationMembers', () => {
  test('lists the active ones, ended ones with includeInactive', async () => {
    const tenant = await newTenant();
    const [stays, leaves] = [await tenant.member(), await tenant.member()];
    await newTenant();
    await tenant.owner.request(gql`mutation ($id: ID!) { deactivateMembership(id: $id) { id } }`, {
      id: leaves.membershipId,
    });
    expect((await membersOf(tenant.owner)).sort()).toEqual([tenant.owner.id, stays.id].sort());
    expect((await membersOf(stays, { includeInactive: true })).sort()).toEqual(
      [tenant.owner.id, stays.id, leaves.id].sort(),
    );
    expect(await membersOf(stays, { includeInactive: true, filter: { isActive: { eq: false } } })).toEqual([leaves.id]);
    expect(await membersOf(stays, { filter: { isActive: { eq: false } } })).toEqual([]);
    const { organizationMembers } = await stays.request<MemberPage>(Members, {
      includeInactive: true,
      search: leaves.username,
    });
    expect(organizationMembers).toEqual({
      totalCount: 1,
      nodes: [{ user: { id: leaves.id, lastName: null }, isActive: false, isOwner: false, leftAt: expect.any(String) }],
    });
  });

  test('newest first by default, by family name on demand, those without one last unless asked for', async () => {
    const tenant = await newTenant();
    const [zoe, apple, nobody] = [await tenant.member(), await tenant.member(), await tenant.member()];
    await rename(tenant.owner, 'middle');
    await rename(zoe, 'Zoe');
    await rename(apple, 'Äpfel');
    await rename(nobody, null);
    const by = (order: object) => membersOf(tenant.owner, { orderBy: [{ field: 'LAST_NAME', ...order }] });
    expect(await membersOf(tenant.owner)).toEqual([nobody.id, apple.id, zoe.id, tenant.owner.id]);
    expect(await by({})).toEqual([apple.id, tenant.owner.id, zoe.id, nobody.id]);
    expect(await by({ direction: 'DESC' })).toEqual([zoe.id, tenant.owner.id, apple.id, nobody.id]);
    expect(await by({ nulls: 'FIRST' })).toEqual([nobody.id, apple.id, tenant.owner.id, zoe.id]);
    expect(await membersOf(tenant.owner, { orderBy: [{ field: 'JOINED_AT' }] })).toEqual([
      tenant.owner.id,
      zoe.id,
      apple.id,
      nobody.id,
    ]);
  });

  test('walking by family name in pages of one gives every member once', async () => {
    const tenant = await newTenant();
    const people = [
      tenant.owner,
      await tenant.member(),
      await tenant.member(),
      await tenant.member(),
      await tenant.member(),
    ];
    for (const [n, name] of ['B', null, 'a', null, 'b'].entries()) await rename(people[n]!, name);
    const Page = gql`
      query ($after: String, $direction: OrderDirection!) {
        organizationMembers(first: 1, after: $after, orderBy: [{ field: LAST_NAME, direction: $direction }]) {
          pageInfo { hasNextPage endCursor }
          nodes { user { id } }
        }
      }
    `;
    type Page = {
      organizationMembers: { pageInfo: { hasNextPage: boolean; endCursor: string }; nodes: { user: { id: string } }[] };
    };
    for (const direction of ['ASC', 'DESC']) {
      const seen: string[] = [];
      for (let after: string | null = null, more = true; more && seen.length < 10; ) {
        const { organizationMembers: page }: Page = await tenant.owner.request<Page>(Page, { after, direction });
        seen.push(...page.nodes.map(({ user }) => user.id));
        after = page.pageInfo.endCursor;
        more = page.pageInfo.hasNextPage;
      }
      expect([...seen].sort()).toEqual(people.map(({ id }) => id).sort());
    }
  });

  test('searches names, username and e-mail address of the members', async () => {
    const tenant = await newTenant();
    const member = await tenant.member();
    await sql(`update users set first_name = 'Zacharias', last_name = '50%_off\\' where id = $1`, [member.id]);
    for (const search of ['zachar', '50%_OFF', '_off\\', member.username.toUpperCase(), ` ${member.email} `])
      expect(await membersOf(tenant.owner, { search })).toEqual([member.id]);
    for (const search of ['50__off', '%zach', 'nobody at all'])
      expect(await membersOf(tenant.owner, { search })).toEqual([]);
    expect(await membersOf(tenant.owner, { search: '  ' })).toHaveLength(2);
  });

  test('filters by the user and by ownership', async () => {
    const tenant = await newTenant();
    const member = await tenant.member();
    await rename(member, null);
    for (const filter of [
      { userId: { eq: member.id } },
      { user: { username: { eq: member.username } } },
      { user: { email: { startsWith: member.username.toUpperCase() } } },
      { user: { lastName: { isNull: true } } },
      { user: { lastName: { ne: 'Poe' } } },
      { isOwner: { eq: false } },
      { not: { user: { id: { eq: tenant.owner.id } } } },
    ])
      expect(await membersOf(tenant.owner, { filter })).toEqual([member.id]);
    expect(await membersOf(tenant.owner, { filter: { userId: { in: [] } } })).toEqual([]);
  });
});

describe('the active organization', () => {
  test.each<[string, (person: Person, home: string) => Promise<string>]>([
    ['malformed', async () => 'not-an-id'],
    ['of two values', async (_person, home) => `${home}, ${home}`],
    ['unknown', async () => v7()],
    ['nil', async () => '00000000-0000-0000-0000-000000000000'],
    ['foreign', async () => (await newTenant()).id],
    [
      'ended',
      async (person) => {
        const { id, owner } = await newTenant();
        await join(owner, id, person);
        await sql(
          'update memberships set is_active = false, left_at = now() where organization_id = $1 and user_id = $2',
          [id, person.id],
        );
        return id;
      },
    ],
    [
      'deleted',
      async (person) => {
        const { id, owner } = await newTenant();
        await join(owner, id, person);
        await owner.request(Delete, { id });
        return id;
      },
    ],
  ])('a header that is %s fails the whole request like an unknown one', async (_what, header) => {
    const { id, owner } = await newTenant();
    const organizationId = await header(owner, id);
    const told = async (named: string, document: string) => {
      const { requestId, path, ...rest } = await refusal(
        client({ token: owner.token, organizationId: named }).request(document),
      );
      return rest;
    };
    for (const document of [
      '{ me { id } }',
      '{ customers { totalCount } }',
      '{ myOrganizations { id } }',
      'mutation { logout { revokedSessions } }',
    ]) {
      const answer = await told(organizationId, document);
      expect(answer).toMatchObject({ code: 'FORBIDDEN', reason: 'NOT_A_MEMBER' });
      expect(answer).toEqual(await told(v7(), document));
    }
    expect(await activeOf(owner)).toBe(id);
  });

  test('a wrong header leaves nothing of a mutation', async () => {
    const { owner } = await newTenant();
    const caller = owner.as((await newTenant()).id);
    await refusal(caller.request(gql`mutation { updateProfile(input: { title: "Lady" }) { id } }`));
    expect(await owner.request(gql`{ me { title } }`)).toEqual({ me: { title: null } });
  });

  test('an expired session comes before a wrong header', async () => {
    expect(await refusal(client({ organizationId: 'x' }).request(Mine))).toMatchObject({
      code: 'UNAUTHENTICATED',
      reason: 'TOKEN_MISSING',
    });
  });

  test('the header names it, in capitals too', async () => {
    const { id, owner } = await newTenant();
    const other = await create(owner, newName());
    expect(await owner.as(other.id).request(Active)).toEqual({ organization: { id: other.id } });
    expect(await owner.as(id.toUpperCase()).request(Active)).toEqual({ organization: { id } });
  });

  test('without a header it is that of the primary profile, else that of the oldest membership', async () => {
    const [one, two] = [await newTenant(), await newTenant()];
    const person = await newPerson();
    await join(one.owner, one.id, person);
    await join(two.owner, two.id, person);
    expect(await activeOf(person)).toBe(one.id);
    await sql('update user_profiles set is_primary = false where user_id = $1', [person.id]);
    await notice();
    expect(await activeOf(person)).toBe(one.id);
    await sql('update user_profiles set is_primary = true where user_id = $1 and organization_id = $2', [
      person.id,
      two.id,
    ]);
    await notice();
    expect(await activeOf(person)).toBe(two.id);
    await sql('update memberships set is_active = false, left_at = now() where user_id = $1 and organization_id = $2', [
      person.id,
      two.id,
    ]);
    await notice();
    expect(await activeOf(person)).toBe(one.id);
  });
});

describe('a user without any organization', () => {
  const id = v7();

  test.each<[string, string]>([
    ['me', '{ me { id memberships { id } profiles { id } roles { id } employee { id } } }'],
    ['errorCodes', '{ errorCodes { code } }'],
    ['myOrganizations', '{ myOrganizations { id } }'],
    ['organizations', '{ organizations { totalCount nodes { id } } }'],
    ['organization(id)', `{ organization(id: "${id}") { id } }`],
    ['myProfiles', '{ myProfiles { id } }'],
    ['updateProfile', 'mutation { updateProfile(input: { title: "Lady" }) { id } }'],
    ['createOrganization', 'mutation { createOrganization(input: { name: "First" }) { id } }'],
    ['logout', 'mutation { logout { revokedSessions } }'],
    [
      'changePassword',
      `mutation { changePassword(input: { oldPassword: "${password}", newPassword: "another-one" }) { id } }`,
    ],
  ])('may use %s', async (_name, document) => {
    const person = await newPerson();
    await expect(person.request(document)).resolves.toBeDefined();
  });

  test('may look oneself up', async () => {
    const person = await newPerson();
    const Self = gql`query ($id: ID!) { user(id: $id) { id email } }`;
    expect(await person.request(Self, { id: person.id })).toEqual({ user: { id: person.id, email: person.email } });
  });

  test.each<[string, string]>([
    ['organization', '{ organization { id } }'],
    ['organizationMembers', '{ organizationMembers { totalCount } }'],
    ['users', '{ users { totalCount } }'],
    ['user', `{ user(id: "${id}") { id } }`],
    ['userProfiles', '{ userProfiles { totalCount } }'],
    ['employees', '{ employees { totalCount } }'],
    ['employee', `{ employee(id: "${id}") { id } }`],
    ['customers', '{ customers { totalCount } }'],
    ['customer', `{ customer(id: "${id}") { id } }`],
    ['createCustomer', 'mutation { createCustomer(input: { email: "a@b.example", name: "A" }) { id } }'],
    ['updateCustomer', `mutation { updateCustomer(id: "${id}", input: {}) { id } }`],
    ['deleteCustomer', `mutation { deleteCustomer(id: "${id}") { id } }`],
    ['activateCustomer', `mutation { activateCustomer(id: "${id}") { id } }`],
    ['deactivateCustomer', `mutation { deactivateCustomer(id: "${id}") { id } }`],
    ['addCustomerNote', `mutation { addCustomerNote(customerId: "${id}", input: { text: "x" }) { id } }`],
    ['updateOrganization', `mutation { updateOrganization(id: "${id}", input: {}) { id } }`],
    ['deleteOrganization', `mutation { deleteOrganization(id: "${id}") { id } }`],
    ['addOrganizationMember', `mutation { addOrganizationMember(input: { userId: "${id}" }) { id } }`],
    ['updateMembership', `mutation { updateMembership(id: "${id}", input: {}) { id } }`],
    ['deactivateMembership', `mutation { deactivateMembership(id: "${id}") { id } }`],
  ])('is refused %s', async (_name, document) => {
    const person = await newPerson();
    expect(await refusal(person.request(document))).toMatchObject({ code: 'FORBIDDEN', reason: 'NO_ORGANIZATION' });
  });

  test('may change oneself through updateUser', async () => {
    const person = await newPerson();
    const Change = gql`mutation ($id: ID!) { updateUser(id: $id, input: { title: "Lady" }) { title } }`;
    expect(await person.request(Change, { id: person.id })).toEqual({ updateUser: { title: 'Lady' } });
  });
});

describe('a suspended member', () => {
  const Customers = gql`{ customers { totalCount } }`;
  const suspended = { code: 'FORBIDDEN', reason: 'MEMBERSHIP_SUSPENDED' };

  test('is refused everything that needs the organization, and nothing else', async () => {
    const tenant = await newTenant();
    const member = await tenant.member('Admin');
    await suspend(tenant.id, member);
    for (const document of [
      '{ customers { totalCount } }',
      '{ organization { id } }',
      '{ organizationMembers { totalCount } }',
      '{ users { totalCount } }',
      `{ user(id: "${tenant.owner.id}") { id } }`,
      '{ userProfiles { totalCount } }',
      '{ myRoles { id } }',
      '{ myPermissions { resource } }',
      'mutation { createCustomer(input: { email: "a@b.example", name: "A" }) { id } }',
      `mutation { updateOrganization(id: "${tenant.id}", input: {}) { id } }`,
      `mutation { deleteOrganization(id: "${tenant.id}") { id } }`,
      `mutation { deactivateMembership(id: "${v7()}") { id } }`,
    ])
      expect(await refusal(member.request(document))).toMatchObject(suspended);
    for (const document of [
      '{ me { id } }',
      '{ myOrganizations { id } }',
      '{ organizations { totalCount } }',
      '{ myProfiles { status } }',
      `{ user(id: "${member.id}") { id } }`,
    ])
      await expect(member.request(document)).resolves.toBeDefined();
    await expect(create(member, newName())).resolves.toHaveProperty('slug');
  });

  test('may leave, and end nobody else’s membership', async () => {
    const tenant = await newTenant();
    const [member, other] = [await tenant.member('Admin'), await tenant.member()];
    await suspend(tenant.id, member);
    const end = ({ membershipId }: { membershipId: string }) =>
      member.request(gql`mutation ($id: ID!) { deactivateMembership(id: $id) { isActive user { id } } }`, {
        id: membershipId,
      });
    expect(await refusal(end(other))).toMatchObject(suspended);
    expect(await end(member)).toEqual({ deactivateMembership: { isActive: false, user: { id: member.id } } });
    expect(await refusal(member.request('{ customers { totalCount } }'))).toMatchObject({ reason: 'NO_ORGANIZATION' });
  });

  test('sees nothing of the organization by leaving', async () => {
    const tenant = await newTenant();
    const member = await tenant.member('Admin');
    await suspend(tenant.id, member);
    const Leave = gql`mutation ($id: ID!) {
      deactivateMembership(id: $id) { roles { name permissions { action } } organization { members { totalCount } settings } }
    }`;
    expect(await member.request(Leave, { id: member.membershipId })).toEqual({
      deactivateMembership: { roles: [], organization: { members: null, settings: null } },
    });
  });

  test('does not reach its members and settings through the organization either', async () => {
    const tenant = await newTenant();
    const member = await tenant.member('Admin');
    await suspend(tenant.id, member);
    const Inside = gql`query ($id: ID!) { organization(id: $id) { name members { totalCount } settings } }`;
    const raw = await member
      .as(tenant.id)
      .rawRequest(Inside, { id: tenant.id })
      .catch((error) => error.response);
    expect(raw.data).toEqual({ organization: { name: 'Test & Sons', members: null, settings: null } });
    expect(raw.errors.map(({ extensions: { reason } }: { extensions: { reason: string } }) => reason)).toEqual([
      'MEMBERSHIP_SUSPENDED',
      'MEMBERSHIP_SUSPENDED',
    ]);
  });

  test('with another active profile there is not suspended', async () => {
    const tenant = await newTenant();
    const member = await tenant.member('Viewer');
    await suspend(tenant.id, member);
    await sql(
      `insert into user_profiles (id, created_at, updated_at, organization_id, user_id, profile_type) values ($1, now(), now(), $2, $3, 'CUSTOMER')`,
      [v7(), tenant.id, member.id],
    );
    expect(await member.request(Customers)).toEqual({ customers: { totalCount: 0 } });
  });

  test('without any profile, or with an inactive one only, is not suspended', async () => {
    const tenant = await newTenant();
    const member = await tenant.member('Viewer');
    await sql(`update user_profiles set status = 'INACTIVE', is_primary = false where user_id = $1`, [member.id]);
    expect(await member.request(Customers)).toEqual({ customers: { totalCount: 0 } });
    await sql('delete from user_profiles where user_id = $1', [member.id]);
    expect(await member.request(Customers)).toEqual({ customers: { totalCount: 0 } });
  });

  test('who is an owner is not suspended, who is a superuser is', async () => {
    const tenant = await newTenant();
    await suspend(tenant.id, tenant.owner);
    expect(await tenant.owner.request(Customers)).toEqual({ customers: { totalCount: 0 } });
    const superuser = await tenant.member();
    await sql('update users set is_superuser = true where id = $1', [superuser.id]);
    expect(await superuser.request(Customers)).toEqual({ customers: { totalCount: 0 } });
    await suspend(tenant.id, superuser);
    expect(await refusal(superuser.request(Customers))).toMatchObject(suspended);
    const Rename = gql`mutation ($id: ID!) { updateUser(id: $id, input: { title: "Lady" }) { id } }`;
    expect(await refusal(superuser.request(Rename, { id: tenant.owner.id }))).toMatchObject(suspended);
  });

  test('in one organization is free in another', async () => {
    const [tenant, other] = [await newTenant(), await newTenant()];
    const member = await tenant.member('Viewer');
    await join(other.owner, other.id, member);
    await suspend(tenant.id, member);
    expect(await member.as(other.id).request(Active)).toEqual({ organization: { id: other.id } });
    expect(await refusal(member.as(tenant.id).request(Customers))).toMatchObject(suspended);
  });
});
