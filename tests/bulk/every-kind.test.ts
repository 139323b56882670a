import { beforeAll, describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { type Result, statuses } from '../support/bulk-calls.js';
import { type Fields, freshEmail, newCustomer } from '../support/customers.js';
import { schema } from '../support/schema.js';
import { refusal } from '../support/server.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';

let tenant: Tenant;
let owner: Person;
let customerId: string;

beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
  customerId = (await newCustomer(owner)).id;
});

interface Kind {
  kind: string;
  plural: string;
  sound: () => Fields;
  /** A field that changes, with a value that it does not have when it is made. */
  change: Fields;
  /** The fault that a row is refused for, by the path of its field. */
  fault: Fields;
}

const kinds: Kind[] = [
  {
    kind: 'Customer',
    plural: 'Customers',
    sound: () => ({ name: 'Ada', email: freshEmail() }),
    change: { city: 'Bern' },
    fault: { email: 'nonsense' },
  },
  {
    kind: 'Lead',
    plural: 'Leads',
    sound: () => ({ name: 'Lea', email: freshEmail() }),
    change: { city: 'Bern' },
    fault: { leadScore: 101 },
  },
  {
    kind: 'Deal',
    plural: 'Deals',
    sound: () => ({ title: 'A deal', customerId }),
    change: { priority: 'URGENT' },
    fault: { probability: '101' },
  },
  {
    kind: 'Activity',
    plural: 'Activities',
    sound: () => ({ activityType: 'CALL', title: 'A call' }),
    change: { title: 'Another call' },
    fault: { title: ' ' },
  },
  {
    kind: 'Employee',
    plural: 'Employees',
    sound: () => ({ firstName: 'Eve', lastName: 'Early', email: freshEmail(), jobTitle: 'Clerk' }),
    change: { jobTitle: 'Head clerk' },
    fault: { email: 'nonsense' },
  },
  {
    kind: 'Vendor',
    plural: 'Vendors',
    sound: () => ({ name: 'Vic', email: freshEmail() }),
    change: { city: 'Bern' },
    fault: { email: 'nonsense' },
  },
];

/** Kinds for which an employee is responsible. */
const assignable = kinds.filter(({ kind }) => kind !== 'Employee');

const envelope = (fields: string) => `mode summary { total created updated unchanged deleted failed notAttempted }
  results { index ref status id errors { code reason path existingId } record { id version ${fields} } }`;

const headersOf = (dryRun: boolean) => (dryRun ? { 'x-dry-run': 'true' } : undefined);

async function byRows(
  mutation: string,
  rowType: string,
  rows: Fields[],
  { mode = 'PER_ROW', fields = '', dryRun = false } = {},
) {
  const document = `mutation ($rows: [${rowType}!]!, $mode: BulkMode!) {
    done: ${mutation}(rows: $rows, mode: $mode) { ${envelope(fields)} }
  }`;
  return (await owner.request<{ done: Result }>(document, { rows, mode }, headersOf(dryRun))).done;
}

async function byFilter(mutation: string, { kind }: Kind, variables: Fields, dryRun = false): Promise<Result> {
  const operands: Record<string, [string, string]> = {
    update: [`, $input: Update${kind}Input!`, ', input: $input'],
    assign: [', $employeeId: ID', ', employeeId: $employeeId'],
  };
  const [declared, passed] = operands[mutation.slice(0, 6)] ?? ['', ''];
  const document = `mutation ($filter: ${kind}Filter!, $expectedCount: Int!${declared}) {
    done: ${mutation}(filter: $filter, expectedCount: $expectedCount, mode: PER_ROW${passed}) {
      ${envelope('')}
    }
  }`;
  return (await owner.request<{ done: Result }>(document, variables, headersOf(dryRun))).done;
}

/** Records of a kind that share the beginning of their external ids. */
async function made({ kind, plural, sound }: Kind, count = 3) {
  const mark = v7();
  const rows = Array.from({ length: count }, (_, n) => ({ input: { ...sound(), externalId: `${mark}-${n}` } }));
  const { results } = await byRows(`create${plural}`, `Create${kind}Row`, rows, { mode: 'ATOMIC' });
  return { mark, ids: results.map(({ id }) => id!), marked: { externalId: { startsWith: mark } } };
}

/** The records that a filter finds, by id, with one of their fields. */
async function found({ kind, plural, change }: Kind, filter: Fields): Promise<Record<string, unknown>> {
  const list = plural.charAt(0).toLowerCase() + plural.slice(1);
  const [field] = Object.keys(change);
  const { rows } = await owner.request<{ rows: { nodes: { id: string; value: unknown }[] } }>(
    `query ($filter: ${kind}Filter!) { rows: ${list}(filter: $filter, first: 100) { nodes { id value: ${field} } } }`,
    { filter },
  );
  return Object.fromEntries(rows.nodes.map(({ id, value }) => [id, value]));
}

const firstErrors = ({ results }: Result) => results.map(({ index, errors }) => [index, errors[0]?.code ?? null]);

test('every bulk mutation on records of a kind is tried below', () => {
  const ofRecords = kinds.flatMap(({ plural }) => [
    ...['create', 'update', 'delete', 'upsert'].map((verb) => verb + plural),
    ...['update', 'delete'].map((verb) => `${verb + plural}Where`),
  ]);
  const assignments = assignable.flatMap(({ plural }) => [`assign${plural}`, `assign${plural}Where`]);
  const verbs = ['activateCustomers', 'deactivateCustomers', 'qualifyLeads', 'disqualifyLeads', 'scoreLeads'];
  verbs.push('convertLeads', 'moveDealsToStage', 'markDealsWon', 'markDealsLost', 'reopenDeals');
  verbs.push('addOrganizationMembers', 'assignRoles', 'inviteMembers');
  verbs.push('completeActivities', 'cancelActivities', 'terminateEmployees', 'activateVendors', 'deactivateVendors');
  const offered = Object.values(schema.getMutationType()!.getFields()).flatMap(({ name, type }) =>
    String(type).includes('BulkResult') ? [name] : [],
  );
  expect(offered.toSorted()).toEqual([...ofRecords, ...assignments, ...verbs].toSorted());
});

describe.each(kinds)('$plural in bulk', (kind) => {
  const [changed] = Object.values(kind.change);
  const [faulty] = Object.keys(kind.fault);

  test('are created, and a row that is refused tells its place and its fault', async () => {
    const externalId = v7();
    const rows = [
      { ref: 'a', input: { ...kind.sound(), externalId: `${externalId}-0` } },
      { ref: 'b', input: { ...kind.sound(), ...kind.fault, externalId: `${externalId}-1` } },
      { ref: 'c', input: { ...kind.sound(), externalId: `${externalId}-2` } },
    ];
    const refused = await byRows(`create${kind.plural}`, `Create${kind.kind}Row`, rows, { mode: 'ATOMIC' });
    expect(refused.summary).toMatchObject({ total: 3, created: 0, failed: 1, notAttempted: 2 });
    expect(await found(kind, { externalId: { startsWith: externalId } })).toEqual({});
    const done = await byRows(`create${kind.plural}`, `Create${kind.kind}Row`, rows);
    expect(statuses(done)).toEqual(['CREATED', 'FAILED', 'CREATED']);
    expect(done.results[1]).toMatchObject({ index: 1, ref: 'b', id: null, record: null });
    expect(done.results[1]!.errors).toMatchObject([{ code: 'BAD_USER_INPUT', path: `input.${faulty}` }]);
    expect(Object.keys(await found(kind, { externalId: { startsWith: externalId } })).toSorted()).toEqual(
      [done.results[0]!.id, done.results[2]!.id].toSorted(),
    );
  });

  test('are changed, unless stale, unknown or wrong', async () => {
    const { ids, marked } = await made(kind, 4);
    const done = await byRows(`update${kind.plural}`, `Update${kind.kind}Row`, [
      { id: ids[0], input: kind.change, expectedVersion: 1 },
      { id: ids[1], input: {} },
      { id: ids[2], input: kind.change, expectedVersion: 7 },
      { id: ids[3], input: kind.fault },
      { id: v7(), input: kind.change },
    ]);
    expect(statuses(done)).toEqual(['UPDATED', 'UNCHANGED', 'FAILED', 'FAILED', 'FAILED']);
    expect(firstErrors(done)).toEqual([
      [0, null],
      [1, null],
      [2, 'VERSION_CONFLICT'],
      [3, 'BAD_USER_INPUT'],
      [4, 'NOT_FOUND'],
    ]);
    expect(done.results[0]!.record).toMatchObject({ id: ids[0], version: 2 });
    const now = await found(kind, marked);
    expect(ids.map((id) => now[id] === changed)).toEqual([true, false, false, false]);
  });

  test('are deleted, unless stale or unknown', async () => {
    const { ids, marked } = await made(kind);
    const done = await byRows(`delete${kind.plural}`, 'RecordRow', [
      { id: ids[0] },
      { id: ids[1], expectedVersion: 7 },
      { id: v7() },
    ]);
    expect(statuses(done)).toEqual(['DELETED', 'FAILED', 'FAILED']);
    expect(firstErrors(done)).toEqual([
      [0, null],
      [1, 'VERSION_CONFLICT'],
      [2, 'NOT_FOUND'],
    ]);
    expect(Object.keys(await found(kind, marked)).toSorted()).toEqual(ids.slice(1).toSorted());
  });

  test('are upserted by the key of another system', async () => {
    const { mark, ids, marked } = await made(kind, 2);
    const done = await byRows(`upsert${kind.plural}`, `Upsert${kind.kind}Row`, [
      { by: { externalId: `${mark}-0` }, input: kind.change },
      { by: { externalId: `${mark}-1` }, input: {} },
      { by: { externalId: `${mark}-2` }, input: { ...kind.sound(), ...kind.change } },
      { by: { externalId: `${mark}-3` }, input: { ...kind.sound(), ...kind.fault } },
      { by: {}, input: kind.sound() },
      { by: { id: v7() }, input: kind.change },
    ]);
    expect(statuses(done)).toEqual(['UPDATED', 'UNCHANGED', 'CREATED', 'FAILED', 'FAILED', 'FAILED']);
    expect(done.results.slice(3).map(({ index, errors }) => [index, errors[0]!.code, errors[0]!.path])).toEqual([
      [3, 'BAD_USER_INPUT', `input.${faulty}`],
      [4, 'BAD_USER_INPUT', 'by'],
      [5, 'NOT_FOUND', 'by.id'],
    ]);
    expect(done.results.slice(0, 2).map(({ id }) => id)).toEqual(ids);
    const now = await found(kind, marked);
    expect([ids[0]!, ids[1]!, done.results[2]!.id!].map((id) => now[id] === changed)).toEqual([true, false, true]);
    expect(Object.keys(now)).toHaveLength(3);
  });

  test('are changed by filter, if they are as many as expected', async () => {
    const { ids, marked } = await made(kind);
    const { ids: others } = await made(kind, 1);
    const mutation = `update${kind.plural}Where`;
    const wrong = byFilter(mutation, kind, { filter: marked, expectedCount: 2, input: kind.change });
    expect(await refusal(wrong)).toMatchObject({ code: 'CONFLICT', reason: 'COUNT_DIFFERS' });
    expect(Object.values(await found(kind, marked))).not.toContain(changed);
    const done = await byFilter(mutation, kind, { filter: marked, expectedCount: 3, input: kind.change });
    expect(done.summary).toMatchObject({ total: 3, updated: 3, failed: 0 });
    expect(done.results.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    expect(Object.values(await found(kind, marked))).toEqual([changed, changed, changed]);
    expect(await found(kind, { id: { in: others } })).not.toEqual({ [others[0]!]: changed });
    const again = await byFilter(mutation, kind, { filter: marked, expectedCount: 3, input: kind.change });
    expect(again.summary).toMatchObject({ total: 3, updated: 0, unchanged: 3 });
  });

  test('are deleted by filter, if they are as many as expected', async () => {
    const { marked } = await made(kind);
    const { ids: others, marked: kept } = await made(kind, 1);
    const mutation = `delete${kind.plural}Where`;
    const wrong = byFilter(mutation, kind, { filter: marked, expectedCount: 4 });
    expect(await refusal(wrong)).toMatchObject({ code: 'CONFLICT', reason: 'COUNT_DIFFERS' });
    expect(Object.keys(await found(kind, marked))).toHaveLength(3);
    const done = await byFilter(mutation, kind, { filter: marked, expectedCount: 3 });
    expect(done.summary).toMatchObject({ total: 3, deleted: 3, failed: 0 });
    expect(await found(kind, marked)).toEqual({});
    expect(Object.keys(await found(kind, kept))).toEqual(others);
    expect((await byFilter(mutation, kind, { filter: marked, expectedCount: 0 })).summary).toMatchObject({ total: 0 });
  });

  test('are tried by a dry run, which tells the same and leaves nothing', async () => {
    const { mark, ids, marked } = await made(kind, 2);
    const before = await found(kind, marked);
    const inDryRun = async (verb: string, rowType: string, rows: Fields[]) =>
      statuses(await byRows(`${verb}${kind.plural}`, rowType, rows, { dryRun: true }));
    const input = kind.sound();
    expect(
      await inDryRun('create', `Create${kind.kind}Row`, [
        { input: { ...input, externalId: `${mark}-2` } },
        { input: { ...input, ...kind.fault } },
      ]),
    ).toEqual(['CREATED', 'FAILED']);
    expect(
      await inDryRun('update', `Update${kind.kind}Row`, [
        { id: ids[0], input: kind.change },
        { id: ids[1], input: kind.change, expectedVersion: 7 },
      ]),
    ).toEqual(['UPDATED', 'FAILED']);
    expect(
      await inDryRun('upsert', `Upsert${kind.kind}Row`, [
        { by: { externalId: `${mark}-0` }, input: kind.change },
        { by: { externalId: `${mark}-2` }, input: kind.sound() },
      ]),
    ).toEqual(['UPDATED', 'CREATED']);
    expect(await inDryRun('delete', 'RecordRow', [{ id: ids[0] }, { id: v7() }])).toEqual(['DELETED', 'FAILED']);
    const all = { filter: marked, expectedCount: 2 };
    const changed = await byFilter(`update${kind.plural}Where`, kind, { ...all, input: kind.change }, true);
    expect(changed.summary).toMatchObject({ total: 2, updated: 2 });
    const deleted = await byFilter(`delete${kind.plural}Where`, kind, all, true);
    expect(deleted.summary).toMatchObject({ total: 2, deleted: 2 });
    expect(await found(kind, marked)).toEqual(before);
  });
});

describe.each(assignable)('$plural that are assigned', (kind) => {
  const mutation = `assign${kind.plural}Where`;

  /** The numbers of records by the employee who is responsible for them. */
  const responsible = async (marked: Fields, employeeId: string) =>
    Object.keys(await found(kind, { ...marked, assignedToId: { eq: employeeId } })).length;

  test('one by one have a new owner, or nobody when null is given', async () => {
    const employeeId = await tenant.employee();
    const { ids } = await made(kind, 1);
    const document = `mutation ($id: ID!, $employeeId: ID, $expectedVersion: Int) {
      done: assign${kind.kind}(id: $id, employeeId: $employeeId, expectedVersion: $expectedVersion) {
        version
        assignedTo { id }
      }
    }`;
    const assign = (variables: Fields) => owner.request(document, { id: ids[0], ...variables });
    const taken = { done: { version: 2, assignedTo: { id: employeeId } } };
    expect(await assign({ employeeId, expectedVersion: 1 })).toEqual(taken);
    expect(await assign({ employeeId })).toEqual(taken);
    expect(await refusal(assign({ employeeId, expectedVersion: 1 }))).toMatchObject({ code: 'VERSION_CONFLICT' });
    const unknown = await refusal(assign({ employeeId: v7() }));
    expect(unknown).toMatchObject({ code: 'NOT_FOUND', fields: [{ path: 'employeeId' }] });
    const inactive = await refusal(assign({ employeeId: await tenant.employee({ status: 'INACTIVE' }) }));
    expect(inactive).toMatchObject({ reason: 'EMPLOYEE_NOT_ACTIVE', fields: [{ path: 'employeeId' }] });
    const nobody = { done: { version: 3, assignedTo: null } };
    if (kind.kind === 'Lead') return expect(await assign({})).toEqual(nobody);
    expect(await refusal(assign({}))).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'employeeId', code: 'REQUIRED' }],
    });
    expect(await assign({ employeeId: null })).toEqual(nobody);
  });

  test('by filter go to one employee or to nobody, if they are as many as expected', async () => {
    const employeeId = await tenant.employee();
    const { marked } = await made(kind);
    const all = { filter: marked, expectedCount: 3 };
    const few = byFilter(mutation, kind, { filter: marked, expectedCount: 2, employeeId });
    expect(await refusal(few)).toMatchObject({ code: 'CONFLICT', reason: 'COUNT_DIFFERS' });
    expect(await refusal(byFilter(mutation, kind, all))).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'employeeId', code: 'REQUIRED' }],
    });
    const tried = await byFilter(mutation, kind, { ...all, employeeId }, true);
    expect(tried.summary).toMatchObject({ total: 3, updated: 3 });
    expect(await responsible(marked, employeeId)).toBe(0);
    const done = await byFilter(mutation, kind, { ...all, employeeId });
    expect(done.summary).toMatchObject({ total: 3, updated: 3, failed: 0 });
    expect(await responsible(marked, employeeId)).toBe(3);
    const again = await byFilter(mutation, kind, { ...all, employeeId });
    expect(again.summary).toMatchObject({ total: 3, updated: 0, unchanged: 3 });
    const unknown = await byFilter(mutation, kind, { ...all, employeeId: v7() });
    expect(unknown.summary).toMatchObject({ total: 3, failed: 3 });
    expect(unknown.results[0]!.errors).toMatchObject([{ code: 'NOT_FOUND', path: 'employeeId' }]);
    await byFilter(mutation, kind, { ...all, employeeId: null });
    expect(await responsible(marked, employeeId)).toBe(0);
  });

  test('in bulk go to the employee that each row names, or to nobody', async () => {
    const employeeId = await tenant.employee();
    const { ids } = await made(kind);
    const assign = (rows: Fields[]) =>
      byRows(`assign${kind.plural}`, 'AssignmentRow', rows, { fields: 'assignedTo { id }' });
    const done = await assign([
      { id: ids[0], employeeId },
      { id: ids[1], employeeId: null },
      { id: ids[2], employeeId: v7() },
      { id: ids[2], employeeId, expectedVersion: 7 },
      { id: v7(), employeeId },
    ]);
    expect(statuses(done)).toEqual(['UPDATED', 'UNCHANGED', 'FAILED', 'FAILED', 'FAILED']);
    expect(done.results[0]!.record).toMatchObject({ assignedTo: { id: employeeId } });
    expect(done.results.slice(2).map(({ index, errors }) => [index, errors[0]!.code, errors[0]!.path])).toEqual([
      [2, 'NOT_FOUND', 'employeeId'],
      [3, 'VERSION_CONFLICT', null],
      [4, 'NOT_FOUND', 'id'],
    ]);
    const taken = await assign([{ id: ids[0], employeeId: null }]);
    expect(taken.results[0]).toMatchObject({ status: 'UPDATED', record: { assignedTo: null } });
  });
});
