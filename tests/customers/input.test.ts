import { describe, expect, test } from '@jest/globals';
import { addNote } from '../support/customer-verbs.js';
import { changeCustomer, type Fields, newCustomer, type Sender } from '../support/customers.js';
import { faultsOf } from '../support/sales.js';
import { origin, refusal } from '../support/server.js';
import { newTenant } from '../support/tenant.js';

const refusedInput = async (sender: Sender, input: Fields) => faultsOf(await refusal(newCustomer(sender, input)));

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
