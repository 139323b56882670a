import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import pg from 'pg';
import { customerVerb } from '../support/customer-verbs.js';
import { changeCustomer, customerById, type Fields, freshEmail, newCustomer } from '../support/customers.js';
import { sql, urls } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { partialAnswer } from '../support/server.js';
import { newTenant } from '../support/tenant.js';

/** Waits until a number is being drawn that another transaction has locked. */
const waitsForLock = () =>
  eventually(
    async () => {
      const waiting = await sql(
        `select from pg_stat_activity
         where wait_event_type = 'Lock' and query like '%draw_codes%' and datname = current_database()`,
      );
      return waiting.length > 0;
    },
    { every: 10 },
  );

describe('names of a new customer', () => {
  const ada = { firstName: 'Ada', lastName: 'King' };
  const variants: [string, Fields, Fields][] = [
    [
      'a company is called by its company name',
      { customerType: 'BUSINESS', companyName: 'Acme', ...ada },
      { name: 'Acme', companyName: 'Acme', ...ada, fullName: 'Ada King' },
    ],
    [
      'a company without people has no first and last name',
      { customerType: 'BUSINESS', companyName: 'Acme Works' },
      { name: 'Acme Works', firstName: null, lastName: null, fullName: 'Acme Works' },
    ],
    [
      'a business known by a person only is called like that person, company included',
      { customerType: 'BUSINESS', ...ada },
      { name: 'Ada King', companyName: 'Ada King' },
    ],
    [
      'a business with a name only takes it as company name and is not split',
      { customerType: 'BUSINESS', name: 'Acme Works' },
      { name: 'Acme Works', companyName: 'Acme Works', firstName: null, lastName: null },
    ],
    [
      'a business with a name and a company keeps both',
      { customerType: 'BUSINESS', name: 'Acme North', companyName: 'Acme' },
      { name: 'Acme North', companyName: 'Acme' },
    ],
    [
      'a business with nothing but an e-mail address is called by its local part',
      { customerType: 'BUSINESS', email: 'Front.Desk@acme.example' },
      { name: 'front.desk', companyName: 'front.desk' },
    ],
    ['a person is called by first and last name', ada, { name: 'Ada King', ...ada, fullName: 'Ada King' }],
    [
      'a person with a first name only is called by it',
      { firstName: 'Ada' },
      { name: 'Ada', firstName: 'Ada', lastName: null, fullName: 'Ada' },
    ],
    [
      'a person with a last name only is called by it',
      { lastName: 'King' },
      { name: 'King', firstName: null, lastName: 'King', fullName: 'King' },
    ],
    [
      "a person's company does not become the name",
      { companyName: 'Acme', email: 'ada@acme.example' },
      { name: 'ada', companyName: 'Acme' },
    ],
    [
      'a person with nothing but an e-mail address is called by its local part',
      { email: 'Ada.King@people.example' },
      { name: 'ada.king', companyName: null, email: 'ada.king@people.example' },
    ],
    [
      'a person with a name only is split at the first space',
      { name: 'Ada King Lovelace' },
      { name: 'Ada King Lovelace', firstName: 'Ada', lastName: 'King Lovelace', companyName: null },
    ],
    [
      'a person with a name of one word has no last name',
      { name: 'Ada' },
      { name: 'Ada', firstName: 'Ada', lastName: null, fullName: 'Ada' },
    ],
    [
      'spaces around the split are dropped',
      { name: '  Ada   King ' },
      { name: 'Ada   King', firstName: 'Ada', lastName: 'King' },
    ],
    [
      'a person with a name and a first name is not split',
      { name: 'The Countess', firstName: 'Ada' },
      { name: 'The Countess', firstName: 'Ada', lastName: null, fullName: 'The Countess' },
    ],
    [
      'the full name prefers first and last name over the name',
      { name: 'The Countess', ...ada },
      { name: 'The Countess', fullName: 'Ada King' },
    ],
    [
      'a split name of emoji keeps each of them whole',
      { name: `a${'😀'.repeat(60)} b${'😀'.repeat(60)}` },
      { firstName: `a${'😀'.repeat(60)}`, lastName: `b${'😀'.repeat(60)}` },
    ],
  ];

  test.each(variants)('%s', async (_title, input, expected) => {
    const { owner } = await newTenant();
    expect(await newCustomer(owner, input)).toMatchObject(expected);
  });

  test('changes derive nothing again', async () => {
    const { owner } = await newTenant();
    const { id } = await newCustomer(owner, { name: 'Ada King' });
    expect(await changeCustomer(owner, id, { name: 'Grace Hopper' })).toMatchObject({
      name: 'Grace Hopper',
      firstName: 'Ada',
      lastName: 'King',
    });
    expect(await changeCustomer(owner, id, { customerType: 'BUSINESS', firstName: null })).toMatchObject({
      companyName: null,
      name: 'Grace Hopper',
      fullName: 'Grace Hopper',
    });
  });
});

describe('creating customers', () => {
  test('omitted fields take their defaults', async () => {
    const { owner } = await newTenant();
    const created = await newCustomer(owner, { email: 'ada@lovelace.example' });
    expect(created).toMatchObject({
      code: 'CUST-0001',
      version: 1,
      customerType: 'INDIVIDUAL',
      status: 'ACTIVE',
      tags: [],
      email: 'ada@lovelace.example',
      assignedTo: null,
      user: null,
      rating: null,
      creditLimit: null,
    });
    expect(created.updatedAt).toBe(created.createdAt);
    expect(await customerById(owner, created.id)).toEqual(created);
  });

  test('everything that is given is kept', async () => {
    const tenant = await newTenant();
    const assignedToId = await tenant.employee();
    const input = {
      name: 'Acme North',
      firstName: 'Ada',
      lastName: 'King',
      customerType: 'BUSINESS',
      companyName: 'Acme',
      contactPerson: 'Grace',
      phone: '+1 (555) 010-99.99',
      website: 'https://acme.example/a?b=c',
      industry: 'Mining',
      taxId: 'DE 1',
      rating: '4.5',
      street: 'Main 1',
      city: 'Zürich',
      state: 'ZH',
      postalCode: '8000',
      country: 'Switzerland',
      status: 'VIP',
      creditLimit: '9999999999999.99',
      paymentTerms: '30 days',
      source: 'web',
      tags: ['a', 'b'],
      description: 'First line\nsecond line',
    };
    const created = await newCustomer(tenant.owner, { ...input, assignedToId, userId: tenant.owner.id });
    expect(created).toMatchObject({
      ...input,
      rating: '4.50',
      assignedTo: { id: assignedToId },
      user: { id: tenant.owner.id },
    });
  });

  test('codes are unique under 20 parallel creations', async () => {
    const { owner } = await newTenant();
    const created = await Promise.all(Array.from({ length: 20 }, () => newCustomer(owner)));
    const codes = created.map(({ code }) => code as string);
    expect(new Set(codes).size).toBe(20);
    for (const code of codes) expect(code).toMatch(/^CUST-\d{4}$/);
  });

  test('the code of a deleted customer is never used again', async () => {
    const { owner } = await newTenant();
    const first = await newCustomer(owner);
    await owner.request(customerVerb('deleteCustomer'), { id: first.id });
    expect((await newCustomer(owner)).code).not.toBe(first.code);
  });

  test('an organization counts its own codes', async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    await newCustomer(one.owner);
    expect((await newCustomer(other.owner)).code).toBe('CUST-0001');
  });

  test('an organization whose counter is locked keeps no other waiting', async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    await newCustomer(one.owner);
    const client = new pg.Client({ connectionString: urls.superuserUrl });
    await client.connect();
    try {
      await client.query('begin');
      await client.query('select from code_counters where organization_id = $1 for update', [one.id]);
      const created: string[] = [];
      const first = newCustomer(one.owner).then(() => created.push('one'));
      await waitsForLock();
      await newCustomer(other.owner).then(() => created.push('other'));
      await client.query('commit');
      await first;
      expect(created).toEqual(['other', 'one']);
    } finally {
      await client.end();
    }
  });

  test('a creation that fails leaves nothing and its siblings stand', async () => {
    const { owner } = await newTenant();
    const email = freshEmail();
    const document = gql`
      mutation ($email: String!, $other: String!) {
        first: createCustomer(input: { email: $email }) { name }
        again: createCustomer(input: { email: $email, name: "Twice" }) { name }
        other: createCustomer(input: { email: $other, name: "Other" }) { name }
      }
    `;
    const { data, errors } = await partialAnswer<Record<string, unknown>>(
      owner.request(document, { email, other: freshEmail() }),
    );
    expect(data).toEqual({ first: { name: email.split('@')[0] }, again: null, other: { name: 'Other' } });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ path: ['again'], extensions: { code: 'CONFLICT', reason: 'DUPLICATE_EMAIL' } });
    const { customers } = await owner.request<{ customers: Fields }>(gql`{ customers { totalCount } }`);
    expect(customers).toEqual({ totalCount: 2 });
  });
});
