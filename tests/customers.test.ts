import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import pg from 'pg';
import { v7 } from 'uuid';
import {
  activityRow,
  changeCustomer,
  customerById,
  type Fields,
  freshEmail,
  insertRows,
  newCustomer,
  type Sender,
  strip,
} from './support/customers.js';
import { sql, urls } from './support/database.js';
import { origin, partialAnswer, refusal, statementsOf } from './support/server.js';
import { newPerson, newTenant } from './support/tenant.js';

/** `input.email: INVALID` and so on, in no particular order. */
function faultsOf({ fields }: Record<string, unknown>): Record<string, string> {
  const faults = fields as { path: string; code: string }[];
  return Object.fromEntries(faults.map(({ path, code }) => [path, code]));
}

const refusedInput = async (sender: Sender, input: Fields) => faultsOf(await refusal(newCustomer(sender, input)));

const verb = (name: string) => gql`
  mutation ($id: ID!, $expectedVersion: Int) { ${name}(id: $id, expectedVersion: $expectedVersion) { id } }
`;

const setStatus = async (sender: Sender, name: 'activateCustomer' | 'deactivateCustomer', id: string) => {
  const document = gql`mutation ($id: ID!) { ${name}(id: $id) { id status version updatedAt } }`;
  return (await sender.request<Record<string, Fields>>(document, { id }))[name]!;
};

const AddNote = gql`
  mutation ($customerId: ID!, $input: AddCustomerNoteInput!) {
    addCustomerNote(customerId: $customerId, input: $input) {
      id version activityType status title description isPinned completedAt customerName
      customer { id } createdBy { id } assignedTo { id } tags
    }
  }
`;

const addNote = async (sender: Sender, customerId: string, input: Fields) =>
  (await sender.request<{ addCustomerNote: Fields & { id: string } }>(AddNote, { customerId, input })).addCustomerNote;

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
  test('what is left out takes its default', async () => {
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
    await owner.request(verb('deleteCustomer'), { id: first.id });
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

  test('several that wait for a code share a statement, and none is skipped', async () => {
    const { id: organizationId, owner } = await newTenant();
    await newCustomer(owner);
    const client = new pg.Client({ connectionString: urls.superuserUrl });
    await client.connect();
    try {
      await client.query('begin');
      await client.query('select from code_counters where organization_id = $1 for update', [organizationId]);
      const sent = await statementsOf(async () => {
        const waiting = Promise.all([1, 2, 3, 4].map(() => newCustomer(owner)));
        await waitsForLock();
        await setTimeout(300);
        await client.query('commit');
        const codes = (await waiting).map(({ code }) => code);
        expect(codes.toSorted()).toEqual(['CUST-0002', 'CUST-0003', 'CUST-0004', 'CUST-0005']);
      });
      expect(sent.filter((text) => text.includes('draw_codes')).length).toBeLessThan(4);
      expect((await newCustomer(owner)).code).toBe('CUST-0006');
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

describe('e-mail addresses', () => {
  test('one in use is refused with the id of who has it, whatever the case and spaces', async () => {
    const { owner } = await newTenant();
    const { id } = await newCustomer(owner, { email: 'ada@lovelace.example' });
    const told = await refusal(newCustomer(owner, { email: '  ADA@Lovelace.Example ' }));
    expect(told).toMatchObject({ code: 'CONFLICT', reason: 'DUPLICATE_EMAIL', existingId: id });
    expect(faultsOf(told)).toEqual({ 'input.email': 'NOT_UNIQUE' });
  });

  test('a change to one in use is refused too, a change to its own is none', async () => {
    const { owner } = await newTenant();
    const taken = await newCustomer(owner, { email: 'ada@lovelace.example' });
    const { id } = await newCustomer(owner, { email: 'grace@hopper.example' });
    expect(await refusal(changeCustomer(owner, id, { email: 'Ada@lovelace.example' }))).toMatchObject({
      code: 'CONFLICT',
      reason: 'DUPLICATE_EMAIL',
      existingId: taken.id,
    });
    expect(await changeCustomer(owner, id, { email: 'GRACE@hopper.example' })).toMatchObject({ version: 1 });
  });

  test('of two creations at the same moment one wins and the other is told of the conflict', async () => {
    const { owner } = await newTenant();
    for (let round = 0; round < 5; round += 1) {
      const email = freshEmail();
      const outcomes = await Promise.allSettled([newCustomer(owner, { email }), newCustomer(owner, { email })]);
      const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(lost).toHaveLength(1);
      expect(await refusal(Promise.reject(lost[0]!.reason))).toMatchObject({
        code: 'CONFLICT',
        reason: 'DUPLICATE_EMAIL',
      });
    }
  });

  test('another organization may have the same one', async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    const email = freshEmail();
    const mine = await newCustomer(one.owner, { email });
    expect((await newCustomer(other.owner, { email })).id).not.toBe(mine.id);
  });

  test('a deleted customer gives it back', async () => {
    const { owner } = await newTenant();
    const { id, email } = await newCustomer(owner);
    await owner.request(verb('deleteCustomer'), { id });
    expect((await newCustomer(owner, { email })).email).toBe(email);
  });
});

describe('the customer’s own account', () => {
  test('must be an active member', async () => {
    const tenant = await newTenant();
    const stranger = await newPerson();
    const former = await tenant.member('Viewer');
    await sql('update memberships set is_active = false, left_at = now() where id = $1', [former.membershipId]);
    for (const userId of [stranger.id, former.id, v7()]) {
      const told = await refusal(newCustomer(tenant.owner, { userId }));
      expect(told).toMatchObject({ code: 'NOT_FOUND' });
      expect(faultsOf(told)).toEqual({ 'input.userId': 'NOT_FOUND' });
    }
  });

  test('is linked to one customer only, and free again once unlinked', async () => {
    const tenant = await newTenant();
    const { id: userId } = await tenant.member('Viewer');
    const linked = await newCustomer(tenant.owner, { userId });
    const other = await newCustomer(tenant.owner);
    for (const attempt of [
      () => newCustomer(tenant.owner, { userId }),
      () => changeCustomer(tenant.owner, other.id, { userId }),
    ])
      expect(await refusal(attempt())).toMatchObject({
        code: 'CONFLICT',
        reason: 'USER_ALREADY_LINKED',
        existingId: expect.any(String),
      });
    expect(await changeCustomer(tenant.owner, linked.id, { userId })).toMatchObject({ version: 1 });
    await changeCustomer(tenant.owner, linked.id, { userId: null });
    expect(await changeCustomer(tenant.owner, other.id, { userId })).toMatchObject({ user: { id: userId } });
  });

  test('is won by one of two customers at the same moment', async () => {
    const tenant = await newTenant();
    const { id: userId } = await tenant.member();
    const outcomes = await Promise.allSettled([
      newCustomer(tenant.owner, { userId }),
      newCustomer(tenant.owner, { userId }),
    ]);
    const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(lost).toHaveLength(1);
    expect(await refusal(Promise.reject(lost[0]!.reason))).toMatchObject({ reason: 'USER_ALREADY_LINKED' });
  });

  test('gives its user no rights', async () => {
    const tenant = await newTenant();
    const person = await tenant.member();
    const { id } = await newCustomer(tenant.owner, { userId: person.id });
    expect(await refusal(customerById(person.as(tenant.id), id))).toMatchObject({
      code: 'FORBIDDEN',
      permission: 'customer:read',
    });
  });
});

describe('the responsible employee', () => {
  test('of another organization, or of none, is not found', async () => {
    const [tenant, foreign] = [await newTenant(), await newTenant()];
    const { id } = await newCustomer(tenant.owner);
    for (const assignedToId of [await foreign.employee(), v7()])
      for (const attempt of [
        () => newCustomer(tenant.owner, { assignedToId }),
        () => changeCustomer(tenant.owner, id, { assignedToId }),
      ]) {
        const told = await refusal(attempt());
        expect(told).toMatchObject({ code: 'NOT_FOUND' });
        expect(faultsOf(told)).toEqual({ 'input.assignedToId': 'NOT_FOUND' });
      }
  });

  test.each(['INACTIVE', 'ON_LEAVE', 'TERMINATED'])('who is %s takes nothing new', async (status) => {
    const tenant = await newTenant();
    const assignedToId = await tenant.employee({ status });
    const { id } = await newCustomer(tenant.owner);
    for (const attempt of [
      () => newCustomer(tenant.owner, { assignedToId }),
      () => changeCustomer(tenant.owner, id, { assignedToId }),
    ])
      expect(await refusal(attempt())).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'EMPLOYEE_NOT_ACTIVE' });
  });

  test('who has left keeps what was assigned before, also when a change repeats it', async () => {
    const tenant = await newTenant();
    const assignedToId = await tenant.employee();
    const { id } = await newCustomer(tenant.owner, { assignedToId });
    await sql(`update employees set status = 'TERMINATED' where id = $1`, [assignedToId]);
    expect(await changeCustomer(tenant.owner, id, { assignedToId, city: 'Bern' })).toMatchObject({
      city: 'Bern',
      assignedTo: { id: assignedToId },
    });
    expect(await changeCustomer(tenant.owner, id, { assignedToId: null })).toMatchObject({ assignedTo: null });
  });
});

describe('input', () => {
  const long = (length: number) => 'x'.repeat(length);

  test('everything wrong is told at once', async () => {
    const { owner } = await newTenant();
    const told = await refusal(
      newCustomer(owner, {
        email: 'ada at lovelace.example',
        name: '   ',
        firstName: long(101),
        lastName: long(101),
        companyName: 'A',
        contactPerson: long(256),
        phone: '123456',
        website: 'ftp://acme.example',
        industry: long(101),
        taxId: long(51),
        rating: '5.01',
        street: long(256),
        city: long(101),
        state: long(101),
        postalCode: long(21),
        country: long(101),
        creditLimit: '10000000000000',
        paymentTerms: long(101),
        source: long(101),
        tags: Array.from({ length: 21 }, (_, n) => `tag ${n}`),
        description: long(10_001),
        assignedToId: 'nobody',
        userId: '12',
      }),
    );
    expect(told).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'VALIDATION_FAILED' });
    expect(faultsOf(told)).toEqual({
      'input.email': 'INVALID',
      'input.name': 'TOO_SHORT',
      'input.firstName': 'TOO_LONG',
      'input.lastName': 'TOO_LONG',
      'input.companyName': 'TOO_SHORT',
      'input.contactPerson': 'TOO_LONG',
      'input.phone': 'INVALID',
      'input.website': 'INVALID',
      'input.industry': 'TOO_LONG',
      'input.taxId': 'TOO_LONG',
      'input.rating': 'OUT_OF_RANGE',
      'input.street': 'TOO_LONG',
      'input.city': 'TOO_LONG',
      'input.state': 'TOO_LONG',
      'input.postalCode': 'TOO_LONG',
      'input.country': 'TOO_LONG',
      'input.creditLimit': 'OUT_OF_RANGE',
      'input.paymentTerms': 'TOO_LONG',
      'input.source': 'TOO_LONG',
      'input.tags': 'TOO_LONG',
      'input.description': 'TOO_LONG',
      'input.assignedToId': 'INVALID',
      'input.userId': 'INVALID',
    });
  });

  test('texts as long as allowed are taken, in characters and not in code units', async () => {
    const { owner } = await newTenant();
    const input = {
      name: '😀'.repeat(255),
      firstName: '😀'.repeat(100),
      lastName: 'é'.repeat(100),
      companyName: '🏔'.repeat(255),
      taxId: '😀'.repeat(50),
      postalCode: '😀'.repeat(20),
      tags: Array.from({ length: 20 }, (_, n) => String.fromCharCode(97 + n) + '😀'.repeat(49)),
      description: '😀'.repeat(10_000),
    };
    expect(await newCustomer(owner, input)).toMatchObject(input);
    expect(await refusedInput(owner, { city: '😀'.repeat(101) })).toEqual({ 'input.city': 'TOO_LONG' });
  });

  test('texts and tags are trimmed, tags are kept once and in order', async () => {
    const { owner } = await newTenant();
    expect(
      await newCustomer(owner, { name: ' \n Ada King\u00a0', city: '  Bern ', tags: [' b ', 'a', 'b', 'B'] }),
    ).toMatchObject({ name: 'Ada King', city: 'Bern', tags: ['b', 'a', 'B'] });
    for (const tag of ['', '   ', long(51)])
      expect(await refusedInput(owner, { tags: ['fine', tag] })).toEqual({ 'input.tags': 'INVALID' });
  });

  test.each([
    ['NUL', '\u0000'],
    ['bell', '\u0007'],
    ['tab', '\t'],
    ['escape', '\u001b'],
    ['delete', '\u007f'],
    ['C1', '\u009b'],
  ])('the control character %s is refused everywhere', async (_name, character) => {
    const { owner } = await newTenant();
    const text = `a${character}b`;
    expect(await refusedInput(owner, { name: text, description: text, tags: [text] })).toEqual({
      'input.name': 'INVALID',
      'input.description': 'INVALID',
      'input.tags': 'INVALID',
    });
    const { id } = await newCustomer(owner);
    expect(faultsOf(await refusal(addNote(owner, id, { text })))).toEqual({ 'input.text': 'INVALID' });
  });

  test('half a surrogate pair is refused instead of being stored as something else', async () => {
    const { owner } = await newTenant();
    expect(await refusedInput(owner, { name: 'a\ud83d' })).toEqual({ 'input.name': 'INVALID' });
  });

  test('right-to-left, zero-width and line-breaking texts are kept as they are', async () => {
    const { owner } = await newTenant();
    const input = { name: 'שלום עולם', city: 'a\u200db', description: 'one\r\ntwo\nthree' };
    expect(await newCustomer(owner, input)).toMatchObject(input);
  });

  test.each([
    ['3 decimals', '1.005', 'INVALID'],
    ['a binary fraction', 0.1 + 0.2, 'INVALID'],
    ['a negative number', '-0.01', 'OUT_OF_RANGE'],
    ['10^13', '10000000000000.00', 'OUT_OF_RANGE'],
  ])('a credit limit of %s is refused', async (_title, creditLimit, code) => {
    const { owner } = await newTenant();
    expect(await refusedInput(owner, { creditLimit })).toEqual({ 'input.creditLimit': code });
  });

  test.each([
    ['0.99', 'OUT_OF_RANGE'],
    ['5.01', 'OUT_OF_RANGE'],
    ['4.125', 'INVALID'],
    ['-1', 'OUT_OF_RANGE'],
  ])('a rating of %s is refused', async (rating, code) => {
    const { owner } = await newTenant();
    expect(await refusedInput(owner, { rating })).toEqual({ 'input.rating': code });
  });

  test('decimals are exact, however they are written', async () => {
    const { owner } = await newTenant();
    expect(await newCustomer(owner, { creditLimit: '8765432109876.54', rating: 1 })).toMatchObject({
      creditLimit: '8765432109876.54',
      rating: '1.00',
    });
    expect(await newCustomer(owner, { creditLimit: 0, rating: 4.25 })).toMatchObject({
      creditLimit: '0.00',
      rating: '4.25',
    });
  });

  test.each(['1e3', 'NaN', 'Infinity', '', '0x10', '1,5', true, { a: 1 }, [1]])(
    'the decimal %j is none',
    async (creditLimit) => {
      const { owner } = await newTenant();
      expect(await refusal(newCustomer(owner, { creditLimit }))).toMatchObject({ code: 'BAD_USER_INPUT' });
    },
  );

  test('1e309 is refused, as a variable and in the document', async () => {
    const { owner } = await newTenant();
    const send = async (body: string) => {
      const answer = await fetch(`${origin}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${owner.token}` },
        body,
      });
      return (await answer.json()) as { errors: { extensions: { code: string } }[] };
    };
    const variable =
      'mutation ($limit: Decimal) { createCustomer(input: { email: \\"a@b.example\\", creditLimit: $limit }) { id } }';
    const asVariable = await send(`{"query": "${variable}", "variables": {"limit": 1e309}}`);
    expect(asVariable.errors[0]!.extensions.code).toBe('BAD_USER_INPUT');
    const literal = 'mutation { createCustomer(input: { email: "a@b.example", creditLimit: 1e309 }) { id } }';
    const asLiteral = await send(JSON.stringify({ query: literal }));
    expect(['BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED']).toContain(asLiteral.errors[0]!.extensions.code);
  });

  test.each(['ada', 'ada@', '@lovelace.example', 'a b@c.example', 'Ada <ada@b.example>', `${long(250)}@b.example`, ''])(
    'the e-mail address %j is refused',
    async (email) => {
      const { owner } = await newTenant();
      expect(Object.keys(await refusedInput(owner, { email }))).toEqual(['input.email']);
    },
  );

  test.each(['123456', '1234567890123456', '12345678a', '+49 30 1234567 ext 5', '٠١٢٣٤٥٦٧'])(
    'the phone number %j is refused',
    async (phone) => {
      const { owner } = await newTenant();
      expect(await refusedInput(owner, { phone })).toEqual({ 'input.phone': 'INVALID' });
    },
  );

  test.each(['acme.example', 'javascript:alert(1)', '//acme.example', 'http://', 'https://a b.example'])(
    'the web site %j is refused',
    async (website) => {
      const { owner } = await newTenant();
      expect(await refusedInput(owner, { website })).toEqual({ 'input.website': 'INVALID' });
    },
  );

  test('a missing e-mail address and a wrong-case enum are refused by GraphQL itself', async () => {
    const { owner } = await newTenant();
    for (const input of [{ email: undefined }, { email: null }, { status: 'vip' }, { code: 'CUST-9999' }])
      expect(await refusal(newCustomer(owner, input))).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  test('null is refused for what always has a value', async () => {
    const { owner } = await newTenant();
    const nulls = { name: null, customerType: null, status: null, tags: null };
    const required = {
      'input.name': 'REQUIRED',
      'input.customerType': 'REQUIRED',
      'input.status': 'REQUIRED',
      'input.tags': 'REQUIRED',
    };
    expect(await refusedInput(owner, nulls)).toEqual(required);
    const { id } = await newCustomer(owner);
    const told = await refusal(changeCustomer(owner, id, { ...nulls, email: null }));
    expect(told).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(faultsOf(told)).toEqual({ ...required, 'input.email': 'REQUIRED' });
  });
});

describe('changing customers', () => {
  const clearable = {
    firstName: 'Ada',
    lastName: 'King',
    companyName: 'Acme',
    contactPerson: 'Grace',
    phone: '1234567',
    website: 'https://acme.example',
    industry: 'Mining',
    taxId: '1',
    rating: '3.00',
    street: 'Main 1',
    city: 'Bern',
    state: 'BE',
    postalCode: '3000',
    country: 'CH',
    creditLimit: '10.00',
    paymentTerms: '30 days',
    source: 'web',
    description: 'Text',
  };

  test('what is left out stays, the version grows by one', async () => {
    const { owner } = await newTenant();
    const before = await newCustomer(owner, { ...clearable, tags: ['a'] });
    const after = await changeCustomer(owner, before.id, { city: 'Basel', tags: [] });
    expect(after).toEqual({ ...before, city: 'Basel', tags: [], version: 2, updatedAt: after.updatedAt });
    expect(await customerById(owner, before.id)).toEqual(after);
  });

  test('null clears every field that may be missing', async () => {
    const tenant = await newTenant();
    const assignedToId = await tenant.employee();
    const { id } = await newCustomer(tenant.owner, { ...clearable, assignedToId, userId: tenant.owner.id });
    const nulls = Object.fromEntries(Object.keys(clearable).map((name) => [name, null]));
    expect(await changeCustomer(tenant.owner, id, { ...nulls, assignedToId: null, userId: null })).toMatchObject({
      ...nulls,
      assignedTo: null,
      user: null,
    });
  });

  test('an input that changes nothing leaves version and updatedAt alone', async () => {
    const tenant = await newTenant();
    const assignedToId = await tenant.employee();
    const links = { assignedToId, userId: tenant.owner.id };
    const before = await newCustomer(tenant.owner, { ...clearable, ...links, email: 'a@b.example', tags: ['a', 'b'] });
    const same = [
      {},
      { ...clearable, ...links, tags: ['a', 'b'], name: before.name, status: 'ACTIVE', customerType: 'INDIVIDUAL' },
      { email: 'A@B.example', city: ' Bern ', tags: ['a', ' b ', 'a'] },
      { creditLimit: '10', rating: 3 },
      { creditLimit: '10.0' },
    ];
    for (const input of same) expect(await changeCustomer(tenant.owner, before.id, input)).toEqual(before);
    const [row] = await sql<{ version: number }>('select version from customers where id = $1', [before.id]);
    expect(row).toEqual({ version: 1 });
  });

  test('a stale version changes nothing and tells the present one', async () => {
    const { owner } = await newTenant();
    const { id } = await newCustomer(owner);
    await changeCustomer(owner, id, { city: 'Bern' }, 1);
    for (const stale of [1, 3, 0, -1])
      expect(await refusal(changeCustomer(owner, id, { city: 'Basel' }, stale))).toMatchObject({
        code: 'VERSION_CONFLICT',
        currentVersion: 2,
      });
    for (const name of ['activateCustomer', 'deactivateCustomer', 'deleteCustomer'])
      expect(await refusal(owner.request(verb(name), { id, expectedVersion: 1 }))).toMatchObject({
        code: 'VERSION_CONFLICT',
        currentVersion: 2,
      });
    expect(await customerById(owner, id)).toMatchObject({ city: 'Bern', status: 'ACTIVE', version: 2 });
    expect(await changeCustomer(owner, id, { city: 'Basel' }, null)).toMatchObject({ city: 'Basel', version: 3 });
  });

  test('of two changes that saw the same version one wins', async () => {
    const { owner } = await newTenant();
    const { id } = await newCustomer(owner);
    const outcomes = await Promise.allSettled(
      ['Bern', 'Basel', 'Chur'].map((city) => changeCustomer(owner, id, { city }, 1)),
    );
    const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(lost).toHaveLength(2);
    for (const { reason } of lost)
      expect(await refusal(Promise.reject(reason))).toMatchObject({ code: 'VERSION_CONFLICT', currentVersion: 2 });
  });

  test('parallel changes of different fields are all kept', async () => {
    const { owner } = await newTenant();
    const { id } = await newCustomer(owner);
    const changes = [{ city: 'Bern' }, { state: 'BE' }, { country: 'CH' }, { source: 'web' }];
    await Promise.all(changes.map((input) => changeCustomer(owner, id, input)));
    expect(await customerById(owner, id)).toMatchObject({ ...Object.assign({}, ...changes), version: 5 });
  });

  test('activating and deactivating work from any status, and once', async () => {
    const { owner } = await newTenant();
    for (const status of ['ACTIVE', 'INACTIVE', 'PROSPECT', 'VIP']) {
      const { id } = await newCustomer(owner, { status });
      const off = await setStatus(owner, 'deactivateCustomer', id);
      expect(off).toMatchObject({ status: 'INACTIVE', version: status === 'INACTIVE' ? 1 : 2 });
      expect(await setStatus(owner, 'deactivateCustomer', id)).toEqual(off);
      const on = await setStatus(owner, 'activateCustomer', id);
      expect(on).toMatchObject({ status: 'ACTIVE', version: (off.version as number) + 1 });
      expect(await setStatus(owner, 'activateCustomer', id)).toEqual(on);
    }
  });
});

describe('the order of checks', () => {
  test('permission comes before input, whatever the id', async () => {
    const tenant = await newTenant();
    const { id } = await newCustomer(tenant.owner);
    const viewer = (await tenant.member('Viewer')).as(tenant.id);
    const needs = (permission: string) => ({ code: 'FORBIDDEN', reason: 'MISSING_PERMISSION', permission });
    expect(await refusal(newCustomer(viewer, { email: 'no' }))).toMatchObject(needs('customer:create'));
    for (const any of [id, v7(), 'no id']) {
      expect(await refusal(changeCustomer(viewer, any, { name: '' }))).toMatchObject(needs('customer:update'));
      expect(await refusal(viewer.request(verb('activateCustomer'), { id: any }))).toMatchObject(
        needs('customer:update'),
      );
      expect(await refusal(viewer.request(verb('deactivateCustomer'), { id: any }))).toMatchObject(
        needs('customer:update'),
      );
      expect(await refusal(viewer.request(verb('deleteCustomer'), { id: any }))).toMatchObject(
        needs('customer:delete'),
      );
      expect(await refusal(addNote(viewer, any, { text: '' }))).toMatchObject(needs('customer:update'));
    }
    expect(await customerById(viewer, id)).toMatchObject({ id });
  });

  test('a malformed id is refused, in queries too', async () => {
    const { owner } = await newTenant();
    for (const id of ['', 'CUST-0001', '123', `${v7()}0`])
      for (const attempt of [() => customerById(owner, id), () => owner.request(verb('activateCustomer'), { id })]) {
        const told = await refusal(attempt());
        expect(told).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'INVALID_ID' });
        expect(faultsOf(told)).toEqual({ id: 'INVALID' });
      }
  });

  test('input comes before existence, existence before version, version before state', async () => {
    const { owner } = await newTenant();
    const taken = await newCustomer(owner);
    const { id } = await newCustomer(owner);
    expect(await refusal(changeCustomer(owner, v7(), { email: 'no' }, 9))).toMatchObject({ code: 'BAD_USER_INPUT' });
    const unknown = await refusal(changeCustomer(owner, v7(), { email: taken.email }, 9));
    expect(unknown).toMatchObject({ code: 'NOT_FOUND' });
    expect(faultsOf(unknown)).toEqual({ id: 'NOT_FOUND' });
    expect(await refusal(changeCustomer(owner, id, { email: taken.email }, 9))).toMatchObject({
      code: 'VERSION_CONFLICT',
    });
    expect(await refusal(changeCustomer(owner, id, { email: taken.email }, 1))).toMatchObject({ code: 'CONFLICT' });
  });

  test('a customer of another organization does not exist', async () => {
    const [tenant, foreign] = [await newTenant(), await newTenant()];
    const { id } = await newCustomer(foreign.owner);
    expect(await customerById(tenant.owner, id)).toBeNull();
    const attempts: (() => Promise<unknown>)[] = [
      () => changeCustomer(tenant.owner, id, { city: 'Bern' }, 9),
      ...['activateCustomer', 'deactivateCustomer', 'deleteCustomer'].map(
        (name) => () => tenant.owner.request(verb(name), { id, expectedVersion: 9 }),
      ),
    ];
    for (const attempt of attempts) {
      const told = await refusal(attempt());
      expect(told).toMatchObject({ code: 'NOT_FOUND' });
      expect(faultsOf(told)).toEqual({ id: 'NOT_FOUND' });
    }
    const told = await refusal(addNote(tenant.owner, id, { text: 'Hello' }));
    expect(told).toMatchObject({ code: 'NOT_FOUND' });
    expect(faultsOf(told)).toEqual({ customerId: 'NOT_FOUND' });
    expect(await customerById(foreign.owner, id)).toMatchObject({ version: 1, city: null });
  });

  test('the e-mail address of a foreign customer is no oracle', async () => {
    const [tenant, foreign] = [await newTenant(), await newTenant()];
    const { email } = await newCustomer(foreign.owner);
    const { id } = await newCustomer(tenant.owner);
    expect(await changeCustomer(tenant.owner, id, { email })).toMatchObject({ email });
  });
});

describe('notes', () => {
  test('a note is done as soon as it is written, by the caller, titled by its first line', async () => {
    const tenant = await newTenant();
    const rep = await tenant.member('Sales Rep');
    const { id, name } = await newCustomer(tenant.owner);
    const note = await addNote(rep.as(tenant.id), id, { text: '  Called back\r\nWants a quote\n' });
    expect(note).toMatchObject({
      activityType: 'NOTE',
      status: 'COMPLETED',
      version: 1,
      title: 'Called back',
      description: 'Called back\r\nWants a quote',
      isPinned: false,
      customer: { id },
      customerName: name,
      createdBy: { id: rep.id },
      tags: [],
    });
    expect(note.completedAt).not.toBeNull();
    expect(await customerById(tenant.owner, id)).toMatchObject({ version: 1 });
    expect(await addNote(tenant.owner, id, { text: 'Pinned', isPinned: true })).toMatchObject({ isPinned: true });
  });

  test('a long first line is cut to 255 characters in the title', async () => {
    const { owner } = await newTenant();
    const { id } = await newCustomer(owner);
    const text = `${'😀'.repeat(300)}\nend`;
    expect(await addNote(owner, id, { text })).toMatchObject({ title: '😀'.repeat(255), description: text });
  });

  test('the text has 1 to 2,000 characters', async () => {
    const { owner } = await newTenant();
    const { id } = await newCustomer(owner);
    const longest = '😀'.repeat(2000);
    expect(await addNote(owner, id, { text: longest })).toMatchObject({ description: longest });
    expect(faultsOf(await refusal(addNote(owner, id, { text: `${longest}!` })))).toEqual({ 'input.text': 'TOO_LONG' });
    expect(faultsOf(await refusal(addNote(owner, id, { text: ' \n ' })))).toEqual({ 'input.text': 'TOO_SHORT' });
  });

  test('writing one needs customer:update or activity:create', async () => {
    const tenant = await newTenant();
    const { id } = await newCustomer(tenant.owner);
    const marketing = (await tenant.member('Marketing Rep')).as(tenant.id);
    expect(await addNote(marketing, id, { text: 'By activity:create' })).toMatchObject({ title: 'By activity:create' });
    const rep = (await tenant.member('Sales Rep')).as(tenant.id);
    await strip(tenant.id, 'activity:create');
    expect(await addNote(rep, id, { text: 'By customer:update' })).toMatchObject({ title: 'By customer:update' });
    expect(await refusal(addNote(marketing, id, { text: 'By nothing' }))).toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('the timeline', () => {
  const at = (day: number) => `2024-03-0${day}T10:00:00.000Z`;

  test('lastContactAt is the latest completed call, e-mail, telegram or meeting', async () => {
    const tenant = await newTenant();
    const { id } = await newCustomer(tenant.owner);
    const other = await newCustomer(tenant.owner);
    const last = async () => {
      const document = gql`query ($id: ID!) { customer(id: $id) { lastContactAt } }`;
      return (await tenant.owner.request<{ customer: Fields }>(document, { id })).customer.lastContactAt;
    };
    const add = (columns: Fields) =>
      insertRows('activities', [activityRow(tenant.id, { customer_id: id, ...columns })]);
    const completed = { status: 'COMPLETED' };
    expect(await last()).toBeNull();
    await add({ activity_type: 'NOTE', ...completed, completed_at: at(9) });
    await add({ activity_type: 'TASK', ...completed, completed_at: at(9) });
    await add({ activity_type: 'CALL', status: 'CANCELLED', scheduled_at: at(9) });
    await add({ activity_type: 'CALL', ...completed, completed_at: at(9), customer_id: other.id });
    expect(await last()).toBeNull();
    for (const [n, kind] of ['CALL', 'EMAIL', 'TELEGRAM', 'MEETING'].entries()) {
      await add({ activity_type: kind, ...completed, completed_at: at(n + 2) });
      await add({ activity_type: kind, ...completed, completed_at: at(1) });
      expect(await last()).toBe(at(n + 2));
    }
  });

  test('activities and notes take filter, search, order and paging', async () => {
    const tenant = await newTenant();
    const { id } = await newCustomer(tenant.owner);
    const other = await newCustomer(tenant.owner);
    const row = (n: number, columns: Fields) =>
      activityRow(tenant.id, { customer_id: id, created_at: at(n), description: null, ...columns });
    const note = { activity_type: 'NOTE', status: 'COMPLETED', completed_at: at(1) };
    await insertRows('activities', [
      row(1, { title: 'b call' }),
      row(2, { title: 'A call', description: 'About the Quote' }),
      row(3, { title: 'c meeting', activity_type: 'MEETING' }),
      row(4, { title: 'first note', ...note }),
      row(5, { title: 'second note', ...note, is_pinned: true }),
      row(6, { title: 'of somebody else', customer_id: other.id }),
    ]);
    const { customer } = await tenant.owner.request<{ customer: Record<string, unknown> }>(
      gql`
        query ($id: ID!) {
          customer(id: $id) {
            newestFirst: activities { totalCount nodes { title } }
            calls: activities(filter: { activityType: { eq: CALL } }, orderBy: [{ field: TITLE }]) { nodes { title } }
            found: activities(search: "quote") { totalCount nodes { title } }
            page: activities(orderBy: [{ field: TITLE, direction: DESC }], page: 2, pageSize: 2) {
              pageInfo { page pageCount hasNextPage hasPreviousPage } nodes { title }
            }
            notes(orderBy: [{ field: IS_PINNED, direction: DESC }, { field: CREATED_AT }], first: 1) {
              totalCount pageInfo { hasNextPage } nodes { title }
            }
            noCalls: notes(filter: { activityType: { eq: CALL } }) { totalCount nodes { id } }
          }
        }
      `,
      { id },
    );
    const titles = (...given: string[]) => given.map((title) => ({ title }));
    expect(customer).toEqual({
      newestFirst: {
        totalCount: 5,
        nodes: titles('second note', 'first note', 'c meeting', 'A call', 'b call'),
      },
      calls: { nodes: titles('A call', 'b call') },
      found: { totalCount: 1, nodes: titles('A call') },
      page: {
        pageInfo: { page: 2, pageCount: 3, hasNextPage: true, hasPreviousPage: true },
        nodes: titles('c meeting', 'b call'),
      },
      notes: { totalCount: 2, pageInfo: { hasNextPage: true }, nodes: titles('second note') },
      noCalls: { totalCount: 0, nodes: [] },
    });
  });

  test('without activity:read it is refused at its path and the rest of the answer stands', async () => {
    const tenant = await newTenant();
    const { id } = await newCustomer(tenant.owner, { name: 'Ada King' });
    await strip(tenant.id, 'activity:read');
    const viewer = (await tenant.member('Viewer')).as(tenant.id);
    const { data, errors } = await partialAnswer(
      viewer.request(
        gql`
          query ($id: ID!) {
            customer(id: $id) { name activities { totalCount } notes { totalCount } lastContactAt }
            customers { nodes { name timeline: activities { totalCount } } }
          }
        `,
        { id },
      ),
    );
    expect(data).toEqual({
      customer: { name: 'Ada King', activities: null, notes: null, lastContactAt: null },
      customers: { nodes: [{ name: 'Ada King', timeline: null }] },
    });
    expect(errors.map(({ path }) => path.join('.')).sort()).toEqual([
      'customer.activities',
      'customer.lastContactAt',
      'customer.notes',
      'customers.nodes.0.timeline',
    ]);
    for (const { extensions } of errors)
      expect(extensions).toMatchObject({
        code: 'FORBIDDEN',
        reason: 'MISSING_PERMISSION',
        permission: 'activity:read',
      });
  });

  test('a deleted customer leaves its activities, which remember the name', async () => {
    const tenant = await newTenant();
    const { id } = await newCustomer(tenant.owner, { name: 'Ada King' });
    const note = await addNote(tenant.owner, id, { text: 'Kept' });
    const deleted = await tenant.owner.request(verb('deleteCustomer'), { id, expectedVersion: 1 });
    expect(deleted).toEqual({ deleteCustomer: { id } });
    expect(await customerById(tenant.owner, id)).toBeNull();
    expect(
      await sql('select customer_id, customer_name, title, organization_id from activities where id = $1', [note.id]),
    ).toEqual([{ customer_id: null, customer_name: 'Ada King', title: 'Kept', organization_id: tenant.id }]);
    expect(await refusal(tenant.owner.request(verb('deleteCustomer'), { id }))).toMatchObject({ code: 'NOT_FOUND' });
  });
});

/** Until a number is being drawn that another transaction has locked. */
async function waitsForLock(): Promise<void> {
  const query = `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%draw_codes%' and datname = current_database()`;
  while ((await sql(query)).length === 0) await setTimeout(10);
}
