import { beforeEach, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { arrange } from './support/arrange.js';
import { sql } from './support/database.js';
import { client, partialAnswer } from './support/server.js';
import { newTenant, type Tenant } from './support/tenant.js';

// A root field has failed when its own value is null because of an error, at whatever depth. A type of customer that
// nobody knows is such an error: it makes the customer null.

let tenant: Tenant;
let broken: string;
let sound: string;

const stored = async (...ids: string[]) =>
  (
    await sql<{ name: string; version: number }>('select name, version from customers where id = any($1) order by id', [
      ids,
    ])
  ).map(({ name, version }) => `${name} ${version}`);

const answer = (query: string, variables: object = {}, headers: Record<string, string> = {}) =>
  partialAnswer<Record<string, unknown>>(client({ token: tenant.owner.token }).rawRequest(query, variables, headers));

const errorPaths = ({ errors }: { errors: { path: unknown[] }[] }) => errors.map(({ path }) => path.join('.'));

beforeEach(async () => {
  tenant = await newTenant();
  const make = async (name: string) => {
    const { createCustomer } = await tenant.owner.request<{ createCustomer: { id: string } }>(
      gql`mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { id } }`,
      { input: { name, email: `${v7()}@customers.example`, customerType: 'BUSINESS' } },
    );
    return createCustomer.id;
  };
  [broken, sound] = [await make('Broken'), await make('Sound')];
  const constraint = 'customers_customer_type_check';
  const [check] = await sql<{ definition: string }>(
    'select pg_get_constraintdef(oid) as definition from pg_constraint where conname = $1',
    [constraint],
  );
  await arrange(
    `alter table customers drop constraint ${constraint}`,
    `update customers set customer_type = 'BUSINESS' where customer_type = 'NONSENSE';
     alter table customers add constraint ${constraint} ${check!.definition}`,
  );
  await arrange(
    `create function spoil() returns trigger language plpgsql as
     $$ begin new.customer_type := 'NONSENSE'; return new; end $$`,
    'drop function spoil() cascade',
  );
  await sql(
    `create trigger spoil before update on customers for each row when (old.name = 'Broken') execute function spoil()`,
  );
});

const change = (id: string, fields = 'id customerType') =>
  `updateCustomer(id: "${id}", input: { name: "Changed" }) { ${fields} }`;

describe('an error while the answer is completed', () => {
  test('takes a mutation back', async () => {
    expect(errorPaths(await answer(`mutation { ${change(broken)} }`))).toEqual(['updateCustomer.customerType']);
    expect(await stored(broken)).toEqual(['Broken 1']);
  });

  test.each([
    ['before', () => [`bad: ${change(broken)}`, `good: ${change(sound)}`]],
    ['after', () => [`good: ${change(sound)}`, `bad: ${change(broken)}`]],
  ])('takes one of several back, and its sibling %s stands', async (_place, fields) => {
    const { data, errors } = await answer(`mutation { ${fields().join(' ')} }`);
    expect(data).toEqual({ good: { id: sound, customerType: 'BUSINESS' }, bad: null });
    expect(errorPaths({ errors })).toEqual(['bad.customerType']);
    expect(await stored(broken, sound)).toEqual(['Broken 1', 'Changed 2']);
  });

  test('below a nullable field is not a failure', async () => {
    const { data, errors } = await answer(
      `
        mutation ($rows: [UpdateCustomerRow!]!) {
          updateCustomers(rows: $rows) { results { status record { customerType } } }
        }
      `,
      { rows: [{ id: broken, input: { name: 'Changed' } }] },
    );
    expect(data).toEqual({ updateCustomers: { results: [{ status: 'UPDATED', record: null }] } });
    expect(errorPaths({ errors })).toEqual(['updateCustomers.results.0.record.customerType']);
    expect(await stored(broken)).toEqual(['Changed 2']);
  });

  test('leaves an idempotency key unused', async () => {
    const headers = { 'Idempotency-Key': v7() };
    const document = `mutation { ${change(broken)} }`;
    await answer(document, {}, headers);
    expect(await stored(broken)).toEqual(['Broken 1']);
    await sql('drop trigger spoil on customers');
    const repeated = await client({ token: tenant.owner.token }).rawRequest(document, {}, headers);
    expect(repeated.extensions).toMatchObject({ idempotency: { replayed: false } });
    expect(await stored(broken)).toEqual(['Changed 2']);
  });

  test('nulls no field of GraphQL itself where a key takes all back', async () => {
    const { data, errors } = await answer(
      `mutation { __typename good: ${change(sound)} bad: ${change(broken)} }`,
      {},
      { 'Idempotency-Key': v7() },
    );
    expect(data).toEqual({ __typename: 'Mutation', good: null, bad: null });
    expect(errorPaths({ errors })).toEqual(['bad.customerType', 'good']);
  });

  test('is told by a dry run, which leaves nothing', async () => {
    const { data } = await answer(
      `mutation { bad: ${change(broken)} good: ${change(sound)} }`,
      {},
      { 'X-Dry-Run': 'true' },
    );
    expect(data).toMatchObject({ bad: null, good: { id: sound } });
    expect(await stored(broken, sound)).toEqual(['Broken 1', 'Sound 1']);
  });
});

test('root fields are told apart by their names in the answer, wherever they stand', async () => {
  const document = gql`
    mutation ($id: ID!, $yes: Boolean!, $no: Boolean!) {
      ... on Mutation @include(if: $yes) { ...Changes }
      ... @skip(if: $yes) { skipped: deleteCustomer(id: $id) { id } }
      omitted: deleteCustomer(id: $id) @include(if: $no) { id }
      one: updateCustomer(id: $id, input: { name: "One" }) { version }
      __typename
    }
    fragment Changes on Mutation {
      one: updateCustomer(id: $id, input: { name: "One" }) { id }
      ... @include(if: $yes) { two: updateCustomer(id: $id, input: { name: "Two" }) { version } }
    }
  `;
  // The second time it is compiled.
  for (const version of [2, 4]) {
    const { data } = await client({ token: tenant.owner.token }).rawRequest(document, {
      id: sound,
      yes: true,
      no: false,
    });
    expect(data).toEqual({
      one: { id: sound, version },
      two: { version: version + 1 },
      __typename: 'Mutation',
    });
  }
});
