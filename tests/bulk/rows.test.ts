import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import {
  address,
  bulk,
  CreateCustomers,
  CreateEmployees,
  DeleteCustomers,
  namesIn,
  newEmployees,
  newRows,
  type Result,
  runBulk,
  statuses,
  UpdateCustomers,
  UpsertCustomers,
} from '../support/bulk-calls.js';
import { newTenant } from '../support/tenant.js';

describe('creating in bulk', () => {
  test('answers each row with its place, its mark and its record', async () => {
    const tenant = await newTenant();
    const done = await runBulk(tenant.owner, CreateCustomers, newRows(3));
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
    const { results } = await runBulk(tenant.owner, CreateCustomers, rows);
    const codes = results.map(({ record }) => record!.code as string);
    expect(codes).toEqual(codes.toSorted());
  });

  test('in mode ATOMIC writes nothing when a row fails, and tells every row what is wrong with it', async () => {
    const tenant = await newTenant();
    const rows = newRows(4);
    rows[1]!.input.email = 'nonsense';
    Object.assign(rows[2]!.input, { assignedToId: v7(), website: 'no address' });
    const done = await runBulk(tenant.owner, CreateCustomers, rows, 'ATOMIC');
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
    const done = await runBulk(tenant.owner, CreateCustomers, rows);
    expect(statuses(done)).toEqual(['CREATED', 'FAILED', 'CREATED']);
    expect(done.results[1]!.errors).toMatchObject([{ code: 'NOT_FOUND', path: 'input.assignedToId' }]);
    expect(await namesIn(tenant)).toEqual(['Customer 0', 'Customer 2']);
  });

  test.each(['ATOMIC', 'PER_ROW'])('in mode %s tells of a clash with another row of the call', async (mode) => {
    const tenant = await newTenant();
    const rows = newRows(3);
    rows[2]!.input.email = rows[0]!.input.email;
    const done = await runBulk(tenant.owner, CreateCustomers, rows, mode);
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
    const { results } = await runBulk(tenant.owner, CreateCustomers, newRows(4));
    const ids = results.map(({ id }) => id!);
    const done = await runBulk(tenant.owner, UpdateCustomers, [
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
    const { results } = await runBulk(tenant.owner, CreateCustomers, newRows(1));
    const [id] = results.map((row) => row.id);
    const done = await runBulk(tenant.owner, UpdateCustomers, [
      { id, input: { name: 'First' }, expectedVersion: 1 },
      { id, input: { name: 'Second' }, expectedVersion: 2 },
      { id, input: { name: 'Third' }, expectedVersion: 1 },
    ]);
    expect(statuses(done)).toEqual(['UPDATED', 'UPDATED', 'FAILED']);
    expect(await namesIn(tenant)).toEqual(['Second']);
    const gone = await runBulk(tenant.owner, DeleteCustomers, [{ id }, { id }]);
    expect(statuses(gone)).toEqual(['DELETED', 'FAILED']);
    expect(gone.results[0]).toMatchObject({ id, record: null });
    expect(gone.results[1]!.errors).toMatchObject([{ code: 'NOT_FOUND' }]);
  });

  test('upsert by e-mail address, number and id', async () => {
    const tenant = await newTenant();
    const [known, unknown] = [address(), address()];
    const { results } = await runBulk(tenant.owner, CreateCustomers, [{ input: { name: 'Known', email: known } }]);
    const { id, code } = results[0]!.record as { id: string; code: string };
    const done = await runBulk(tenant.owner, UpsertCustomers, [
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
    const again = await runBulk(tenant.owner, UpsertCustomers, [{ by: { email: unknown }, input: { name: 'New' } }]);
    expect(statuses(again)).toEqual(['UNCHANGED']);
  });

  test('know records by the key of another system, each kind and organization for itself', async () => {
    const [tenant, other] = [await newTenant(), await newTenant()];
    const rows = [
      { by: { externalId: 'A-1' }, input: { name: 'One', email: address() } },
      { by: { externalId: 'A-2' }, input: { name: 'Two' } },
    ];
    const first = await runBulk(tenant.owner, UpsertCustomers, rows);
    expect(statuses(first)).toEqual(['CREATED', 'FAILED']);
    expect(first.results[1]!.errors).toMatchObject([{ code: 'BAD_USER_INPUT', path: 'input.email' }]);
    const again = await runBulk(tenant.owner, UpsertCustomers, [{ by: { externalId: 'A-1' }, input: { name: 'Uno' } }]);
    expect(again.results[0]).toMatchObject({ status: 'UPDATED', id: first.results[0]!.id });
    const clash = await runBulk(tenant.owner, CreateCustomers, [{ input: { email: address(), externalId: 'A-1' } }]);
    expect(clash.results[0]!.errors).toMatchObject([
      { code: 'CONFLICT', reason: 'DUPLICATE_EXTERNAL_ID', path: 'input.externalId', existingId: first.results[0]!.id },
    ]);
    const elsewhere = await runBulk(other.owner, CreateCustomers, [{ input: { email: address(), externalId: 'A-1' } }]);
    expect(statuses(elsewhere)).toEqual(['CREATED']);
    const lead = await runBulk(tenant.owner, bulk('upsertLeads', 'UpsertLeadRow', 'externalId'), [
      { by: { externalId: 'A-1' }, input: { name: 'Lea', email: address() } },
    ]);
    expect(lead.results[0]!.record).toEqual({ externalId: 'A-1' });
  });

  test('take keys as the single mutation takes the fields', async () => {
    const tenant = await newTenant();
    const email = address();
    const done = await runBulk(tenant.owner, UpsertCustomers, [
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
    const [a, b] = (await runBulk(tenant.owner, CreateEmployees, newEmployees(2))).results.map(({ id }) => id);
    const done = await runBulk(tenant.owner, Upsert, [
      { by: { id: a }, input: { externalId: 'A' } },
      { by: { externalId: 'A' }, input: { managerId: b } },
      { by: { id: b }, input: { managerId: a } },
    ]);
    expect(statuses(done)).toEqual(['UPDATED', 'UPDATED', 'FAILED']);
    expect(done.results[2]!.errors).toMatchObject([{ reason: 'MANAGER_CYCLE' }]);
  });

  test('foreign ids in the middle are unknown ones', async () => {
    const [tenant, other] = [await newTenant(), await newTenant()];
    const own = await runBulk(tenant.owner, CreateCustomers, newRows(2));
    const foreign = await runBulk(other.owner, CreateCustomers, newRows(1));
    const ids = [own.results[0]!.id, foreign.results[0]!.id, own.results[1]!.id];
    const done = await runBulk(
      tenant.owner,
      DeleteCustomers,
      ids.map((id) => ({ id })),
    );
    expect(statuses(done)).toEqual(['DELETED', 'FAILED', 'DELETED']);
    expect(done.results[1]!.errors).toMatchObject([{ code: 'NOT_FOUND', path: 'id', existingId: null }]);
    expect(await namesIn(other)).toEqual(['Customer 0']);
  });
});
