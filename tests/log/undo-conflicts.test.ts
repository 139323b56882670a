import { beforeEach, describe, expect, test } from '@jest/globals';
import { type Fields, freshEmail } from '../support/customers.js';
import { sql } from '../support/database.js';
import { dealById, idsByName, pipelineById, type Stage } from '../support/sales.js';
import { statementsOf } from '../support/server.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';
import { act, change, fatesOf, stateOf, type Undone, undo } from '../support/undo.js';

let tenant: Tenant;
let owner: Person;

beforeEach(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
});

const does = (name: string, variables: Fields) => change(owner, tenant.id, name, variables);
const creates = (kind: string, input: Fields) => does(`create${kind}`, { input });
const updates = (kind: string, id: string, input: Fields) => does(`update${kind}`, { id, input });
const newCustomer = (input: Fields = {}) => creates('Customer', { name: 'Kim', email: freshEmail(), ...input });

async function undoes(changeSetId: string, mode = 'ATOMIC'): Promise<Undone> {
  const { result, error } = await undo(owner, tenant.id, changeSetId, { mode });
  expect(error).toBeUndefined();
  return result!;
}

/** Undoes in mode ATOMIC, which must change nothing, then what is sound; the fates of the records in the latter. */
async function undoesSound(changeSetId: string): Promise<Record<string, string[]>> {
  const before = await stateOf(tenant.id);
  const { summary, results } = await undoes(changeSetId);
  expect(summary.failed).toBeGreaterThan(0);
  expect(results.every(({ status }) => ['FAILED', 'NOT_ATTEMPTED', 'UNCHANGED'].includes(status))).toBe(true);
  expect(await stateOf(tenant.id)).toEqual(before);
  return fatesOf(await undoes(changeSetId, 'PER_ROW'));
}

describe('a field that was changed again', () => {
  test('is named with the value of the change set, the present one, and the later change set', async () => {
    const { id } = await newCustomer({ creditLimit: '10' });
    const { changeSetId } = await updates('Customer', id, { creditLimit: '20', city: 'Bern', source: 'Fair' });
    const later = await updates('Customer', id, { creditLimit: '30.5', city: null });
    const before = await stateOf(tenant.id);
    const { results } = await undoes(changeSetId);
    const laterChangeSet = { id: later.changeSetId };
    expect(results).toMatchObject([
      {
        status: 'FAILED',
        recordType: 'CUSTOMER',
        id,
        errors: [{ code: 'CONFLICT', reason: 'FIELD_CHANGED' }],
        conflicts: [
          { field: 'creditLimit', expected: '20.00', found: '30.50', laterChangeSet },
          { field: 'city', expected: 'Bern', found: null, laterChangeSet },
        ].toSorted((one, other) => one.field.localeCompare(other.field)),
      },
    ]);
    expect(await stateOf(tenant.id)).toEqual(before);
  });

  test('keeps its whole record in mode PER_ROW, while other records are put back', async () => {
    const [one, two] = [await newCustomer(), await newCustomer()];
    const rows = [one, two].map(({ id }) => ({ id, input: { city: 'Bern', source: 'Fair' } }));
    const { data, extensions } = await act(
      owner,
      tenant.id,
      'mutation ($rows: [UpdateCustomerRow!]!) { updateCustomers(rows: $rows) { mode } }',
      { rows },
    );
    expect(data).toBeTruthy();
    await updates('Customer', one.id, { city: 'Rome' });
    expect(await undoesSound(extensions!.changeSetId!)).toEqual({
      [one.id]: ['FAILED', 'FIELD_CHANGED'],
      [two.id]: ['UPDATED'],
    });
    const stored = await sql('select city, source from customers where id = any($1) order by id', [[one.id, two.id]]);
    expect(stored).toEqual([
      { city: 'Rome', source: 'Fair' },
      { city: null, source: null },
    ]);
  });

  test.each(['ATOMIC', 'PER_ROW'])('leaves, in mode %s, records as the answer shows them', async (mode) => {
    const [one, two] = [await newCustomer(), await newCustomer()];
    const Both = `mutation ($one: ID!, $two: ID!) {
      one: updateCustomer(id: $one, input: { city: "Bern" }) { id }
      two: updateCustomer(id: $two, input: { city: "Bern" }) { id }
    }`;
    const { extensions } = await act(owner, tenant.id, Both, { one: one.id, two: two.id });
    await updates('Customer', two.id, { city: 'Rome' });
    const Undo = `mutation ($id: ID!, $mode: BulkMode!) {
      undoChangeSet(id: $id, mode: $mode) { results { id record { version ... on Customer { city } } } }
    }`;
    const { data } = await act(owner, tenant.id, Undo, { id: extensions!.changeSetId!, mode });
    const { results } = data!.undoChangeSet as { results: { id: string; record: object }[] };
    const stored = await sql('select id, city, version from customers where organization_id = $1', [tenant.id]);
    expect(results.map(({ id, record }) => ({ id, ...record }))).toEqual(expect.arrayContaining(stored));
    expect(stored).toContainEqual({ id: one.id, city: mode === 'ATOMIC' ? 'Bern' : null, version: expect.any(Number) });
  });

  test('is a conflict although another field of the record is as it was before', async () => {
    const { id: customerId } = await newCustomer();
    const { id } = await creates('Deal', { title: 'Deal', customerId, value: '100', probability: '50' });
    const { changeSetId } = await updates('Deal', id, { value: '200', title: 'Later' });
    await updates('Deal', id, { value: '100', title: 'Last' });
    const { results } = await undoes(changeSetId, 'PER_ROW');
    expect(results[0]!.conflicts).toMatchObject([
      { field: 'title', expected: 'Later', found: 'Last' },
      { field: 'value', expected: '200.00', found: '100.00' },
    ]);
    expect(await dealById(owner, id)).toMatchObject({ title: 'Last', value: '100.00' });
  });

  test.each<[what: string, value: string | null, change: Fields, later: Fields, after: Fields]>([
    ['a deal without a value', null, { probability: '40' }, { value: '100' }, { expectedRevenue: '20.00' }],
    ['a deal with a value', '50', { probability: '40' }, { value: '100' }, { expectedRevenue: '20.00' }],
    ['another probability', '100', { value: '200' }, { probability: '25' }, { expectedRevenue: '25.00' }],
  ])('is none if only the expected revenue has changed, which follows from others: %s', async (...given) => {
    const [, value, change, later, after] = given;
    const { id: customerId } = await newCustomer();
    const { id } = await creates('Deal', { title: 'Deal', customerId, value, probability: '20' });
    const { changeSetId } = await updates('Deal', id, change);
    await updates('Deal', id, later);
    const { summary } = await undoes(changeSetId);
    expect(summary).toMatchObject({ updated: 1, failed: 0 });
    expect(await dealById(owner, id)).toMatchObject(after);
  });
});

describe('a record that the change set created', () => {
  test('stays if it was changed since', async () => {
    const { id, changeSetId } = await newCustomer({ city: 'Bern' });
    const later = await updates('Customer', id, { city: 'Rome' });
    const { results } = await undoes(changeSetId, 'PER_ROW');
    expect(results).toMatchObject([
      {
        errors: [{ reason: 'RECORD_CHANGED' }],
        conflicts: [{ field: 'city', expected: 'Bern', found: 'Rome', laterChangeSet: { id: later.changeSetId } }],
      },
    ]);
  });

  test('stays if a field that had no value was changed since', async () => {
    const { id, changeSetId } = await newCustomer();
    const later = await updates('Customer', id, { city: 'Rome' });
    expect((await undoes(changeSetId)).results).toMatchObject([
      {
        errors: [{ reason: 'RECORD_CHANGED' }],
        conflicts: [{ field: 'city', expected: null, found: 'Rome', laterChangeSet: { id: later.changeSetId } }],
      },
    ]);
  });

  test.each<[string, (id: string, later: string) => Promise<unknown>]>([
    ['an undo', (_id, later) => undoes(later)],
    ['a change', (id) => updates('Customer', id, { city: 'Bern' })],
  ])('goes if %s has given it the values that it had then', async (_name, changesBack) => {
    const { id, changeSetId } = await newCustomer({ city: 'Bern' });
    const later = await updates('Customer', id, { city: 'Rome', source: null });
    await changesBack(id, later.changeSetId);
    expect(fatesOf(await undoes(changeSetId))).toEqual({ [id]: ['DELETED'] });
  });

  test('goes again although another record has got its unique value back in the same document', async () => {
    const { id } = await pipelineById(owner);
    const document = `mutation ($id: ID!, $input: CreatePipelineInput!) {
      createPipeline(input: $input) { id }
      setDefaultPipeline(id: $id) { id }
    }`;
    const input = { name: 'Short', isDefault: true, stages: [{ name: 'One' }] };
    const { data, extensions } = await act(owner, tenant.id, document, { id, input });
    const { id: created } = data!.createPipeline as { id: string };
    const fates = fatesOf(await undoes(extensions!.changeSetId!));
    expect(fates[created]).toEqual(['DELETED']);
    expect(await pipelineById(owner)).toMatchObject({ id, isDefault: true });
  });

  test('goes again after an undo of its undo', async () => {
    const { id, changeSetId } = await newCustomer();
    const { changeSetId: first } = await undo(owner, tenant.id, changeSetId);
    await undoes(first!);
    expect(fatesOf(await undoes(changeSetId))).toEqual({ [id]: ['DELETED'] });
  });

  test('stays if another record refers to it, and so does what it refers to', async () => {
    const lead = await creates('Lead', { name: 'Lee', email: freshEmail() });
    const { extensions } = await act(
      owner,
      tenant.id,
      'mutation ($id: ID!) { convertLead(id: $id, input: { createDeal: {} }) { customer { id } deal { id } } }',
      { id: lead.id },
    );
    const [deal] = await sql<{ id: string; customer_id: string }>('select * from deals where organization_id = $1', [
      tenant.id,
    ]);
    await does('addDealNote', { dealId: deal!.id, input: { text: 'Called' } });
    expect(await undoesSound(extensions!.changeSetId!)).toMatchObject({
      [deal!.id]: ['FAILED', 'RECORD_IN_USE'],
      [deal!.customer_id]: ['FAILED', 'RECORD_IN_USE'],
      [lead.id]: ['FAILED', 'CONTRADICTION'],
    });
    expect(await dealById(owner, deal!.id)).toMatchObject({ customer: { id: deal!.customer_id } });
  });
});

describe('a record that is gone', () => {
  test('cannot get former values', async () => {
    const { id } = await newCustomer();
    const { changeSetId } = await updates('Customer', id, { city: 'Bern' });
    await does('deleteCustomer', { id });
    expect(fatesOf(await undoes(changeSetId))).toEqual({ [id]: ['FAILED', 'RECORD_GONE'] });
  });

  test('cannot be referred to again', async () => {
    const { id: assignedToId } = await creates('Employee', {
      firstName: 'E',
      lastName: 'E',
      email: freshEmail(),
      jobTitle: 'Clerk',
    });
    const { id } = await newCustomer({ assignedToId });
    const { changeSetId } = await does('deleteCustomer', { id });
    await does('deleteEmployee', { id: assignedToId });
    expect(fatesOf(await undoes(changeSetId))).toEqual({ [id]: ['FAILED', 'REFERENCE_GONE'] });
  });

  test('gets its references back where they are still empty', async () => {
    const { id } = await newCustomer();
    const { id: other } = await newCustomer();
    const activity = (title: string) => creates('Activity', { activityType: 'CALL', title, customerId: id });
    const [kept, changed, gone] = [await activity('A'), await activity('B'), await activity('C')];
    const { changeSetId } = await does('deleteCustomer', { id });
    await updates('Activity', changed.id, { customerId: other });
    await does('deleteActivity', { id: gone.id });
    expect(await undoesSound(changeSetId)).toEqual({
      [id]: ['CREATED'],
      [kept.id]: ['UPDATED'],
      [changed.id]: ['FAILED', 'FIELD_CHANGED'],
      [gone.id]: ['FAILED', 'RECORD_GONE'],
    });
    const stored = await sql<{ customer_id: string }>(
      'select customer_id from activities where organization_id = $1 order by title',
      [tenant.id],
    );
    expect(stored.map(({ customer_id }) => customer_id)).toEqual([id, other]);
  });
});

describe('a unique value that another record has by now', () => {
  test.each<[string, Fields]>([
    ['email', { email: 'taken@customers.example' }],
    ['externalId', { externalId: 'taken' }],
  ])('%s', async (field, taken) => {
    const { id } = await newCustomer(taken);
    const { changeSetId } = await does('deleteCustomer', { id });
    await newCustomer(taken);
    const { results } = await undoes(changeSetId);
    expect(results).toMatchObject([
      {
        status: 'FAILED',
        errors: [{ code: 'CONFLICT', reason: 'VALUE_TAKEN', message: expect.stringContaining(field) }],
      },
    ]);
  });

  /** Creates customers by one call; returns their ids. */
  async function newCustomers(emails: readonly string[]): Promise<string[]> {
    const query = 'mutation ($rows: [CreateCustomerRow!]!) { createCustomers(rows: $rows) { results { id } } }';
    const { data } = await act(owner, tenant.id, query, { rows: emails.map((email) => ({ input: { email } })) });
    return (data!.createCustomers as { results: { id: string }[] }).results.map(({ id }) => id);
  }

  /** Deletes customers by one call; returns its change set. */
  async function deleteCustomers(ids: readonly string[]): Promise<string> {
    const query = 'mutation ($rows: [RecordRow!]!) { deleteCustomers(rows: $rows) { mode } }';
    const { extensions } = await act(owner, tenant.id, query, { rows: ids.map((id) => ({ id })) });
    return extensions!.changeSetId!;
  }

  test('fails all records that have such a value, however many, in few statements', async () => {
    const emails = Array.from({ length: 60 }, freshEmail);
    const ids = await newCustomers(emails);
    const changeSetId = await deleteCustomers(ids);
    await newCustomers(emails.slice(0, 40));
    let fates: Record<string, string[]> = {};
    const sent = await statementsOf(async () => {
      fates = await undoesSound(changeSetId);
    });
    expect(sent.length).toBeLessThan(60);
    expect(ids.map((id) => fates[id])).toEqual([
      ...ids.slice(0, 40).map(() => ['FAILED', 'VALUE_TAKEN']),
      ...ids.slice(40).map(() => ['CREATED']),
    ]);
  });

  test.each([
    [1, 300],
    [60, 60],
  ])('fails what refers to such records as well, in few statements: of %i, by %i', async (customers, deals) => {
    const emails = Array.from({ length: customers }, freshEmail);
    const ids = await newCustomers(emails);
    const rows = Array.from({ length: deals }, (_, n) => ({
      input: { title: 'Deal', customerId: ids[n % ids.length] },
    }));
    await act(owner, tenant.id, 'mutation ($rows: [CreateDealRow!]!) { createDeals(rows: $rows) { mode } }', { rows });
    const changeSetId = await deleteCustomers(ids);
    await newCustomers(emails);
    let summary: Undone['summary'] = {};
    const sent = await statementsOf(async () => {
      ({ summary } = await undoes(changeSetId));
    });
    expect(summary).toMatchObject({ failed: customers + deals });
    expect(sent.length).toBeLessThan(60);
  });

  test('a pipeline is not the default again while another one is', async () => {
    const { id: first } = await pipelineById(owner);
    const second = await creates('Pipeline', { name: 'Second', isDefault: true });
    const third = await creates('Pipeline', { name: 'Third', isDefault: true });
    const fates = await undoesSound(second.changeSetId);
    expect(fates).toMatchObject({ [second.id]: ['FAILED', 'RECORD_CHANGED'], [first]: ['FAILED', 'VALUE_TAKEN'] });
    expect((await pipelineById(owner)).id).toBe(third.id);
  });

  test('a stage is not on its position again while another one is', async () => {
    const { id: pipelineId, stages } = await pipelineById(owner);
    const { Proposal } = idsByName({ stages } as never);
    const { changeSetId } = await does('deletePipelineStage', { id: Proposal });
    await creates('PipelineStage', { pipelineId, name: 'Last', order: 6 });
    const before = await pipelineById(owner);
    const fates = await undoesSound(changeSetId);
    expect(fates[Proposal!]![0]).toBe('FAILED');
    const after = await pipelineById(owner);
    const placed = (list: Stage[]) => list.map(({ name, order }) => [name, order]);
    expect(placed(after.stages)).toEqual(placed(before.stages));
  });
});
