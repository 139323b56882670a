import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import {
  address,
  bulk,
  CreateCustomers,
  CreateEmployees,
  namesIn,
  newEmployees,
  newRows,
  type Result,
  runBulk,
  statuses,
  UpdateEmployees,
} from '../support/bulk-calls.js';
import { sql } from '../support/database.js';
import { refusal } from '../support/server.js';
import { newTenant } from '../support/tenant.js';

describe('rows that fail in mode PER_ROW', () => {
  test('leave nothing behind of what they had changed before', async () => {
    const { owner } = await newTenant();
    const [a, b] = (await runBulk(owner, CreateEmployees, newEmployees(2))).results;
    const done = await runBulk(owner, UpdateEmployees, [
      { id: a!.id, input: { employmentType: 'CONTRACT' } },
      { id: b!.id, input: { firstName: 'Bea' } },
    ]);
    expect(statuses(done)).toEqual(['FAILED', 'UPDATED']);
    expect(await sql('select employment_type, version from employees where id = $1', [a!.id])).toEqual([
      { employment_type: 'FULL_TIME', version: 1 },
    ]);
  });

  test('do not stop later ones that depend on them', async () => {
    const tenant = await newTenant();
    const leads = await runBulk(tenant.owner, bulk('createLeads', 'CreateLeadRow'), [
      { input: { name: 'Lea', email: address() } },
      { input: { name: 'Leo', email: address() } },
    ]);
    const [l1, l2] = leads.results.map(({ id }) => id);
    const deals = await runBulk(
      tenant.owner,
      bulk('createDeals', 'CreateDealRow'),
      [l1, l2].map((leadId) => ({ input: { title: 'Deal', leadId } })),
    );
    const [d1, d2] = deals.results.map(({ id }) => id);
    const [won] = await sql<{ id: string }>(
      'select id from pipeline_stages where organization_id = $1 and is_closed_won',
      [tenant.id],
    );
    // The second row wins the lead to which the first one turns, and so does the third.
    const done = await runBulk(tenant.owner, bulk('updateDeals', 'UpdateDealRow'), [
      { id: d1, input: { leadId: l2 } },
      { id: d1, input: { stageId: won!.id } },
      { id: d2, input: { stageId: won!.id } },
    ]);
    expect(statuses(done)).toEqual(['UPDATED', 'UPDATED', 'UPDATED']);
    expect(await sql('select 1 from customers where organization_id = $1', [tenant.id])).toHaveLength(1);
  });
});

describe('where a filter matches', () => {
  const Change = gql`
    mutation ($filter: CustomerFilter!, $expectedCount: Int!) {
      done: updateCustomersWhere(filter: $filter, input: { status: VIP }, expectedCount: $expectedCount) {
        summary { total updated }
      }
    }
  `;
  const Delete = gql`
    mutation ($filter: CustomerFilter!, $expectedCount: Int!) {
      done: deleteCustomersWhere(filter: $filter, expectedCount: $expectedCount) { summary { total deleted } }
    }
  `;
  const named = { name: { startsWith: 'Customer' } };

  test('all of them are changed or deleted, if they are as many as expected', async () => {
    const tenant = await newTenant();
    await runBulk(tenant.owner, CreateCustomers, [...newRows(3), { input: { name: 'Other', email: address() } }]);
    for (const document of [Change, Delete])
      expect(await refusal(tenant.owner.request(document, { filter: named, expectedCount: 4 }))).toMatchObject({
        code: 'CONFLICT',
        reason: 'COUNT_DIFFERS',
      });
    expect(await namesIn(tenant)).toHaveLength(4);
    const changed = await tenant.owner.request<{ done: Result }>(Change, { filter: named, expectedCount: 3 });
    expect(changed.done.summary).toEqual({ total: 3, updated: 3 });
    const deleted = await tenant.owner.request<{ done: Result }>(Delete, { filter: named, expectedCount: 3 });
    expect(deleted.done.summary).toEqual({ total: 3, deleted: 3 });
    expect(await namesIn(tenant)).toEqual(['Other']);
    const none = await tenant.owner.request<{ done: Result }>(Delete, { filter: named, expectedCount: 0 });
    expect(none.done.summary).toEqual({ total: 0, deleted: 0 });
  });

  test('of several calls at once each changes what still matches when its turn comes', async () => {
    const { owner } = await newTenant();
    await runBulk(
      owner,
      CreateCustomers,
      newRows(20).map(({ input }) => ({ input: { ...input, status: 'VIP' } })),
    );
    const Change = gql`
      mutation ($status: CustomerStatus!) {
        done: updateCustomersWhere(filter: { status: { eq: VIP } }, input: { status: $status }, expectedCount: 20) {
          summary { updated }
        }
      }
    `;
    const outcomes = await Promise.all(
      ['ACTIVE', 'INACTIVE', 'PROSPECT'].map((status) =>
        owner.request<{ done: Result }>(Change, { status }).then(
          ({ done }) => done.summary.updated,
          async (error: unknown) => (await refusal(Promise.reject(error))).reason,
        ),
      ),
    );
    expect(outcomes.toSorted()).toEqual([20, 'COUNT_DIFFERS', 'COUNT_DIFFERS']);
  });

  test.each([{}, { and: [] }, { not: {} }, { or: [{}, { name: {} }] }])('the filter %j is refused', async (filter) => {
    const tenant = await newTenant();
    await runBulk(tenant.owner, CreateCustomers, newRows(1));
    expect(await refusal(tenant.owner.request(Delete, { filter, expectedCount: 1 }))).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    expect(await namesIn(tenant)).toHaveLength(1);
  });
});
