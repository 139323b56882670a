import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import {
  address,
  bulk,
  CreateCustomers,
  CreateEmployees,
  DeleteEmployees,
  newEmployees,
  newRows,
  type Result,
  runBulk,
  statuses,
  UpdateCustomers,
  UpdateEmployees,
} from '../support/bulk-calls.js';
import { sql } from '../support/database.js';
import { notice, refusal } from '../support/server.js';
import { makeSuperusers } from '../support/superusers.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';

describe('in mode PER_ROW a bulk call is its rows one by one', () => {
  /** The faults of a single mutation; a record that it clashes with is named by its place. */
  const faultsOf = (answer: Promise<unknown>, ids: string[]) =>
    answer.then(
      () => [],
      async (error: unknown) => {
        const {
          code,
          reason = null,
          fields = [{ path: null }],
          existingId = null,
        } = await refusal(Promise.reject(error));
        return (fields as { path: string }[]).map(({ path }) => ({ code, reason, path, ...clash(existingId, ids) }));
      },
    );

  /** The same of each row, sent alone after the one before. */
  async function oneByOne({ request }: Person, document: string, rows: object[], ids: string[]) {
    const told: Awaited<ReturnType<typeof faultsOf>>[] = [];
    for (const row of rows) told.push(await faultsOf(request(document, row), ids));
    return told;
  }

  const faultsIn = ({ results }: Result, ids: string[]) =>
    results.map(({ errors }) => errors.map(({ existingId, ...fault }) => ({ ...fault, ...clash(existingId, ids) })));

  const clash = (existingId: unknown, ids: string[]) => ({
    clashesWith: existingId ? ids.indexOf(existingId as string) : null,
  });

  interface Step {
    id: number;
    email: number | null;
    name: string;
    version: number | null;
    assigned: 'nobody' | 'unknown' | null;
  }
  const step = fc.record<Step>({
    id: fc.integer({ min: 0, max: 4 }),
    email: fc.option(fc.integer({ min: 0, max: 5 })),
    name: fc.constantFrom('Ada', 'Bea', ' ', 'x'.repeat(300)),
    version: fc.option(fc.integer({ min: 1, max: 3 })),
    assigned: fc.option(fc.constantFrom('nobody' as const, 'unknown' as const)),
  });

  /** Four customers, of whom a fifth id is missing, and the rows about them. */
  async function prepared(tenant: Tenant, steps: Step[], mark: string) {
    const rows = Array.from({ length: 4 }, (_, n) => ({
      input: { name: `C${n}`, email: `${n}-${mark}@bulk.example` },
    }));
    const { results } = await runBulk(tenant.owner, CreateCustomers, rows);
    const ids = [...results.map(({ id }) => id!), v7()];
    const changes = steps.map(({ id, email, name, version, assigned }) => ({
      id: ids[id]!,
      expectedVersion: version,
      input: {
        name,
        ...(email !== null && { email: `${email}-${mark}@bulk.example` }),
        ...(assigned && { assignedToId: assigned === 'nobody' ? null : v7() }),
      },
    }));
    return { ids, changes };
  }

  const stateOf = async ({ id }: Tenant) =>
    sql(
      'select name, email, version, assigned_to_id from customers where organization_id = $1 order by created_at, id',
      [id],
    );

  test('of customers, in data, errors and versions', async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    const Single = gql`
      mutation ($id: ID!, $input: UpdateCustomerInput!, $expectedVersion: Int) {
        updateCustomer(id: $id, input: $input, expectedVersion: $expectedVersion) { id }
      }
    `;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        await sql('delete from customers where organization_id = any($1)', [[one.id, other.id]]);
        const mark = v7();
        const [inBulk, single] = [await prepared(one, steps, mark), await prepared(other, steps, mark)];
        const done = await runBulk(one.owner, UpdateCustomers, inBulk.changes);
        expect(faultsIn(done, inBulk.ids)).toEqual(await oneByOne(other.owner, Single, single.changes, single.ids));
        expect(await stateOf(one)).toEqual(await stateOf(other));
      }),
      {
        numRuns: 40,
        // The second takes an address that the first gives up.
        examples: [
          [
            [
              { id: 1, email: 4, name: 'Ada', version: null, assigned: null },
              { id: 0, email: 1, name: 'Ada', version: null, assigned: null },
            ],
          ],
        ],
      },
    );
  });

  interface Move {
    deal: number;
    stage: number;
    lostReason: string | null;
    expectedVersion: number | null;
  }
  const move = fc.record<Move>({
    deal: fc.integer({ min: 0, max: 4 }),
    stage: fc.integer({ min: 0, max: 5 }),
    lostReason: fc.option(fc.constant('Budget')),
    expectedVersion: fc.option(fc.integer({ min: 1, max: 2 })),
  });

  /** Two deals of a customer, two of one lead, and an id that nobody has. */
  async function sales({ id, owner }: Tenant) {
    await sql('delete from deals where organization_id = $1', [id]);
    await sql('delete from leads where organization_id = $1', [id]);
    await sql('delete from customers where organization_id = $1', [id]);
    const customer = (await runBulk(owner, CreateCustomers, newRows(1))).results[0]!.id;
    const created = await runBulk(owner, bulk('createLeads', 'CreateLeadRow'), [
      { input: { name: 'Lea', email: address() } },
    ]);
    const lead = created.results[0]!.id;
    const deals = await runBulk(owner, bulk('createDeals', 'CreateDealRow'), [
      ...[0, 1].map((n) => ({ input: { title: `Deal ${n}`, value: 10, customerId: customer } })),
      ...[2, 3].map((n) => ({ input: { title: `Deal ${n}`, value: 10, leadId: lead } })),
    ]);
    const stages = await sql<{ id: string }>(
      'select id from pipeline_stages where organization_id = $1 order by "order"',
      [id],
    );
    return {
      deals: [...deals.results.map((row) => row.id!), v7()],
      stages: [...stages.map((stage) => stage.id), v7()],
      lead,
    };
  }

  const salesOf = async ({ id }: Tenant) => ({
    deals: await sql(
      `select d.title, d.status, d.version, d.probability, d.lost_reason, s.name as stage, c.name as customer
       from deals d left join pipeline_stages s on s.id = d.stage_id left join customers c on c.id = d.customer_id
       where d.organization_id = $1 order by d.title`,
      [id],
    ),
    history: await sql(
      `select d.title, h.from_stage_name, h.to_stage_name, h.from_status, h.to_status
       from deal_stage_changes h join deals d on d.id = h.deal_id
       where h.organization_id = $1 order by d.title, h.changed_at, h.id`,
      [id],
    ),
    leads: await sql('select is_converted, version, qualification_status from leads where organization_id = $1', [id]),
    notes: await sql('select title from activities where organization_id = $1 and lead_id is not null', [id]),
  });

  test('of deals that move, in data, errors and history', async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    const Single = gql`
      mutation ($id: ID!, $stageId: ID!, $lostReason: String, $expectedVersion: Int) {
        moveDealStage(id: $id, stageId: $stageId, lostReason: $lostReason, expectedVersion: $expectedVersion) { id }
      }
    `;
    await fc.assert(
      fc.asyncProperty(fc.array(move, { minLength: 1, maxLength: 8 }), async (moves) => {
        const [inBulk, single] = [await sales(one), await sales(other)];
        const rowsOf = ({ deals, stages }: typeof inBulk) =>
          moves.map(({ deal, stage, ...rest }) => ({ id: deals[deal], stageId: stages[stage] ?? v7(), ...rest }));
        const done = await runBulk(one.owner, bulk('moveDealsToStage', 'MoveDealRow'), rowsOf(inBulk));
        expect(faultsIn(done, inBulk.deals)).toEqual(await oneByOne(other.owner, Single, rowsOf(single), single.deals));
        expect(await salesOf(one)).toEqual(await salesOf(other));
      }),
      { numRuns: 25 },
    );
  });

  type Change = { stage: number } | { leadId: 'lead' | null } | { customerId: null } | { probability: string };
  const dealChange = fc.record({
    deal: fc.integer({ min: 0, max: 4 }),
    changes: fc.array(
      fc.oneof<fc.Arbitrary<Change>[]>(
        fc.record({ stage: fc.integer({ min: 0, max: 5 }) }),
        fc.record({ leadId: fc.constantFrom('lead' as const, null) }),
        fc.constant({ customerId: null }),
        fc.record({ probability: fc.constantFrom('5', '101') }),
      ),
      { minLength: 1, maxLength: 2 },
    ),
    expectedVersion: fc.option(fc.integer({ min: 1, max: 3 })),
  });

  test('of deals that change, with the leads that they win', async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    const Single = gql`
      mutation ($id: ID!, $input: UpdateDealInput!, $expectedVersion: Int) {
        updateDeal(id: $id, input: $input, expectedVersion: $expectedVersion) { id }
      }
    `;
    await fc.assert(
      fc.asyncProperty(fc.array(dealChange, { minLength: 1, maxLength: 8 }), async (rows) => {
        const [inBulk, single] = [await sales(one), await sales(other)];
        const rowsOf = ({ deals, stages, lead }: typeof inBulk) =>
          rows.map(({ deal, changes, expectedVersion }) => {
            const { stage, leadId, ...input } = Object.assign({}, ...changes);
            return {
              id: deals[deal],
              expectedVersion,
              input: {
                ...input,
                ...(stage !== undefined && { stageId: stages[stage] ?? v7() }),
                ...(leadId !== undefined && { leadId: leadId && lead }),
              },
            };
          });
        const done = await runBulk(one.owner, bulk('updateDeals', 'UpdateDealRow'), rowsOf(inBulk));
        expect(faultsIn(done, inBulk.deals)).toEqual(await oneByOne(other.owner, Single, rowsOf(single), single.deals));
        expect(await salesOf(one)).toEqual(await salesOf(other));
      }),
      { numRuns: 25 },
    );
  });

  interface Promotion {
    employee: number;
    manager: number | null;
  }
  const promotion = fc.record<Promotion>({
    employee: fc.integer({ min: 0, max: 4 }),
    manager: fc.option(fc.integer({ min: 0, max: 5 })),
  });

  test('of employees who lead each other', async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    const Single = gql`
      mutation ($id: ID!, $input: UpdateEmployeeInput!) { updateEmployee(id: $id, input: $input) { id } }
    `;
    const people = async ({ owner }: Tenant) =>
      (await runBulk(owner, CreateEmployees, newEmployees(5))).results.map(({ id }) => id!);
    const [inBulk, single] = [await people(one), await people(other)];
    const chart = async (ids: string[]) => {
      const rows = await sql<{ id: string; manager_id: string; version: number }>(
        'select id, manager_id, version from employees where id = any($1)',
        [ids],
      );
      return ids.map((id) => {
        const { manager_id, version } = rows.find((row) => row.id === id)!;
        return { manager: ids.indexOf(manager_id), version };
      });
    };
    await fc.assert(
      fc.asyncProperty(fc.array(promotion, { minLength: 1, maxLength: 8 }), async (promotions) => {
        await sql('update employees set manager_id = null, version = 1 where id = any($1)', [[...inBulk, ...single]]);
        const unknown = v7();
        const rowsOf = (ids: string[]) =>
          promotions.map(({ employee, manager }) => ({
            id: ids[employee]!,
            input: { managerId: manager === null ? null : (ids[manager] ?? unknown) },
          }));
        const done = await runBulk(one.owner, UpdateEmployees, rowsOf(inBulk));
        expect(faultsIn(done, inBulk)).toEqual(await oneByOne(other.owner, Single, rowsOf(single), single));
        expect(await chart(inBulk)).toEqual(await chart(single));
      }),
      { numRuns: 40 },
    );
  });

  test('of employees who are deleted, some of whom lead others', async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    const Single = gql`
      mutation ($id: ID!, $expectedVersion: Int) { deleteEmployee(id: $id, expectedVersion: $expectedVersion) { id } }
    `;
    const people = async (tenant: Tenant, managers: (number | null)[]) => {
      const { results } = await runBulk(tenant.owner, CreateEmployees, newEmployees(managers.length));
      const ids = results.map(({ id }) => id!);
      for (const [n, manager] of managers.entries())
        if (manager !== null) await sql('update employees set manager_id = $1 where id = $2', [ids[manager], ids[n]]);
      return ids;
    };
    const left = async (ids: string[]) =>
      (await sql<{ id: string; version: number }>('select id, version from employees where id = any($1)', [ids]))
        .map(({ id, version }) => [ids.indexOf(id), version])
        .sort();
    const leaving = fc.record({
      employee: fc.integer({ min: 0, max: 3 }),
      expectedVersion: fc.option(fc.integer({ min: 1, max: 2 })),
    });
    const chart = fc.array(fc.option(fc.integer({ min: 0, max: 3 })), { minLength: 4, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(chart, fc.array(leaving, { minLength: 1, maxLength: 5 }), async (managers, rows) => {
        const [inBulk, single] = [await people(one, managers), await people(other, managers)];
        const rowsOf = (ids: string[]) =>
          rows.map(({ employee, expectedVersion }) => ({ id: ids[employee]!, expectedVersion }));
        const done = await runBulk(one.owner, DeleteEmployees, rowsOf(inBulk));
        expect(faultsIn(done, inBulk)).toEqual(await oneByOne(other.owner, Single, rowsOf(single), single));
        expect(await left(inBulk)).toEqual(await left(single));
      }),
      {
        numRuns: 25,
        // The manager of the second is deleted first, which changes the second.
        examples: [
          [
            [null, 0, null, null],
            [
              { employee: 0, expectedVersion: 1 },
              { employee: 1, expectedVersion: 1 },
            ],
          ],
        ],
      },
    );
  });

  test('of owners who leave: one stays', async () => {
    const tenant = await newTenant();
    const owners = await Promise.all([1, 2, 3].map(() => tenant.member()));
    await sql('update memberships set is_owner = true where id = any($1)', [owners.map((one) => one.membershipId)]);
    await notice();
    const employees: string[] = [];
    for (const { id } of owners) employees.push(await tenant.employee({ userId: id }));
    // The caller is not an owner any more, but a superuser.
    await sql('update memberships set is_owner = false where organization_id = $1 and user_id = $2', [
      tenant.id,
      tenant.owner.id,
    ]);
    await makeSuperusers(tenant.owner);
    await notice();
    const done = await runBulk(
      tenant.owner,
      DeleteEmployees,
      employees.map((id) => ({ id })),
    );
    expect(statuses(done)).toEqual(['DELETED', 'DELETED', 'FAILED']);
    expect(done.results[2]!.errors).toMatchObject([{ code: 'CONFLICT', reason: 'LAST_OWNER' }]);
  });
});
