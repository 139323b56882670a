import { describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import {
  address,
  bulk,
  CreateCustomers,
  CreateEmployees,
  DeleteCustomers,
  DeleteEmployees,
  namesIn,
  newEmployees,
  newRows,
  type Result,
  runBulk,
  statuses,
  UpdateCustomers,
  UpdateEmployees,
  UpsertCustomers,
} from '../support/bulk-calls.js';
import { sql } from '../support/database.js';
import { client, refusal, statementsOf } from '../support/server.js';
import { newTenant, type Tenant } from '../support/tenant.js';

/** Employees to create, each for a member of their own and in a role. */
async function linkedEmployees({ id }: Tenant, count: number) {
  const users = await sql<{ id: string }>(
    `with made as (
       insert into users (id, created_at, updated_at, username, email)
       select id, now(), now(), id::text, id || '@bulk.example'
       from (select gen_random_uuid() as id from generate_series(1, $2)) _
       returning id
     )
     insert into memberships (id, created_at, updated_at, organization_id, user_id, joined_at)
     select gen_random_uuid(), now(), now(), $1, id, now() from made returning user_id as id`,
    [id, count],
  );
  const roles = await sql<{ id: string }>('select id from roles where organization_id = $1', [id]);
  return newEmployees(count).map(({ input }, n) => ({
    input: { ...input, userId: users[n]!.id, roleId: roles[n % roles.length]!.id },
  }));
}

describe('a bulk call', () => {
  test('has 1 to 1,000 rows', async () => {
    const tenant = await newTenant();
    for (const rows of [[], newRows(1001)])
      expect(await refusal(runBulk(tenant.owner, CreateCustomers, rows))).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: [{ path: 'rows', code: 'OUT_OF_RANGE' }],
      });
    expect(await namesIn(tenant)).toEqual([]);
  });

  test('takes a row of a megabyte for what it is', async () => {
    const tenant = await newTenant();
    const rows = [...newRows(2), { input: { email: address(), description: 'x'.repeat(1_000_000) } }];
    const done = await runBulk(tenant.owner, CreateCustomers, rows);
    expect(statuses(done)).toEqual(['CREATED', 'CREATED', 'FAILED']);
    expect(done.results[2]!.errors).toMatchObject([{ code: 'BAD_USER_INPUT', path: 'input.description' }]);
  });

  test('needs the permission of the single mutation, an upsert both', async () => {
    const tenant = await newTenant();
    const viewer = await tenant.member('Viewer');
    expect(await refusal(runBulk(viewer, CreateCustomers, newRows(1)))).toMatchObject({
      permission: 'customer:create',
    });
    expect(await refusal(runBulk(viewer, UpdateCustomers, [{ id: v7(), input: {} }]))).toMatchObject({
      permission: 'customer:update',
    });
    expect(await refusal(runBulk(viewer, UpsertCustomers, [{ by: { email: address() }, input: {} }]))).toMatchObject({
      permission: 'customer:create',
    });
  });

  test('lets everybody change of their own record what the single mutation lets them', async () => {
    const tenant = await newTenant();
    const viewer = await tenant.member('Viewer');
    const own = await tenant.employee({ userId: viewer.id });
    const [one, many] = [viewer.as(tenant.id), await tenant.employee()];
    expect(statuses(await runBulk(one, UpdateEmployees, [{ id: own, input: { phone: '+43 1 23456' } }]))).toEqual([
      'UPDATED',
    ]);
    const raised = await runBulk(one, UpdateEmployees, [{ id: own, input: { salary: 1 } }]);
    expect(raised.results).toMatchObject([{ status: 'FAILED', errors: [{ reason: 'SELF_EDIT_LIMITED' }] }]);
    const both = [own, many].map((id) => ({ id, input: { phone: '+43 1 23456' } }));
    expect(await refusal(runBulk(one, UpdateEmployees, both))).toMatchObject({ permission: 'employee:update' });
  });

  test('can be rehearsed, and sent again under a key', async () => {
    const tenant = await newTenant();
    const [rows, mode] = [newRows(2), 'ATOMIC'];
    const raw = (headers: Record<string, string>) =>
      client({ token: tenant.owner.token }).rawRequest<{ done: Result }>(CreateCustomers, { rows, mode }, headers);
    const rehearsal = await raw({ 'X-Dry-Run': 'true' });
    expect(rehearsal.extensions).toMatchObject({ dryRun: true });
    expect(rehearsal.data.done.results.map(({ record }) => record!.code)).toEqual(['CUST-0001', 'CUST-0002']);
    expect(await namesIn(tenant)).toEqual([]);
    const key = { 'Idempotency-Key': v7() };
    const [first, second] = [await raw(key), await raw(key)];
    expect(second.data).toEqual(first.data);
    expect(await namesIn(tenant)).toHaveLength(2);
  });

  test.each<[string, (count: number, tenant: Tenant) => Promise<[document: string, rows: object[]]>]>([
    ['createCustomers', async (count) => [CreateCustomers, newRows(count)]],
    [
      'updateCustomers',
      async (count, { owner }) => {
        const { results } = await runBulk(owner, CreateCustomers, newRows(count));
        return [UpdateCustomers, results.map(({ id }, n) => ({ id, input: { name: `Other ${n}` } }))];
      },
    ],
    [
      'upsertCustomers',
      async (count) => [
        UpsertCustomers,
        newRows(count).map(({ input: { email, name } }) => ({ by: { email }, input: { name } })),
      ],
    ],
    [
      'deleteCustomers',
      async (count, { owner }) => {
        const { results } = await runBulk(owner, CreateCustomers, newRows(count));
        return [DeleteCustomers, results.map(({ id }) => ({ id }))];
      },
    ],
    [
      'markDealsWon',
      async (count, { owner }) => {
        const customer = (await runBulk(owner, CreateCustomers, newRows(1))).results[0]!.id;
        const deals = Array.from({ length: count }, () => ({ input: { title: 'Deal', customerId: customer } }));
        const { results } = await runBulk(owner, bulk('createDeals', 'CreateDealRow'), deals);
        return [bulk('markDealsWon', 'MarkDealWonRow'), results.map(({ id }) => ({ id }))];
      },
    ],
    [
      'markDealsWon, which converts leads,',
      async (count, { id, owner }) => {
        const leads = Array.from({ length: count }, () => ({ input: { name: 'Lea', email: address() } }));
        const created = await runBulk(owner, bulk('createLeads', 'CreateLeadRow'), leads);
        await sql(
          'update leads set assigned_to_id = (select id from employees where organization_id = $1) where id = $2',
          [id, created.results[0]!.id],
        );
        // The customer of a lead may be there already.
        await runBulk(owner, CreateCustomers, [{ input: { name: 'Cus', email: leads[0]!.input.email } }]);
        const deals = created.results.map((lead) => ({ input: { title: 'Deal', leadId: lead.id } }));
        const { results } = await runBulk(owner, bulk('createDeals', 'CreateDealRow'), deals);
        return [bulk('markDealsWon', 'MarkDealWonRow'), results.map((deal) => ({ id: deal.id }))];
      },
    ],
    [
      'createEmployees with users and roles',
      async (count, tenant) => [CreateEmployees, await linkedEmployees(tenant, count)],
    ],
    [
      'deleteEmployees with users and roles',
      async (count, tenant) => {
        const { results } = await runBulk(tenant.owner, CreateEmployees, await linkedEmployees(tenant, count));
        return [DeleteEmployees, results.map(({ id }) => ({ id }))];
      },
    ],
    [
      'updateEmployees with managers',
      async (count, { owner }) => {
        const { results } = await runBulk(owner, CreateEmployees, newEmployees(count));
        return [
          UpdateEmployees,
          results.map(({ id }, n) => ({ id, input: { managerId: results[Math.floor(n / 3)]!.id } })).slice(1),
        ];
      },
    ],
  ])('%s sends as many statements for 1,000 rows as for 10', async (_name, prepare) => {
    const counts: number[] = [];
    for (const count of [10, 1000]) {
      const tenant = await newTenant();
      const [document, rows] = await prepare(count, tenant);
      let done: Result | undefined;
      counts.push(
        (
          await statementsOf(async () => {
            done = await runBulk(tenant.owner, document, rows);
          })
        ).length,
      );
      expect(done!.summary).toMatchObject({ total: rows.length, failed: 0 });
    }
    expect(counts[1]).toBe(counts[0]);
  });
});
