import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { sql } from '../support/database.js';
import { activeOf, Create, type Created, create, mineOf, newName } from '../support/organizations.js';
import { refusal } from '../support/server.js';
import { newPerson, newTenant } from '../support/tenant.js';

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
