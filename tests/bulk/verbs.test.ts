import { describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { address, bulk, CreateCustomers, newRows, runBulk, statuses } from '../support/bulk-calls.js';
import { sql } from '../support/database.js';
import { newTenant, type Tenant } from '../support/tenant.js';

describe('verbs in bulk', () => {
  test('win, lose and move deals, with their history', async () => {
    const tenant = await newTenant();
    const customer = (await runBulk(tenant.owner, CreateCustomers, newRows(1))).results[0]!.id;
    const created = await runBulk(
      tenant.owner,
      bulk('createDeals', 'CreateDealRow', 'id stage { id name }'),
      Array.from({ length: 6 }, (_, n) => ({ input: { title: `Deal ${n}`, customerId: customer, value: 10 } })),
    );
    const ids = created.results.map(({ id }) => id!);
    const stages = await sql<{ id: string; name: string }>(
      `select id, name
       from pipeline_stages
       where organization_id = $1 and is_active and not is_closed_won and not is_closed_lost
       order by "order"`,
      [tenant.id],
    );
    const moved = await runBulk(
      tenant.owner,
      bulk('moveDealsToStage', 'MoveDealRow', 'id stage { name }'),
      ids.slice(0, 3).map((id) => ({ id, stageId: stages[1]!.id })),
    );
    expect(moved.results.map(({ record }) => record)).toEqual(
      ids.slice(0, 3).map((id) => ({ id, stage: { name: stages[1]!.name } })),
    );
    const won = await runBulk(tenant.owner, bulk('markDealsWon', 'MarkDealWonRow', 'id status'), [
      ...ids.slice(0, 2).map((id) => ({ id })),
      { id: ids[5], actualCloseDate: '2200-01-01' },
    ]);
    expect(statuses(won)).toEqual(['UPDATED', 'UPDATED', 'FAILED']);
    expect(won.results[2]!.errors).toMatchObject([{ code: 'BAD_USER_INPUT', path: 'actualCloseDate' }]);
    const lost = await runBulk(tenant.owner, bulk('markDealsLost', 'MarkDealLostRow', 'id status lostReason'), [
      { id: ids[2], lostReason: 'Budget' },
      { id: ids[3], lostReason: ' ' },
    ]);
    expect(statuses(lost)).toEqual(['UPDATED', 'FAILED']);
    const history = await sql(
      `select to_status as status, count(*)::int
       from deal_stage_changes
       where organization_id = $1
       group by 1
       order by 1`,
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
    const { id } = (await runBulk(owner, CreateCustomers, newRows(1))).results[0]!;
    const done = await runBulk(owner, bulk('assignCustomers', 'AssignmentRow'), [{ id, employeeId: v7() }]);
    expect(done.results[0]!.errors).toMatchObject([{ code: 'NOT_FOUND', path: 'employeeId' }]);
  });

  test('assign, qualify and disqualify leads, complete activities', async () => {
    const tenant = await newTenant();
    const employee = await tenant.employee();
    const leads = await runBulk(
      tenant.owner,
      bulk('createLeads', 'CreateLeadRow'),
      Array.from({ length: 3 }, () => ({ input: { name: 'Lea', email: address() } })),
    );
    const ids = leads.results.map(({ id }) => id!);
    const assigned = await runBulk(
      tenant.owner,
      bulk('assignLeads', 'AssignmentRow', 'assignedTo { id }'),
      ids.map((id) => ({ id, employeeId: employee })),
    );
    expect(assigned.results.map(({ record }) => record)).toEqual(ids.map(() => ({ assignedTo: { id: employee } })));
    const qualified = await runBulk(tenant.owner, bulk('qualifyLeads', 'RecordRow', 'qualificationStatus'), [
      { id: ids[0] },
    ]);
    expect(qualified.results[0]!.record).toEqual({ qualificationStatus: 'QUALIFIED' });
    await runBulk(tenant.owner, bulk('disqualifyLeads', 'DisqualifyLeadRow'), [{ id: ids[1], reason: 'No budget' }]);
    expect(await sql('select title from activities where organization_id = $1', [tenant.id])).toEqual([
      { title: 'Lead disqualified' },
    ]);
    const calls = await runBulk(tenant.owner, bulk('createActivities', 'CreateActivityRow'), [
      { input: { activityType: 'CALL', title: 'Call' } },
      { input: { activityType: 'TASK', title: 'Task', phoneNumber: '+49 30 1234567' } },
    ]);
    expect(statuses(calls)).toEqual(['CREATED', 'FAILED']);
    const completed = await runBulk(tenant.owner, bulk('completeActivities', 'RecordRow', 'status'), [
      { id: calls.results[0]!.id },
    ]);
    expect(completed.results[0]!.record).toEqual({ status: 'COMPLETED' });
  });

  interface Verb {
    mutation: string;
    rowType: string;
    make: (tenant: Tenant) => Promise<string>;
    /** More of a row than its record. */
    more?: Record<string, unknown>;
    becomes: Record<string, unknown>;
  }

  const madeBy = async ({ owner }: Tenant, kind: string, input: object): Promise<string> =>
    (
      await runBulk(
        owner,
        bulk(`create${kind}`, `Create${kind.replace(/(ie)?s$/, (end) => (end === 'ies' ? 'y' : ''))}Row`),
        [{ input }],
      )
    ).results[0]!.id!;
  const lead = (tenant: Tenant) => madeBy(tenant, 'Leads', { name: 'Lea', email: address() });
  const call = (tenant: Tenant) => madeBy(tenant, 'Activities', { activityType: 'CALL', title: 'Call' });
  const customer = (tenant: Tenant) => madeBy(tenant, 'Customers', { email: address(), status: 'PROSPECT' });
  const vendor = (tenant: Tenant) => madeBy(tenant, 'Vendors', { name: 'Vic', email: address(), status: 'PENDING' });
  const employee = (tenant: Tenant) =>
    madeBy(tenant, 'Employees', { firstName: 'Eve', lastName: 'Early', email: address() });
  const deal = async (tenant: Tenant) =>
    madeBy(tenant, 'Deals', { title: 'A deal', customerId: await customer(tenant) });
  const lostDeal = async (tenant: Tenant) => {
    const id = await deal(tenant);
    const document = 'mutation ($id: ID!) { markLost(id: $id, lostReason: "Budget") { id } }';
    await tenant.owner.request(document, { id });
    await sql('update deals set version = 1 where id = $1', [id]);
    return id;
  };

  test.each<Verb>([
    { mutation: 'activateCustomers', rowType: 'RecordRow', make: customer, becomes: { status: 'ACTIVE' } },
    { mutation: 'deactivateCustomers', rowType: 'RecordRow', make: customer, becomes: { status: 'INACTIVE' } },
    { mutation: 'activateVendors', rowType: 'RecordRow', make: vendor, becomes: { status: 'ACTIVE' } },
    { mutation: 'deactivateVendors', rowType: 'RecordRow', make: vendor, becomes: { status: 'INACTIVE' } },
    {
      mutation: 'scoreLeads',
      rowType: 'ScoreLeadRow',
      make: lead,
      more: { score: 70, reason: 'Budget is there' },
      becomes: { leadScore: 70 },
    },
    {
      mutation: 'convertLeads',
      rowType: 'ConvertLeadRow',
      make: lead,
      more: { input: { createDeal: {} } },
      becomes: { isConverted: true, qualificationStatus: 'CONVERTED' },
    },
    { mutation: 'reopenDeals', rowType: 'RecordRow', make: lostDeal, becomes: { status: 'OPEN', lostReason: null } },
    { mutation: 'cancelActivities', rowType: 'RecordRow', make: call, becomes: { status: 'CANCELLED' } },
    {
      mutation: 'terminateEmployees',
      rowType: 'TerminateEmployeeRow',
      make: employee,
      becomes: { status: 'TERMINATED' },
    },
    { mutation: 'qualifyLeads', rowType: 'RecordRow', make: lead, becomes: { qualificationStatus: 'QUALIFIED' } },
    {
      mutation: 'disqualifyLeads',
      rowType: 'DisqualifyLeadRow',
      make: lead,
      becomes: { qualificationStatus: 'UNQUALIFIED' },
    },
    { mutation: 'markDealsWon', rowType: 'MarkDealWonRow', make: deal, becomes: { status: 'WON' } },
    {
      mutation: 'markDealsLost',
      rowType: 'MarkDealLostRow',
      make: deal,
      more: { lostReason: 'Budget' },
      becomes: { status: 'LOST', lostReason: 'Budget' },
    },
    { mutation: 'completeActivities', rowType: 'RecordRow', make: call, becomes: { status: 'COMPLETED' } },
  ])(
    '$mutation refuses what is stale or unknown, and in mode ATOMIC all',
    async ({ mutation, rowType, make, more, becomes }) => {
      const tenant = await newTenant();
      const [first, second] = [await make(tenant), await make(tenant)];
      const document = bulk(mutation, rowType, `id ${Object.keys(becomes).join(' ')}`);
      const rows = [{ id: first, expectedVersion: 1 }, { id: second, expectedVersion: 7 }, { id: v7() }].map((row) => ({
        ...row,
        ...more,
      }));
      const all = await runBulk(tenant.owner, document, rows, 'ATOMIC');
      expect(statuses(all)).toEqual(['NOT_ATTEMPTED', 'FAILED', 'FAILED']);
      const done = await runBulk(tenant.owner, document, rows);
      expect(statuses(done)).toEqual(['UPDATED', 'FAILED', 'FAILED']);
      expect(done.results[0]!.record).toEqual({ id: first, ...becomes });
      expect(done.results.slice(1).map(({ index, errors }) => [index, errors[0]!.code, errors[0]!.path])).toEqual([
        [1, 'VERSION_CONFLICT', null],
        [2, 'NOT_FOUND', 'id'],
      ]);
    },
  );
});
