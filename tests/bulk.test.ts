import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { sql } from './support/database.js';
import { client, notice, refusal, statementsOf } from './support/server.js';
import { newTenant, type Person, type Tenant } from './support/tenant.js';

interface Failure {
  code: string;
  reason: string | null;
  path: string | null;
  existingId: string | null;
}

interface Result {
  mode: string;
  summary: Record<string, number>;
  results: {
    index: number;
    ref: string | null;
    status: string;
    id: string | null;
    errors: Failure[];
    record: Fields | null;
  }[];
}

type Fields = Record<string, unknown>;

/** A bulk mutation with the whole envelope. */
const bulk = (mutation: string, rowType: string, record = 'id version') => gql`
  mutation ($rows: [${rowType}!]!, $mode: BulkMode) {
    done: ${mutation}(rows: $rows, mode: $mode) {
      mode
      summary { total created updated unchanged deleted failed notAttempted }
      results { index ref status id errors { code reason path existingId } record { ${record} } }
    }
  }
`;

const CreateCustomers = bulk('createCustomers', 'CreateCustomerRow', 'id code name email version');
const UpdateCustomers = bulk('updateCustomers', 'UpdateCustomerRow', 'id name version');
const DeleteCustomers = bulk('deleteCustomers', 'RecordRow');
const UpsertCustomers = bulk('upsertCustomers', 'UpsertCustomerRow', 'id name email version');

async function run(
  person: Pick<Person, 'request'>,
  document: string,
  rows: object[],
  mode = 'PER_ROW',
): Promise<Result> {
  return (await person.request<{ done: Result }>(document, { rows, mode })).done;
}

const statuses = ({ results }: Result) => results.map(({ status }) => status);
const address = () => `${v7()}@bulk.example`;
const newRows = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ ref: `row ${n}`, input: { name: `Customer ${n}`, email: address() } }));

const CreateEmployees = bulk('createEmployees', 'CreateEmployeeRow');
const UpdateEmployees = bulk('updateEmployees', 'UpdateEmployeeRow');
const DeleteEmployees = bulk('deleteEmployees', 'RecordRow');
const newEmployees = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    input: { firstName: 'Em', lastName: `Ployee ${n}`, email: address(), jobTitle: 'Clerk' },
  }));

/** Employees to create, each for a member of their own and in a role. */
async function linkedEmployees({ id }: Tenant, count: number) {
  const users = await sql<{ id: string }>(
    `with made as (
       insert into users (id, created_at, updated_at, username, email, password_hash)
       select id, now(), now(), id::text, id || '@bulk.example', '' from (select gen_random_uuid() as id from generate_series(1, $2)) _
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

const namesIn = async ({ id }: Tenant): Promise<string[]> =>
  (await sql<{ name: string }>('select name from customers where organization_id = $1 order by name', [id])).map(
    ({ name }) => name,
  );

describe('creating in bulk', () => {
  test('answers each row with its place, its mark and its record', async () => {
    const tenant = await newTenant();
    const done = await run(tenant.owner, CreateCustomers, newRows(3));
    expect(done.mode).toBe('PER_ROW');
    expect(done.summary).toEqual({
      total: 3,
      created: 3,
      updated: 0,
      unchanged: 0,
      deleted: 0,
      failed: 0,
      notAttempted: 0,
    });
    expect(done.results.map(({ index, ref, status }) => [index, ref, status])).toEqual([
      [0, 'row 0', 'CREATED'],
      [1, 'row 1', 'CREATED'],
      [2, 'row 2', 'CREATED'],
    ]);
    expect(done.results.map(({ record }) => record!.code)).toEqual(['CUST-0001', 'CUST-0002', 'CUST-0003']);
    expect(await namesIn(tenant)).toEqual(['Customer 0', 'Customer 1', 'Customer 2']);
  });

  test('numbers the records in the order of the rows, whatever each has to look up', async () => {
    const tenant = await newTenant();
    const assignedToId = await tenant.employee();
    const rows = newRows(6).map(({ input }, n) => ({ input: { ...input, ...(n % 2 === 0 && { assignedToId }) } }));
    const { results } = await run(tenant.owner, CreateCustomers, rows);
    const codes = results.map(({ record }) => record!.code as string);
    expect(codes).toEqual(codes.toSorted());
  });

  test('in mode ATOMIC writes nothing when a row fails, and tells every row what is wrong with it', async () => {
    const tenant = await newTenant();
    const rows = newRows(4);
    rows[1]!.input.email = 'nonsense';
    Object.assign(rows[2]!.input, { assignedToId: v7(), website: 'no address' });
    const done = await run(tenant.owner, CreateCustomers, rows, 'ATOMIC');
    expect(statuses(done)).toEqual(['NOT_ATTEMPTED', 'FAILED', 'FAILED', 'NOT_ATTEMPTED']);
    expect(done.results[1]!.errors).toMatchObject([
      { code: 'BAD_USER_INPUT', reason: 'VALIDATION_FAILED', path: 'input.email' },
    ]);
    expect(done.results[2]!.errors).toMatchObject([{ code: 'BAD_USER_INPUT', path: 'input.website' }]);
    expect(done.results.map(({ record }) => record)).toEqual([null, null, null, null]);
    expect(await namesIn(tenant)).toEqual([]);
  });

  test('in mode PER_ROW writes what is sound', async () => {
    const tenant = await newTenant();
    const rows = newRows(3);
    Object.assign(rows[1]!.input, { assignedToId: v7() });
    const done = await run(tenant.owner, CreateCustomers, rows);
    expect(statuses(done)).toEqual(['CREATED', 'FAILED', 'CREATED']);
    expect(done.results[1]!.errors).toMatchObject([{ code: 'NOT_FOUND', path: 'input.assignedToId' }]);
    expect(await namesIn(tenant)).toEqual(['Customer 0', 'Customer 2']);
  });

  test.each(['ATOMIC', 'PER_ROW'])('in mode %s tells of a clash with another row of the call', async (mode) => {
    const tenant = await newTenant();
    const rows = newRows(3);
    rows[2]!.input.email = rows[0]!.input.email;
    const done = await run(tenant.owner, CreateCustomers, rows, mode);
    expect(done.results[2]!.errors).toMatchObject([
      // Null where that one is taken back.
      { code: 'CONFLICT', reason: 'DUPLICATE_EMAIL', path: 'input.email', existingId: done.results[0]!.id },
    ]);
    expect(done.results[0]!.id === null).toBe(mode === 'ATOMIC');
    expect(await namesIn(tenant)).toHaveLength(mode === 'PER_ROW' ? 2 : 0);
  });

  test('gives the rows with one outcome alone when asked', async () => {
    const { owner } = await newTenant();
    const rows = newRows(3);
    rows[1]!.input.email = 'nonsense';
    const { done } = await owner.request<{ done: Result }>(
      gql`
        mutation ($rows: [CreateCustomerRow!]!) {
          done: createCustomers(rows: $rows, mode: PER_ROW) { results(status: [FAILED]) { index } }
        }
      `,
      { rows },
    );
    expect(done.results).toEqual([{ index: 1 }]);
  });
});

describe('changing, deleting and upserting in bulk', () => {
  test('keep unchanged records apart, and versions', async () => {
    const tenant = await newTenant();
    const { results } = await run(tenant.owner, CreateCustomers, newRows(4));
    const ids = results.map(({ id }) => id!);
    const done = await run(tenant.owner, UpdateCustomers, [
      { id: ids[0], input: { name: 'Changed' }, expectedVersion: 1 },
      { id: ids[1], input: { name: 'Customer 1' } },
      { id: ids[2], input: { name: 'Stale' }, expectedVersion: 7 },
      { id: v7(), input: { name: 'Nobody' } },
      { id: 'nonsense', input: { name: 'Nobody' } },
    ]);
    expect(statuses(done)).toEqual(['UPDATED', 'UNCHANGED', 'FAILED', 'FAILED', 'FAILED']);
    expect(done.results.slice(2).map(({ errors }) => errors[0])).toMatchObject([
      { code: 'VERSION_CONFLICT' },
      { code: 'NOT_FOUND', path: 'id' },
      { code: 'BAD_USER_INPUT', reason: 'INVALID_ID', path: 'id' },
    ]);
    expect(done.results[0]!.record).toMatchObject({ name: 'Changed', version: 2 });
    expect(await namesIn(tenant)).toEqual(['Changed', 'Customer 1', 'Customer 2', 'Customer 3']);
  });

  test('do the same row twice one after the other', async () => {
    const tenant = await newTenant();
    const { results } = await run(tenant.owner, CreateCustomers, newRows(1));
    const [id] = results.map((row) => row.id);
    const done = await run(tenant.owner, UpdateCustomers, [
      { id, input: { name: 'First' }, expectedVersion: 1 },
      { id, input: { name: 'Second' }, expectedVersion: 2 },
      { id, input: { name: 'Third' }, expectedVersion: 1 },
    ]);
    expect(statuses(done)).toEqual(['UPDATED', 'UPDATED', 'FAILED']);
    expect(await namesIn(tenant)).toEqual(['Second']);
    const gone = await run(tenant.owner, DeleteCustomers, [{ id }, { id }]);
    expect(statuses(gone)).toEqual(['DELETED', 'FAILED']);
    expect(gone.results[0]).toMatchObject({ id, record: null });
    expect(gone.results[1]!.errors).toMatchObject([{ code: 'NOT_FOUND' }]);
  });

  test('upsert by e-mail address, number and id', async () => {
    const tenant = await newTenant();
    const [known, unknown] = [address(), address()];
    const { results } = await run(tenant.owner, CreateCustomers, [{ input: { name: 'Known', email: known } }]);
    const { id, code } = results[0]!.record as { id: string; code: string };
    const done = await run(tenant.owner, UpsertCustomers, [
      { by: { email: known }, input: { name: 'By address' } },
      { by: { email: unknown }, input: { name: 'New' } },
      { by: { code }, input: { phone: '+49 30 1234567' } },
      { by: { id: v7() }, input: { name: 'Nobody' } },
      { by: { email: unknown, code }, input: { name: 'Which?' } },
    ]);
    expect(statuses(done)).toEqual(['UPDATED', 'CREATED', 'UPDATED', 'FAILED', 'FAILED']);
    expect(done.results[0]!.id).toBe(id);
    expect(done.results[3]!.errors).toMatchObject([{ code: 'NOT_FOUND', path: 'by.id' }]);
    expect(done.results[4]!.errors).toMatchObject([{ code: 'BAD_USER_INPUT', path: 'by' }]);
    expect(await namesIn(tenant)).toEqual(['By address', 'New']);
    const again = await run(tenant.owner, UpsertCustomers, [{ by: { email: unknown }, input: { name: 'New' } }]);
    expect(statuses(again)).toEqual(['UNCHANGED']);
  });

  test('know records by the key of another system, each kind and organization for itself', async () => {
    const [tenant, other] = [await newTenant(), await newTenant()];
    const rows = [
      { by: { externalId: 'A-1' }, input: { name: 'One', email: address() } },
      { by: { externalId: 'A-2' }, input: { name: 'Two' } },
    ];
    const first = await run(tenant.owner, UpsertCustomers, rows);
    expect(statuses(first)).toEqual(['CREATED', 'FAILED']);
    expect(first.results[1]!.errors).toMatchObject([{ code: 'BAD_USER_INPUT', path: 'input.email' }]);
    const again = await run(tenant.owner, UpsertCustomers, [{ by: { externalId: 'A-1' }, input: { name: 'Uno' } }]);
    expect(again.results[0]).toMatchObject({ status: 'UPDATED', id: first.results[0]!.id });
    const clash = await run(tenant.owner, CreateCustomers, [{ input: { email: address(), externalId: 'A-1' } }]);
    expect(clash.results[0]!.errors).toMatchObject([
      { code: 'CONFLICT', reason: 'DUPLICATE_EXTERNAL_ID', path: 'input.externalId', existingId: first.results[0]!.id },
    ]);
    const elsewhere = await run(other.owner, CreateCustomers, [{ input: { email: address(), externalId: 'A-1' } }]);
    expect(statuses(elsewhere)).toEqual(['CREATED']);
    const lead = await run(tenant.owner, bulk('upsertLeads', 'UpsertLeadRow', 'externalId'), [
      { by: { externalId: 'A-1' }, input: { name: 'Lea', email: address() } },
    ]);
    expect(lead.results[0]!.record).toEqual({ externalId: 'A-1' });
  });

  test('take keys as the single mutation takes the fields', async () => {
    const tenant = await newTenant();
    const email = address();
    const done = await run(tenant.owner, UpsertCustomers, [
      { by: { email: ` ${email.toUpperCase()} ` }, input: { name: 'Ada' } },
      { by: { email }, input: { name: 'Bea' } },
      { by: { email: 'nonsense' }, input: { name: 'Cas' } },
      { by: { externalId: '' }, input: { name: 'Dan', email: address() } },
    ]);
    expect(statuses(done)).toEqual(['CREATED', 'UPDATED', 'FAILED', 'FAILED']);
    expect(done.results[0]!.record).toMatchObject({ email });
    expect(done.results[2]!.errors).toMatchObject([{ code: 'BAD_USER_INPUT', path: 'by.email' }]);
    expect(done.results[3]!.errors).toMatchObject([{ code: 'BAD_USER_INPUT', path: 'by.externalId' }]);
  });

  test('set no managers in a circle through keys that rows give first', async () => {
    const tenant = await newTenant();
    const Upsert = bulk('upsertEmployees', 'UpsertEmployeeRow');
    const [a, b] = (await run(tenant.owner, CreateEmployees, newEmployees(2))).results.map(({ id }) => id);
    const done = await run(tenant.owner, Upsert, [
      { by: { id: a }, input: { externalId: 'A' } },
      { by: { externalId: 'A' }, input: { managerId: b } },
      { by: { id: b }, input: { managerId: a } },
    ]);
    expect(statuses(done)).toEqual(['UPDATED', 'UPDATED', 'FAILED']);
    expect(done.results[2]!.errors).toMatchObject([{ reason: 'MANAGER_CYCLE' }]);
  });

  test('foreign ids in the middle are unknown ones', async () => {
    const [tenant, other] = [await newTenant(), await newTenant()];
    const own = await run(tenant.owner, CreateCustomers, newRows(2));
    const foreign = await run(other.owner, CreateCustomers, newRows(1));
    const ids = [own.results[0]!.id, foreign.results[0]!.id, own.results[1]!.id];
    const done = await run(
      tenant.owner,
      DeleteCustomers,
      ids.map((id) => ({ id })),
    );
    expect(statuses(done)).toEqual(['DELETED', 'FAILED', 'DELETED']);
    expect(done.results[1]!.errors).toMatchObject([{ code: 'NOT_FOUND', path: 'id', existingId: null }]);
    expect(await namesIn(other)).toEqual(['Customer 0']);
  });
});

describe('rows that fail in mode PER_ROW', () => {
  test('leave nothing behind of what they had changed before', async () => {
    const { owner } = await newTenant();
    const [a, b] = (await run(owner, CreateEmployees, newEmployees(2))).results;
    const done = await run(owner, UpdateEmployees, [
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
    const leads = await run(tenant.owner, bulk('createLeads', 'CreateLeadRow'), [
      { input: { name: 'Lea', email: address() } },
      { input: { name: 'Leo', email: address() } },
    ]);
    const [l1, l2] = leads.results.map(({ id }) => id);
    const deals = await run(
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
    const done = await run(tenant.owner, bulk('updateDeals', 'UpdateDealRow'), [
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
    await run(tenant.owner, CreateCustomers, [...newRows(3), { input: { name: 'Other', email: address() } }]);
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
    await run(
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
    await run(tenant.owner, CreateCustomers, newRows(1));
    expect(await refusal(tenant.owner.request(Delete, { filter, expectedCount: 1 }))).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    expect(await namesIn(tenant)).toHaveLength(1);
  });
});

describe('verbs in bulk', () => {
  test('win, lose and move deals, with their history', async () => {
    const tenant = await newTenant();
    const customer = (await run(tenant.owner, CreateCustomers, newRows(1))).results[0]!.id;
    const created = await run(
      tenant.owner,
      bulk('createDeals', 'CreateDealRow', 'id stage { id name }'),
      Array.from({ length: 6 }, (_, n) => ({ input: { title: `Deal ${n}`, customerId: customer, value: 10 } })),
    );
    const ids = created.results.map(({ id }) => id!);
    const stages = await sql<{ id: string; name: string }>(
      `select id, name from pipeline_stages where organization_id = $1 and is_active and not is_closed_won and not is_closed_lost order by "order"`,
      [tenant.id],
    );
    const moved = await run(
      tenant.owner,
      bulk('moveDealsToStage', 'MoveDealRow', 'id stage { name }'),
      ids.slice(0, 3).map((id) => ({ id, stageId: stages[1]!.id })),
    );
    expect(moved.results.map(({ record }) => record)).toEqual(
      ids.slice(0, 3).map((id) => ({ id, stage: { name: stages[1]!.name } })),
    );
    const won = await run(tenant.owner, bulk('markDealsWon', 'MarkDealWonRow', 'id status'), [
      ...ids.slice(0, 2).map((id) => ({ id })),
      { id: ids[5], actualCloseDate: '2200-01-01' },
    ]);
    expect(statuses(won)).toEqual(['UPDATED', 'UPDATED', 'FAILED']);
    expect(won.results[2]!.errors).toMatchObject([{ code: 'BAD_USER_INPUT', path: 'actualCloseDate' }]);
    const lost = await run(tenant.owner, bulk('markDealsLost', 'MarkDealLostRow', 'id status lostReason'), [
      { id: ids[2], lostReason: 'Budget' },
      { id: ids[3], lostReason: ' ' },
    ]);
    expect(statuses(lost)).toEqual(['UPDATED', 'FAILED']);
    const history = await sql(
      'select to_status as status, count(*)::int from deal_stage_changes where organization_id = $1 group by 1 order by 1',
      [tenant.id],
    );
    expect(history).toEqual([
      { status: 'LOST', count: 1 },
      { status: 'OPEN', count: 9 },
      { status: 'WON', count: 2 },
    ]);
  });

  test('tell of the field that the row has', async () => {
    const { owner } = await newTenant();
    const { id } = (await run(owner, CreateCustomers, newRows(1))).results[0]!;
    const done = await run(owner, bulk('assignCustomers', 'AssignmentRow'), [{ id, employeeId: v7() }]);
    expect(done.results[0]!.errors).toMatchObject([{ code: 'NOT_FOUND', path: 'employeeId' }]);
  });

  test('assign, qualify and disqualify leads, complete activities', async () => {
    const tenant = await newTenant();
    const employee = await tenant.employee();
    const leads = await run(
      tenant.owner,
      bulk('createLeads', 'CreateLeadRow'),
      Array.from({ length: 3 }, () => ({ input: { name: 'Lea', email: address() } })),
    );
    const ids = leads.results.map(({ id }) => id!);
    const assigned = await run(
      tenant.owner,
      bulk('assignLeads', 'AssignmentRow', 'assignedTo { id }'),
      ids.map((id) => ({ id, employeeId: employee })),
    );
    expect(assigned.results.map(({ record }) => record)).toEqual(ids.map(() => ({ assignedTo: { id: employee } })));
    const qualified = await run(tenant.owner, bulk('qualifyLeads', 'RecordRow', 'qualificationStatus'), [
      { id: ids[0] },
    ]);
    expect(qualified.results[0]!.record).toEqual({ qualificationStatus: 'QUALIFIED' });
    await run(tenant.owner, bulk('disqualifyLeads', 'DisqualifyLeadRow'), [{ id: ids[1], reason: 'No budget' }]);
    expect(await sql('select title from activities where organization_id = $1', [tenant.id])).toEqual([
      { title: 'Lead disqualified' },
    ]);
    const calls = await run(tenant.owner, bulk('createActivities', 'CreateActivityRow'), [
      { input: { activityType: 'CALL', title: 'Call' } },
      { input: { activityType: 'TASK', title: 'Task', phoneNumber: '+49 30 1234567' } },
    ]);
    expect(statuses(calls)).toEqual(['CREATED', 'FAILED']);
    const completed = await run(tenant.owner, bulk('completeActivities', 'RecordRow', 'status'), [
      { id: calls.results[0]!.id },
    ]);
    expect(completed.results[0]!.record).toEqual({ status: 'COMPLETED' });
  });
});

describe('a bulk call', () => {
  test('has 1 to 1,000 rows', async () => {
    const tenant = await newTenant();
    for (const rows of [[], newRows(1001)])
      expect(await refusal(run(tenant.owner, CreateCustomers, rows))).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: [{ path: 'rows', code: 'OUT_OF_RANGE' }],
      });
    expect(await namesIn(tenant)).toEqual([]);
  });

  test('takes a row of a megabyte for what it is', async () => {
    const tenant = await newTenant();
    const rows = [...newRows(2), { input: { email: address(), description: 'x'.repeat(1_000_000) } }];
    const done = await run(tenant.owner, CreateCustomers, rows);
    expect(statuses(done)).toEqual(['CREATED', 'CREATED', 'FAILED']);
    expect(done.results[2]!.errors).toMatchObject([{ code: 'BAD_USER_INPUT', path: 'input.description' }]);
  });

  test('needs the permission of the single mutation, an upsert both', async () => {
    const tenant = await newTenant();
    const viewer = await tenant.member('Viewer');
    expect(await refusal(run(viewer, CreateCustomers, newRows(1)))).toMatchObject({ permission: 'customer:create' });
    expect(await refusal(run(viewer, UpdateCustomers, [{ id: v7(), input: {} }]))).toMatchObject({
      permission: 'customer:update',
    });
    expect(await refusal(run(viewer, UpsertCustomers, [{ by: { email: address() }, input: {} }]))).toMatchObject({
      permission: 'customer:create',
    });
  });

  test('lets everybody change of their own record what the single mutation lets them', async () => {
    const tenant = await newTenant();
    const viewer = await tenant.member('Viewer');
    const own = await tenant.employee({ userId: viewer.id });
    const [one, many] = [viewer.as(tenant.id), await tenant.employee()];
    expect(statuses(await run(one, UpdateEmployees, [{ id: own, input: { phone: '+43 1 23456' } }]))).toEqual([
      'UPDATED',
    ]);
    const raised = await run(one, UpdateEmployees, [{ id: own, input: { salary: 1 } }]);
    expect(raised.results).toMatchObject([{ status: 'FAILED', errors: [{ reason: 'SELF_EDIT_LIMITED' }] }]);
    const both = [own, many].map((id) => ({ id, input: { phone: '+43 1 23456' } }));
    expect(await refusal(run(one, UpdateEmployees, both))).toMatchObject({ permission: 'employee:update' });
  });

  test('can be rehearsed, and sent again under a key', async () => {
    const tenant = await newTenant();
    const [rows, mode] = [newRows(2), 'ATOMIC'];
    const raw = (headers: Record<string, string>) =>
      client({ token: tenant.owner.token }).rawRequest<{ done: Result }>(CreateCustomers, { rows, mode }, headers);
    const rehearsal = await raw({ 'X-Dry-Run': 'true' });
    expect(rehearsal.extensions).toEqual({ dryRun: true });
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
        const { results } = await run(owner, CreateCustomers, newRows(count));
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
        const { results } = await run(owner, CreateCustomers, newRows(count));
        return [DeleteCustomers, results.map(({ id }) => ({ id }))];
      },
    ],
    [
      'markDealsWon',
      async (count, { owner }) => {
        const customer = (await run(owner, CreateCustomers, newRows(1))).results[0]!.id;
        const deals = Array.from({ length: count }, () => ({ input: { title: 'Deal', customerId: customer } }));
        const { results } = await run(owner, bulk('createDeals', 'CreateDealRow'), deals);
        return [bulk('markDealsWon', 'MarkDealWonRow'), results.map(({ id }) => ({ id }))];
      },
    ],
    [
      'markDealsWon, which converts leads,',
      async (count, { id, owner }) => {
        const leads = Array.from({ length: count }, () => ({ input: { name: 'Lea', email: address() } }));
        const created = await run(owner, bulk('createLeads', 'CreateLeadRow'), leads);
        await sql(
          'update leads set assigned_to_id = (select id from employees where organization_id = $1) where id = $2',
          [id, created.results[0]!.id],
        );
        // The customer of a lead may be there already.
        await run(owner, CreateCustomers, [{ input: { name: 'Cus', email: leads[0]!.input.email } }]);
        const deals = created.results.map((lead) => ({ input: { title: 'Deal', leadId: lead.id } }));
        const { results } = await run(owner, bulk('createDeals', 'CreateDealRow'), deals);
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
        const { results } = await run(tenant.owner, CreateEmployees, await linkedEmployees(tenant, count));
        return [DeleteEmployees, results.map(({ id }) => ({ id }))];
      },
    ],
    [
      'updateEmployees with managers',
      async (count, { owner }) => {
        const { results } = await run(owner, CreateEmployees, newEmployees(count));
        return [
          UpdateEmployees,
          results.map(({ id }, n) => ({ id, input: { managerId: results[Math.floor(n / 3)]!.id } })).slice(1),
        ];
      },
    ],
  ])(
    '%s sends as many statements for 1,000 rows as for 10',
    async (_name, prepare) => {
      const counts: number[] = [];
      for (const count of [10, 1000]) {
        const tenant = await newTenant();
        const [document, rows] = await prepare(count, tenant);
        let done: Result | undefined;
        counts.push(
          (
            await statementsOf(async () => {
              done = await run(tenant.owner, document, rows);
            })
          ).length,
        );
        expect(done!.summary).toMatchObject({ total: rows.length, failed: 0 });
      }
      expect(counts[1]).toBe(counts[0]);
    },
    60_000,
  );
});

describe('in mode PER_ROW a bulk call is its rows one by one', () => {
  /** What a single mutation was refused for; a record that it clashes with is named by its place. */
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
    const { results } = await run(tenant.owner, CreateCustomers, rows);
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
        const done = await run(one.owner, UpdateCustomers, inBulk.changes);
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
  }, 120_000);

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
    const customer = (await run(owner, CreateCustomers, newRows(1))).results[0]!.id;
    const created = await run(owner, bulk('createLeads', 'CreateLeadRow'), [
      { input: { name: 'Lea', email: address() } },
    ]);
    const lead = created.results[0]!.id;
    const deals = await run(owner, bulk('createDeals', 'CreateDealRow'), [
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
        const done = await run(one.owner, bulk('moveDealsToStage', 'MoveDealRow'), rowsOf(inBulk));
        expect(faultsIn(done, inBulk.deals)).toEqual(await oneByOne(other.owner, Single, rowsOf(single), single.deals));
        expect(await salesOf(one)).toEqual(await salesOf(other));
      }),
      { numRuns: 25 },
    );
  }, 120_000);

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
        const done = await run(one.owner, bulk('updateDeals', 'UpdateDealRow'), rowsOf(inBulk));
        expect(faultsIn(done, inBulk.deals)).toEqual(await oneByOne(other.owner, Single, rowsOf(single), single.deals));
        expect(await salesOf(one)).toEqual(await salesOf(other));
      }),
      { numRuns: 25 },
    );
  }, 120_000);

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
      (await run(owner, CreateEmployees, newEmployees(5))).results.map(({ id }) => id!);
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
        const done = await run(one.owner, UpdateEmployees, rowsOf(inBulk));
        expect(faultsIn(done, inBulk)).toEqual(await oneByOne(other.owner, Single, rowsOf(single), single));
        expect(await chart(inBulk)).toEqual(await chart(single));
      }),
      { numRuns: 40 },
    );
  }, 120_000);

  test('of employees who are deleted, some of whom lead others', async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    const Single = gql`
      mutation ($id: ID!, $expectedVersion: Int) { deleteEmployee(id: $id, expectedVersion: $expectedVersion) { id } }
    `;
    const people = async (tenant: Tenant, managers: (number | null)[]) => {
      const { results } = await run(tenant.owner, CreateEmployees, newEmployees(managers.length));
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
        const done = await run(one.owner, DeleteEmployees, rowsOf(inBulk));
        expect(faultsIn(done, inBulk)).toEqual(await oneByOne(other.owner, Single, rowsOf(single), single));
        expect(await left(inBulk)).toEqual(await left(single));
      }),
      {
        numRuns: 25,
        // Whoever leads the second is deleted first, which changes the second.
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
  }, 120_000);

  test('of owners who leave: one stays', async () => {
    const tenant = await newTenant();
    const owners = await Promise.all([1, 2, 3].map(() => tenant.member()));
    await sql('update memberships set is_owner = true where id = any($1)', [owners.map((one) => one.membershipId)]);
    await notice();
    const employees: string[] = [];
    for (const { id } of owners) employees.push(await tenant.employee({ userId: id }));
    // The one who asks is no owner any more, but a superuser.
    await sql('update memberships set is_owner = false where organization_id = $1 and user_id = $2', [
      tenant.id,
      tenant.owner.id,
    ]);
    await sql('update users set is_superuser = true where id = $1', [tenant.owner.id]);
    await notice();
    const done = await run(
      tenant.owner,
      DeleteEmployees,
      employees.map((id) => ({ id })),
    );
    expect(statuses(done)).toEqual(['DELETED', 'DELETED', 'FAILED']);
    expect(done.results[2]!.errors).toMatchObject([{ code: 'CONFLICT', reason: 'LAST_OWNER' }]);
  });
});
