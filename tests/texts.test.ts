import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { gql } from 'graphql-request';
import { changeCustomer, type Fields, newCustomer } from './support/customers.js';
import { sql } from './support/database.js';
import { faultsOf, newDeal, newLead, newPipeline, send } from './support/sales.js';
import { client, refusal } from './support/server.js';
import { newPerson, newTenant, type Person } from './support/tenant.js';

let owner: Person;

beforeAll(async () => {
  ({ owner } = await newTenant());
});

const composed = 'Zo\u00eb'; // ë as one character
const decomposed = 'Zoe\u0308'; // e and a diaeresis

async function found(list: string, args: string, variables: Fields = {}): Promise<string[]> {
  const declared = Object.keys(variables).map((name) => `$${name}: String`);
  const query = `query ${declared.length ? `(${declared.join(', ')})` : ''} { ${list}(${args}) { nodes { id } } }`;
  const answer = await owner.request<Record<string, { nodes: { id: string }[] }>>(query, variables);
  return answer[list]!.nodes.map(({ id }) => id);
}

describe('composed and decomposed letters are the same', () => {
  test('in names, tags and keys, in filters and in searches', async () => {
    const { id, name, tags } = await newCustomer(owner, {
      name: decomposed,
      tags: [decomposed],
      externalId: decomposed,
    });
    expect([name, tags]).toEqual([composed, [composed]]);
    for (const text of [composed, decomposed]) {
      expect(await found('customers', 'search: $text', { text })).toEqual([id]);
      expect(await found('customers', 'filter: { name: { eq: $text } }', { text })).toEqual([id]);
      expect(await found('customers', 'filter: { name: { contains: $text } }', { text })).toEqual([id]);
      expect(await found('customers', 'filter: { tags: { has: $text } }', { text } as Fields)).toEqual([id]);
      expect(await changeCustomer(owner, id, { name: text, tags: [text] })).toMatchObject({ version: 1 });
    }
    const twin = newCustomer(owner, { externalId: composed });
    expect(await refusal(twin)).toMatchObject({ reason: 'DUPLICATE_EXTERNAL_ID', existingId: id });
  });

  test('in names of roles and stages', async () => {
    const create = (name: string) =>
      owner.request(gql`mutation ($input: CreateRoleInput!) { createRole(input: $input) { id } }`, { input: { name } });
    await create(composed);
    expect(await refusal(create(decomposed.toUpperCase()))).toMatchObject({ reason: 'DUPLICATE_NAME' });
    const { id: pipelineId } = await newPipeline(owner, { name: 'Folded' });
    const add = (name: string) => send(owner, 'createPipelineStage', { input: { pipelineId, name } });
    await add('Straße');
    expect(await refusal(add('STRASSE'))).toMatchObject({ reason: 'DUPLICATE_NAME' });
    const stages = [{ name: 'ΣΊΣ' }, { name: 'Other' }, { name: 'σίς' }];
    expect(faultsOf(await refusal(newPipeline(owner, { stages })))).toEqual({ 'input.stages.2.name': 'NOT_UNIQUE' });
  });

  test('in passwords, those of long ago too', async () => {
    const password = `pass-${decomposed}-word`;
    const person = await newPerson();
    const change = gql`mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { id } }`;
    await person.request(change, { input: { oldPassword: 'correct-horse-battery', newPassword: password } });
    const login = gql`mutation ($input: LoginInput!) { login(input: $input) { user { id } } }`;
    for (const one of [password, password.normalize('NFC')])
      expect(await client().request(login, { input: { username: person.username, password: one } })).toEqual({
        login: { user: { id: person.id } },
      });
    const { hash } = await import('@node-rs/argon2');
    const asTyped = await hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
    await sql('update user_secrets set password_hash = $1 where user_id = $2', [asTyped, person.id]);
    await client().request(login, { input: { username: person.username, password } });
    await client().request(login, { input: { username: person.username, password: password.normalize('NFC') } });
  });
});

describe('upper and lower case are the same', () => {
  test.each([
    ['ΣΊΣΥΦΟΣ ΑΕ', 'ΣΊΣ'],
    ['ΣΊΣΥΦΟΣ ΑΕ', 'σίς'],
    ['Lange straße', 'STRASSE'],
    ['Lange Strasse', 'straße'],
    ['İstanbul', 'i̇STANBUL'],
    ['Äpfel', 'äPFEL'],
  ])('%s is found by %s, searched and filtered', async (name, text) => {
    const { owner: other } = await newTenant();
    const { id } = await newCustomer(other, { name });
    for (const args of [
      'search: $text',
      'filter: { name: { contains: $text } }',
      'filter: { name: { startsWith: $text } }',
    ]) {
      if (args.includes('startsWith') && name.startsWith('Lange')) continue;
      const { customers } = await other.request<{ customers: { nodes: object[] } }>(
        `query ($text: String) { customers(${args}) { nodes { id } } }`,
        { text },
      );
      expect(customers.nodes).toEqual([{ id }]);
    }
  });
});

test('every character folds to the same text in upper case, lower case and decomposed, and no further', async () => {
  const apart = await sql(`
    select i, t from generate_series(1, 195101) as i, chr(i) as t
    where i not between 55296 and 57343 and not (
      folded(t) = folded(upper(t collate "und-x-icu")) and folded(t) = folded(lower(t collate "und-x-icu"))
      and folded(t) = folded(normalize(t, NFD)) and folded(t) = folded(folded(t)))`);
  expect(apart).toEqual([]);
});

test('any name is found by any way to write it', async () => {
  const { owner: other } = await newTenant();
  const letter = fc.constantFrom(...'abßẞΣσςΐΪ\u0301ŉǰİiıIÅåﬁҐґ한😀%_\\ ');
  await fc.assert(
    fc.asyncProperty(fc.array(letter, { minLength: 1, maxLength: 12 }), async (letters) => {
      const name = letters.join('').normalize('NFC').trim();
      // A mark at the beginning would join what stands before it.
      fc.pre(/^[^\p{M}\s]/u.test(name));
      const { id } = await newCustomer(other, { name });
      for (const text of [name, name.toUpperCase(), name.toLowerCase(), name.normalize('NFD')]) {
        const { customers } = await other.request<{ customers: { nodes: { id: string }[] } }>(
          gql`
            query ($text: String!) {
              customers(
                search: $text, filter: { and: [{ name: { contains: $text } }, { name: { endsWith: $text } }] }
              ) {
                nodes { id }
              }
            }
          `,
          { text },
        );
        expect(customers.nodes.map((node) => node.id)).toContain(id);
      }
    }),
    { numRuns: 40 },
  );
});

describe('invisible text', () => {
  test('is stripped at both ends', async () => {
    const customer = await newCustomer(owner, { name: '\u200b \ufeffAcme\u2060\u200f', source: '\u202efair\u200b' });
    expect(await changeCustomer(owner, customer.id, {})).toMatchObject({ name: 'Acme', source: 'fair' });
  });

  test('is refused inside names, titles, keys, tags and addresses', async () => {
    const input = {
      name: 'Ac\u200bme',
      email: `a\u2063b@customers.example`,
      externalId: 'k\u202ey',
      tags: ['t\u200dag'],
      firstName: '\u0301',
    };
    expect(faultsOf(await refusal(newCustomer(owner, input)))).toEqual({
      'input.name': 'INVALID',
      'input.email': 'INVALID',
      'input.externalId': 'INVALID',
      'input.tags': 'INVALID',
      'input.firstName': 'INVALID',
    });
    expect(faultsOf(await refusal(newLead(owner, { name: '\u2800' })))).toEqual({ 'input.name': 'INVALID' });
  });

  test('is not made of what is cut from a name', async () => {
    const family = '👩\u200d👩\u200d👧';
    const { id, name, firstName, lastName } = await newCustomer(owner, {
      name: `${'x'.repeat(99)}${family} \u0301y \u0301`,
    });
    expect([firstName, lastName]).toEqual([`${'x'.repeat(99)}👩`, '\u0301y \u0301']);
    expect(await changeCustomer(owner, id, { name, firstName, lastName })).toMatchObject({ version: 1 });
    const lead = await newLead(owner, { name: `${'y'.repeat(189)}${family}` });
    const { convertLead } = await owner.request<{ convertLead: { deal: Fields } }>(
      gql`mutation ($id: ID!) { convertLead(id: $id, input: { createDeal: {} }) { deal { title } } }`,
      { id: lead.id },
    );
    expect(convertLead.deal).toEqual({ title: `Deal with ${'y'.repeat(189)}👩` });
  });

  test('stays where a script or a picture needs it, and in long texts', async () => {
    const names = ['می\u200cخواهم', 'क्\u200dष', '👩\u200d🔬 Lab'];
    for (const name of names) expect(await newCustomer(owner, { name })).toMatchObject({ name });
    const description = 'one\u200btwo';
    expect(await newCustomer(owner, { description })).toMatchObject({ description });
  });
});

test.each([
  ['phone', '++--1234567', 'INVALID'],
  ['phone', '12+34567890', 'INVALID'],
  ['website', 'https://user:secret@example.org/', 'INVALID'],
])('a %s such as %s is refused', async (field, value, code) => {
  expect(faultsOf(await refusal(newCustomer(owner, { [field]: value })))).toEqual({ [`input.${field}`]: code });
});

test('a phone number may have slashes', async () => {
  expect(await newCustomer(owner, { phone: '+43 1/234-56.78 (9)' })).toMatchObject({ phone: '+43 1/234-56.78 (9)' });
});

test.each([
  ['Größe & Söhne GmbH', /^grosse-sohne-gmbh/],
  ['Łódź', /^lodz/],
  ['Αθήνα', /^athina/],
  ['東京', /^[a-z]+/],
])('the slug of %s is legible', async (name, slug) => {
  const answer = await owner.request<{ createOrganization: { slug: string } }>(
    gql`mutation ($name: String!) { createOrganization(input: { name: $name }) { slug } }`,
    { name },
  );
  expect(answer.createOrganization.slug).toMatch(slug);
});

describe('a search finds numbers', () => {
  test('by code, and phones by their digits, however they are written', async () => {
    const phone = '+1 (555) 0199-88';
    const customer = await newCustomer(owner, { phone });
    const lead = await newLead(owner, { phone: '5550199/88' });
    const deal = await newDeal(owner, { customerId: customer.id });
    for (const text of ['555-0199', '(555) 01', '1 555 0199', '0199.88']) {
      const expected = text.startsWith('1') ? [customer.id] : [customer.id, lead.id];
      expect([
        ...(await found('customers', 'search: $text', { text })),
        ...(await found('leads', 'search: $text', { text })),
      ]).toEqual(expected);
    }
    expect(await found('customers', 'search: $text', { text: customer.code as string })).toEqual([customer.id]);
    expect(await found('deals', 'search: $text', { text: String(deal.code).toLowerCase() })).toEqual([deal.id]);
    expect(await found('pipelines', 'search: "pipe-0001"')).toHaveLength(1);
  });

  test('phones and nothing else by digits, a deal by its customer’s name but not by the phone', async () => {
    const { owner: other } = await newTenant();
    const search = async (list: string, text: string) => {
      const query = `query ($text: String!) { ${list}(search: $text) { nodes { id } } }`;
      const answer = await other.request<Record<string, { nodes: { id: string }[] }>>(query, { text });
      return answer[list]!.nodes.map(({ id }) => id);
    };
    const named = await newCustomer(other, { name: 'Order 7771234', email: '7771234@x.example' });
    const reached = await newCustomer(other, { name: 'Reached', phone: '777 12-34' });
    const { id: dealId } = await newDeal(other, { customerId: reached.id, title: 'Item 7771234' });
    expect(await search('customers', '77-71 23')).toEqual([reached.id]);
    expect(await search('customers', '(777)12')).toEqual([reached.id]);
    expect((await search('customers', '7771234')).toSorted()).toEqual([named.id, reached.id].toSorted());
    expect(await search('customers', '77 x')).toEqual([]);
    expect(await search('deals', 'REACHED')).toEqual([dealId]);
    expect(await search('deals', '7771234')).toEqual([dealId]);
    expect(await search('deals', '777-12')).toEqual([]);
    expect(await search('customers', ' \u200b reached \u200f')).toEqual([reached.id]);
  });
});
