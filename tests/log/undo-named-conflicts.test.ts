import { beforeEach, describe, expect, test } from '@jest/globals';
import { type Fields, freshEmail } from '../support/customers.js';
import { idsByName, pipelineById } from '../support/sales.js';
import { newTenant, type Tenant } from '../support/tenant.js';
import { act, change, fatesOf, undo } from '../support/undo.js';

let tenant: Tenant;

beforeEach(async () => {
  tenant = await newTenant();
});

const does = (name: string, variables: Fields) => change(tenant.owner, tenant.id, name, variables);
const creates = (kind: string, input: Fields) => does(`create${kind}`, { input });
const newCustomer = (input: Fields = {}) => creates('Customer', { email: freshEmail(), ...input });

const Failed = `mutation ($id: ID!) {
  undoChangeSet(id: $id) {
    results(status: [FAILED]) { id errors { reason existingId } conflicts { field found laterChangeSet { id } } }
  }
}`;

async function failedOf(changeSetId: string) {
  const { data } = await act(tenant.owner, tenant.id, Failed, { id: changeSetId });
  return (data!.undoChangeSet as { results: unknown[] }).results;
}

const failure = (id: string, reason: string, conflict: Fields, existingId: string | null = null) => ({
  id,
  errors: [{ reason, existingId }],
  conflicts: [conflict],
});

describe('a conflict names what is in the way, and the change set that did it', () => {
  test('of a record that is gone', async () => {
    const { id } = await newCustomer();
    const { changeSetId } = await does('updateCustomer', { id, input: { city: 'Bern' } });
    const deleted = await does('deleteCustomer', { id });
    const conflict = { field: 'id', found: null, laterChangeSet: { id: deleted.changeSetId } };
    expect(await failedOf(changeSetId)).toEqual([failure(id, 'RECORD_GONE', conflict)]);
  });

  test.each(['updateCustomer', 'deleteCustomer'])('of a reference that is gone, after %s', async (name) => {
    const assignedToId = await tenant.employee();
    const { id } = await newCustomer({ assignedToId });
    const { changeSetId } = await does(name, { id, ...(name[0] === 'u' && { input: { assignedToId: null } }) });
    const left = await does('deleteEmployee', { id: assignedToId });
    const conflict = { field: 'assignedToId', found: null, laterChangeSet: { id: left.changeSetId } };
    expect(await failedOf(changeSetId)).toEqual([failure(id, 'REFERENCE_GONE', conflict)]);
  });

  test.each<[field: string, kind: string, more: Fields]>([
    ['email', 'Customer', {}],
    ['email', 'Lead', { name: 'Lee' }],
    ['email', 'Employee', { firstName: 'E', lastName: 'E' }],
    ['externalId', 'Vendor', { name: 'V', email: 'v@vendors.example' }],
  ])('of a taken %s of a %s', async (field, kind, more) => {
    const [value, other] = [freshEmail(), freshEmail()];
    const common = { email: freshEmail(), ...more };
    const { id } = await creates(kind, { ...common, [field]: value });
    const { changeSetId } = await does(`update${kind}`, { id, input: { [field]: other } });
    const taker = await creates(kind, { ...common, [field]: value });
    const conflict = { field, found: other, laterChangeSet: { id: taker.changeSetId } };
    expect(await failedOf(changeSetId)).toEqual([failure(id, 'VALUE_TAKEN', conflict, taker.id)]);
  });

  test('of the order of stages, for all of them, one of which is gone', async () => {
    const stages = ['A', 'B', 'C', 'D'].map((name) => ({ name }));
    const { id: pipelineId } = await creates('Pipeline', { name: 'Four', stages });
    const pipeline = await pipelineById(tenant.owner, pipelineId);
    const id = pipeline.stages[0]!.id;
    const { changeSetId } = await does('reorderPipelineStage', { id, order: 4 });
    const removal = await does('deletePipelineStage', { id });
    const failures = (await failedOf(changeSetId)) as { id: string; conflicts: Fields[] }[];
    expect(failures.map((one) => one.id).sort()).toEqual(pipeline.stages.map((one) => one.id).sort());
    for (const one of failures)
      expect(one.conflicts).toEqual([
        expect.objectContaining({
          field: one.id === id ? 'id' : 'order',
          laterChangeSet: { id: removal.changeSetId },
        }),
      ]);
  });

  test('of the name and the outcome of a stage, whatever the case and the other pipelines', async () => {
    const { id: pipelineId, ...pipeline } = await pipelineById(tenant.owner);
    const { Qualified: id, 'Closed Won': won } = idsByName({ id: pipelineId, ...pipeline });
    await creates('Pipeline', { name: 'Other', stages: [{ name: 'Qualified' }, { name: 'W', isClosedWon: true }] });
    const renamed = await does('updatePipelineStage', { id, input: { name: 'Former' } });
    const opened = await does('updatePipelineStage', { id: won, input: { isClosedWon: false } });
    const taker = await creates('PipelineStage', { pipelineId, name: 'QUALIFIED', isClosedWon: true });
    const laterChangeSet = { id: taker.changeSetId };
    expect(await failedOf(renamed.changeSetId)).toEqual([
      failure(id!, 'VALUE_TAKEN', { field: 'name', found: 'Former', laterChangeSet }, taker.id),
    ]);
    expect(await failedOf(opened.changeSetId)).toEqual([
      failure(won!, 'VALUE_TAKEN', { field: 'isClosedWon', found: false, laterChangeSet }, taker.id),
    ]);
  });

  test('of a record that others use', async () => {
    const { id, changeSetId } = await newCustomer();
    const note = await does('addCustomerNote', { customerId: id, input: { text: 'Called' } });
    const conflict = { field: 'id', found: id, laterChangeSet: { id: note.changeSetId } };
    expect(await failedOf(changeSetId)).toEqual([failure(id, 'RECORD_IN_USE', conflict, note.id)]);
  });

  test('of a value that does not go with the former ones', async () => {
    const { id: pipelineId, ...pipeline } = await pipelineById(tenant.owner);
    const { 'Closed Won': id, 'Closed Lost': lost } = idsByName({ id: pipelineId, ...pipeline });
    await does('deletePipelineStage', { id: lost });
    const { changeSetId } = await does('updatePipelineStage', { id, input: { isClosedWon: false } });
    const later = await does('updatePipelineStage', { id, input: { isClosedLost: true } });
    // A lost stage has the probability 0.
    const conflict = { field: 'probability', found: '0.00', laterChangeSet: { id: later.changeSetId } };
    expect(await failedOf(changeSetId)).toEqual([failure(id!, 'CONTRADICTION', conflict)]);
  });
});

describe('a conflict with another record that is not undone either names what is in the way of that one', () => {
  /** Deletes a customer with a deal and creates another with its email address, in one document. */
  async function replaced(input: Fields = {}) {
    const email = freshEmail();
    const { id: former } = await newCustomer({ ...input, email });
    const { id: deal } = await creates('Deal', { title: 'Deal', customerId: former });
    const { data, extensions } = await act(
      tenant.owner,
      tenant.id,
      `mutation ($id: ID!, $input: CreateCustomerInput!) {
        deleteCustomers(rows: [{ id: $id }]) { summary { deleted } }
        createCustomer(input: $input) { id }
      }`,
      { id: former, input: { email } },
    );
    const { id: latter } = data!.createCustomer as { id: string };
    return { former, deal, latter, changeSetId: extensions!.changeSetId! };
  }

  test('of a reference', async () => {
    const assignedToId = await tenant.employee();
    const { former, deal, latter, changeSetId } = await replaced({ assignedToId });
    await does('deleteCustomer', { id: latter });
    const left = await does('deleteEmployee', { id: assignedToId });
    const laterChangeSet = { id: left.changeSetId };
    expect(await failedOf(changeSetId)).toEqual([
      failure(former, 'REFERENCE_GONE', { field: 'assignedToId', found: null, laterChangeSet }),
      failure(deal, 'REFERENCE_GONE', { field: 'customerId', found: null, laterChangeSet }),
    ]);
  });

  test.each<[reason: string, name: string, variables: (id: string) => Fields]>([
    ['RECORD_CHANGED', 'updateCustomer', (id) => ({ id, input: { city: 'Bern' } })],
    ['RECORD_IN_USE', 'addCustomerNote', (customerId) => ({ customerId, input: { text: 'Called' } })],
  ])('of a value whose new holder stays: %s', async (reason, name, variables) => {
    const { former, deal, latter, changeSetId } = await replaced();
    const later = await does(name, variables(latter));
    const failed = await failedOf(changeSetId);
    const laterChangeSet = { id: later.changeSetId };
    expect(failed).toContainEqual(
      failure(former, 'VALUE_TAKEN', { field: 'email', found: null, laterChangeSet }, latter),
    );
    expect(failed).toContainEqual(
      failure(deal, 'REFERENCE_GONE', { field: 'customerId', found: null, laterChangeSet }),
    );
    expect(failed).toContainEqual(
      expect.objectContaining({ id: latter, errors: [expect.objectContaining({ reason })] }),
    );
  });
});

test('a stage that stays is not said to have taken the place of the others', async () => {
  const { id: pipelineId, ...pipeline } = await pipelineById(tenant.owner);
  const before = Object.values(idsByName({ id: pipelineId, ...pipeline }));
  const { id, changeSetId } = await creates('PipelineStage', { pipelineId, name: 'First', order: 1 });
  const { id: customerId } = await newCustomer();
  await creates('Deal', { title: 'Deal', customerId, stageId: id });
  const { result } = await undo(tenant.owner, tenant.id, changeSetId, { mode: 'PER_ROW' });
  expect(fatesOf(result)).toEqual({
    ...Object.fromEntries(before.map((stage) => [stage, ['FAILED', 'CONTRADICTION']])),
    [id]: ['FAILED', 'RECORD_IN_USE'],
  });
});
