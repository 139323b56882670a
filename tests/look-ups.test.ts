import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { wholeAnswer } from './support/answers.js';
import { freshEmail, newCustomer } from './support/customers.js';
import { sql } from './support/database.js';
import { newDeal, newLead } from './support/sales.js';
import { refusal, statementsOf } from './support/server.js';
import { newTenant, type Person, type Tenant } from './support/tenant.js';

let tenant: Tenant;
let owner: Person;
let stranger: Person;

type Found = Record<string, { id: string } | null>;

/** One example of each record, with its keys. */
const examples: Record<string, Record<string, string>> = {};

beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
  stranger = (await newTenant()).owner;
  const [email, staff] = [freshEmail(), freshEmail()];
  const externalId = 'Over There/7';
  const customer = await newCustomer(owner, { name: 'Kim', email, externalId });
  await newLead(owner, { name: 'Lee', externalId });
  await newDeal(owner, { title: 'Deal', customerId: customer.id, externalId });
  await owner.request(gql`
    mutation {
      createVendor(input: { name: "Vic", email: "vic@vendors.example", externalId: "${externalId}" }) { id }
      createActivity(
        input: { activityType: CALL, title: "Hi", customerId: "${customer.id}", externalId: "${externalId}" }
      ) {
        id
      }
      createEmployee(
        input: { firstName: "Eve", lastName: "Early", email: "${staff}", externalId: "${externalId}" }
      ) {
        id
      }
    }
  `);
  await sql('update pipelines set external_id = $1 where organization_id = $2', [externalId, tenant.id]);
  const stored = await owner.request<Record<string, { nodes: Record<string, string>[] }>>(gql`
    {
      customer: customers { nodes { id code email externalId } }
      lead: leads { nodes { id code externalId } }
      deal: deals { nodes { id code externalId } }
      vendor: vendors { nodes { id code externalId } }
      activity: activities { nodes { id externalId } }
      employee: employees { nodes { id code email externalId } }
      pipeline: pipelines { nodes { id code externalId } }
      role: roles { nodes { id slug } }
      user: users { nodes { id username } }
    }
  `);
  for (const [name, { nodes }] of Object.entries(stored)) examples[name] = nodes[0]!;
});

const kinds = ['customer', 'lead', 'deal', 'activity', 'employee', 'vendor', 'pipeline', 'role', 'user'];
const typeOf = (kind: string) => `${kind[0]!.toUpperCase()}${kind.slice(1)}Key`;
const documentOf = (kind: string) => `query Find($key: ${typeOf(kind)}!) { found: ${kind}By(key: $key) { id } }`;

const find = async (person: Person, kind: string, key: object) =>
  (await person.request<Found>(documentOf(kind), { key })).found;

describe.each(kinds)('%sBy', (kind) => {
  test('finds a record by each of its keys, and nothing by a key that nobody has', async () => {
    const { id, ...others } = examples[kind]!;
    for (const key of [{ id }, ...Object.entries(others).map(([name, value]) => ({ [name]: value }))])
      expect([key, await find(owner, kind, key)]).toEqual([key, { id }]);
    expect(await find(owner, kind, { id: v7() })).toBeNull();
    for (const name of Object.keys(others)) {
      const unknown = name === 'email' ? freshEmail() : 'nobody';
      expect([name, await find(owner, kind, { [name]: unknown })]).toEqual([name, null]);
    }
  });

  test('shows nobody the records of another organization', async () => {
    const { id, externalId, username } = examples[kind]!;
    const key = externalId ? { externalId } : username ? { username } : { id };
    expect(await find(stranger, kind, key)).toBeNull();
  });

  test('takes exactly one key, compiled and interpreted', async () => {
    const { id, ...others } = examples[kind]!;
    const [name, value] = Object.entries(others)[0]!;
    const cases: [object, [string, string]][] = [
      [{ id, [name]: value }, ['key', 'INVALID']],
      [{}, ['key', 'INVALID']],
      [{ [name]: null }, [`key.${name}`, 'REQUIRED']],
      [{ id, [name]: null }, ['key', 'INVALID']],
      [{ id: 'nonsense' }, ['key.id', 'INVALID']],
      [{ [name]: ' ' }, [`key.${name}`, 'TOO_SHORT']],
    ];
    // The second and later requests with the same document are compiled.
    for (const [key, [path, code]] of [...cases, ...cases]) {
      const { fields } = await refusal(owner.request(documentOf(kind), { key }));
      expect([key, (fields as object[])[0]]).toEqual([key, expect.objectContaining({ path, code })]);
    }
  });
});

test('a key in the document itself names exactly one field as well', async () => {
  const codeOf = async (key: string, variables = '') =>
    (await wholeAnswer(owner, `query ${variables} { customerBy(key: ${key}) { id } }`, { id: v7() })).errors?.[0]
      ?.extensions.code;
  expect(await codeOf(`{ id: "${v7()}" }`)).toBeUndefined();
  expect(await codeOf('{ id: $id }', '($id: ID!)')).toBeUndefined();
  for (const key of ['{}', '{ id: null }', `{ id: "${v7()}", code: "CUST-0001" }`, `{ id: "${v7()}", code: null }`])
    expect([key, await codeOf(key)]).toEqual([key, 'GRAPHQL_VALIDATION_FAILED']);
});

test('a nullable variable as the value of a key must have a value', async () => {
  const document = 'query ($id: ID) { customerBy(key: { id: $id }) { id } }';
  const { id } = examples.customer!;
  for (const variables of [{}, { id: null }, {}, { id: null }]) {
    const { errors } = await wholeAnswer(owner, document, variables);
    expect(errors).toMatchObject([{ path: ['customerBy'], extensions: { code: 'BAD_USER_INPUT' } }]);
  }
  expect(await wholeAnswer(owner, document, { id })).toMatchObject({ data: { customerBy: { id } } });
});

test('an e-mail address and a username are found in any case', async () => {
  const { id, email } = examples.customer!;
  expect(await find(owner, 'customer', { email: ` ${email!.toUpperCase()} ` })).toEqual({ id });
  expect(await find(owner, 'user', { username: owner.username.toUpperCase() })).toEqual({ id: owner.id });
});

test('a user without an organization finds themselves only', async () => {
  const alone = stranger;
  expect(await find(alone, 'user', { username: alone.username })).toEqual({ id: alone.id });
  expect(await find(alone, 'user', { username: owner.username })).toBeNull();
});

test('a look-up takes one statement, with its relations', async () => {
  const { externalId } = examples.deal!;
  const document = gql`
    query Find($key: DealKey!) {
      dealBy(key: $key) { id title customer { name } stage { name } assignedTo { fullName } }
    }
  `;
  const statements = await statementsOf(() => owner.request(document, { key: { externalId } }));
  expect(statements.filter((text) => /from "?deals/.test(text))).toHaveLength(1);
});

test('introspection and the printed schema say that a key takes exactly one field', async () => {
  const { __type } = await owner.request<{ __type: { isOneOf: boolean } }>('{ __type(name: "DealKey") { isOneOf } }');
  expect(__type.isOneOf).toBe(true);
});
