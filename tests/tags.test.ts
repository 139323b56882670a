import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { gql } from 'graphql-request';
import { changeCustomer, type Fields, freshEmail, newCustomer } from './support/customers.js';
import { newTenant, type Tenant } from './support/tenant.js';

let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});

const send = <Data>(document: string, variables: object) => tenant.owner.request<Data>(document, variables);

/** Texts with a meaning to PostgreSQL, to SQL or to a driver, and ordinary ones around them. */
const pieces = ['null', 'NULL', ',', '"', "'", '{', '}', '\\', '\n', '\r\n', ' ', '?', '$1', 'ä', '😀', '¶', 'x'];
const text = (longest: number) =>
  fc
    .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ minLength: 1, maxLength: 3 })), {
      minLength: 1,
      maxLength: 8,
    })
    .map((parts) => parts.join('').replace(/\p{Cc}/gu, (control) => ('\r\n'.includes(control) ? control : '')))
    .map((joined) => [...joined.normalize('NFC').trim()].slice(0, longest).join('').trim())
    .filter((joined) => joined !== '');
const texts = (most: number, longest = 50) =>
  fc.oneof(
    fc.constantFrom(['null'], ['NULL', 'null'], ['a\n,b', '"\n"'], []),
    fc.uniqueArray(text(longest), { maxLength: most }),
  );
const lists = fc.array(texts(20), { minLength: 30, maxLength: 30 });
const runs = { numRuns: 5 };

interface Bulk {
  results: { record: { id: string; tags: string[] } | null }[];
}

const answered = ({ results }: Bulk) => results.map(({ record }) => record?.tags);

describe('tags come back as they were sent', () => {
  test('of a creation and of a change', async () => {
    await fc.assert(
      fc.asyncProperty(texts(20), texts(20), async (first, second) => {
        const created = await newCustomer(tenant.owner, { tags: first });
        expect(created.tags).toEqual(first);
        expect(await changeCustomer(tenant.owner, created.id, { tags: second })).toMatchObject({ tags: second });
        const { customer } = await send<{ customer: Fields }>(gql`query ($id: ID!) { customer(id: $id) { tags } }`, {
          id: created.id,
        });
        expect(customer.tags).toEqual(second);
      }),
      { numRuns: 20 },
    );
  });

  test('of many creations, changes and upserts at once', async () => {
    const Create = gql`
      mutation ($rows: [CreateCustomerRow!]!) {
        createCustomers(rows: $rows) { results { record { id tags } } }
      }
    `;
    const Update = gql`
      mutation ($rows: [UpdateCustomerRow!]!) {
        updateCustomers(rows: $rows) { results { record { id tags } } }
      }
    `;
    const Upsert = gql`
      mutation ($rows: [UpsertCustomerRow!]!) {
        upsertCustomers(rows: $rows) { results { record { id tags } } }
      }
    `;
    await fc.assert(
      fc.asyncProperty(lists, lists, lists, async (created, changed, upserted) => {
        const { createCustomers } = await send<{ createCustomers: Bulk }>(Create, {
          rows: created.map((tags) => ({ input: { email: freshEmail(), tags } })),
        });
        expect(answered(createCustomers)).toEqual(created);
        const ids = createCustomers.results.map(({ record }) => record!.id);
        const { updateCustomers } = await send<{ updateCustomers: Bulk }>(Update, {
          rows: changed.map((tags, n) => ({ id: ids[n], input: { tags } })),
        });
        expect(answered(updateCustomers)).toEqual(changed);
        const { upsertCustomers } = await send<{ upsertCustomers: Bulk }>(Upsert, {
          rows: upserted.map((tags, n) => ({ by: n % 2 ? { id: ids[n] } : { email: freshEmail() }, input: { tags } })),
        });
        expect(answered(upsertCustomers)).toEqual(upserted);
      }),
      runs,
    );
  });

  test('of a lead, on the customer that it becomes', async () => {
    const Lead = gql`mutation ($input: CreateLeadInput!) { createLead(input: $input) { id tags } }`;
    const Convert = gql`mutation ($id: ID!) { convertLead(id: $id) { customer { tags } lead { tags } } }`;
    await fc.assert(
      fc.asyncProperty(texts(20), async (tags) => {
        const { createLead } = await send<{ createLead: { id: string; tags: string[] } }>(Lead, {
          input: { name: 'Lea Lead', email: freshEmail(), tags },
        });
        expect(createLead.tags).toEqual(tags);
        const { convertLead } = await send<{ convertLead: object }>(Convert, { id: createLead.id });
        expect(convertLead).toEqual({ customer: { tags }, lead: { tags } });
      }),
      { numRuns: 10 },
    );
  });

  test('and so do the attendees of a meeting', async () => {
    const Create = gql`
      mutation ($rows: [CreateActivityRow!]!) {
        createActivities(rows: $rows) { results { record { attendees } } }
      }
    `;
    await fc.assert(
      fc.asyncProperty(fc.array(texts(50, 255), { minLength: 2, maxLength: 10 }), async (attendees) => {
        const { createActivities } = await send<{ createActivities: { results: { record: Fields }[] } }>(Create, {
          rows: attendees.map((list) => ({ input: { activityType: 'MEETING', title: 'Meeting', attendees: list } })),
        });
        expect(createActivities.results.map(({ record }) => record.attendees)).toEqual(attendees);
      }),
      runs,
    );
  });
});

test('a tag called null can be asked for, and lists that select tags go on', async () => {
  const { code } = await newCustomer(tenant.owner, { tags: ['null'] });
  const { customers } = await send<{ customers: { nodes: Fields[] } }>(
    gql`
      query ($code: String!) {
        customers(filter: { tags: { has: "null" }, code: { eq: $code } }) { nodes { tags } }
      }
    `,
    { code },
  );
  expect(customers.nodes).toEqual([{ tags: ['null'] }]);
});
