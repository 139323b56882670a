import { expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { partialAnswer, refusal, statementsOf } from '../support/server.js';
import { newTenant } from '../support/tenant.js';

const vendors = (count: number) =>
  Array.from({ length: count }, () => ({ input: { name: 'Vendor', email: `${v7()}@vendors.example` } }));

const CreateTwice = gql`
  mutation ($first: [CreateVendorRow!]!, $second: [CreateVendorRow!]!) {
    first: createVendors(rows: $first) { summary { created } }
    second: createVendors(rows: $second) { summary { created } }
  }
`;

test('the bulk mutations of a document share 1,000 rows', async () => {
  const { owner } = await newTenant();
  let refused: Record<string, unknown> = {};
  const sent = await statementsOf(async () => {
    refused = await refusal(owner.request(CreateTwice, { first: vendors(900), second: vendors(101) }));
  });
  expect(sent).toEqual([]);
  expect(refused).toMatchObject({
    code: 'QUERY_TOO_COMPLEX',
    message: expect.stringContaining('1001 bulk rows (first 900, second 101), at most 1000'),
    rows: [
      { path: 'first', rows: 900 },
      { path: 'second', rows: 101 },
    ],
  });
  const answer = await owner.request(CreateTwice, { first: vendors(990), second: vendors(10) });
  expect(answer).toEqual({ first: { summary: { created: 990 } }, second: { summary: { created: 10 } } });
});

test('a mutation of what matches a filter counts the rows that are expected', async () => {
  const { owner } = await newTenant();
  const document = gql`
    mutation ($rows: [CreateVendorRow!]!, $count: Int!) {
      createVendors(rows: $rows) { summary { created } }
      deleteVendorsWhere(filter: { name: { eq: "Nobody" } }, expectedCount: $count) { summary { deleted } }
    }
  `;
  expect(await refusal(owner.request(document, { rows: vendors(1), count: 1000 }))).toMatchObject({
    code: 'QUERY_TOO_COMPLEX',
    rows: [
      { path: 'createVendors', rows: 1 },
      { path: 'deleteVendorsWhere', rows: 1000 },
    ],
  });
  const answer = await owner.request(document, { rows: vendors(1), count: 0 });
  expect(answer).toMatchObject({ createVendors: { summary: { created: 1 } } });
});

test('a call with too many rows of its own is refused as such, and its siblings run', async () => {
  const { owner } = await newTenant();
  const document = gql`
    mutation ($rows: [CreateVendorRow!]!) {
      createVendors(rows: $rows) { summary { created } }
      createPipeline(input: { name: "Other" }) { name }
    }
  `;
  const { data, errors } = await partialAnswer(owner.request(document, { rows: vendors(1001) }));
  expect(data).toEqual({ createVendors: null, createPipeline: { name: 'Other' } });
  expect(errors).toMatchObject([{ path: ['createVendors'], extensions: { code: 'BAD_USER_INPUT' } }]);
});

test('what @skip leaves out is not counted, and literal rows are', async () => {
  const { owner } = await newTenant();
  const document = gql`
    mutation ($rows: [CreateVendorRow!]!, $skip: Boolean!) {
      createVendors(rows: $rows) @skip(if: $skip) { summary { created } }
      one: createVendors(rows: [{ input: { name: "Vendor", email: "one@vendors.example" } }]) { summary { created } }
    }
  `;
  const rows = vendors(1000);
  expect(await refusal(owner.request(document, { rows, skip: false }))).toMatchObject({ code: 'QUERY_TOO_COMPLEX' });
  expect(await owner.request(document, { rows, skip: true })).toEqual({ one: { summary: { created: 1 } } });
});
