import { beforeEach, describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { type Fields, freshEmail } from '../support/customers.js';
import { idOf, sql } from '../support/database.js';
import { day, dealById, historyOf, idsByName, pipelineById } from '../support/sales.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';
import { act, change, fatesOf, stateOf, type Undone, undo } from '../support/undo.js';

let tenant: Tenant;
let owner: Person;
let stages: Record<string, string>;
let pipelineId: string;

beforeEach(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
  const pipeline = await pipelineById(owner);
  pipelineId = pipeline.id;
  stages = idsByName(pipeline);
});

const does = (name: string, variables: Fields) => change(owner, tenant.id, name, variables);
const creates = (kind: string, input: Fields) => does(`create${kind}`, { input });
const updates = (kind: string, id: string, input: Fields) => does(`update${kind}`, { id, input });

async function newDeal(input: Fields = {}) {
  const { id: customerId } = await creates('Customer', { email: freshEmail() });
  return creates('Deal', { title: 'Deal', customerId, ...input });
}

async function undoes(changeSetId: string, mode = 'PER_ROW'): Promise<Undone> {
  const { result, error } = await undo(owner, tenant.id, changeSetId, { mode });
  expect(error).toBeUndefined();
  return result!;
}

/** A change set that cannot be undone in any mode, since after the later one, a record would contradict others. */
async function contradicts(changeSetId: string, later: { changeSetId: string }, id: string): Promise<void> {
  const before = await stateOf(tenant.id);
  for (const mode of ['ATOMIC', 'PER_ROW']) {
    const undone = await undoes(changeSetId, mode);
    expect(fatesOf(undone)).toMatchObject({ [id]: ['FAILED', 'CONTRADICTION'] });
    const { conflicts } = undone.results.find((row) => row.id === id)!;
    expect(conflicts).toMatchObject([{ laterChangeSet: { id: later.changeSetId } }]);
  }
  expect(await stateOf(tenant.id)).toEqual(before);
}

describe('what others have changed in between keeps the rules of the product', () => {
  test('an organization keeps a default pipeline', async () => {
    const { id } = await creates('Pipeline', { name: 'Second' });
    const { changeSetId } = await does('setDefaultPipeline', { id });
    await does('deletePipeline', { id: pipelineId });
    expect(fatesOf(await undoes(changeSetId))).toEqual({
      [pipelineId]: ['FAILED', 'RECORD_GONE'],
      [id]: ['FAILED', 'CONTRADICTION'],
    });
    expect(await pipelineById(owner)).toMatchObject({ id, isDefault: true });
  });

  test('the default pipeline stays active', async () => {
    const { id } = await creates('Pipeline', { name: 'Second', isActive: false });
    const { changeSetId } = await updates('Pipeline', id, { isActive: true });
    const later = await does('setDefaultPipeline', { id });
    await contradicts(changeSetId, later, id);
  });

  test('a pipeline keeps an active open stage', async () => {
    const only = await creates('Pipeline', { name: 'P', stages: [{ name: 'One' }, { name: 'Two' }] });
    const [one, two] = (await pipelineById(owner, only.id)).stages.map(({ id }) => id) as [string, string];
    await updates('PipelineStage', one, { isActive: false });
    const { changeSetId } = await updates('PipelineStage', one, { isActive: true });
    const later = await updates('PipelineStage', two, { isActive: false });
    await contradicts(changeSetId, later, one);
  });

  test('stages stay numbered without gaps', async () => {
    const stage = (name: string, order: number) => creates('PipelineStage', { pipelineId, name, order });
    const { id, changeSetId } = await stage('Seventh', 7);
    const later = await stage('Eighth', 8);
    await contradicts(changeSetId, later, id);
  });

  test('a stage with open deals stays open', async () => {
    const { id } = await creates('Pipeline', {
      name: 'P',
      stages: [{ name: 'One' }, { name: 'Won', isClosedWon: true }],
    });
    const [, won] = (await pipelineById(owner, id)).stages.map((stage) => stage.id) as [string, string];
    const { changeSetId } = await updates('PipelineStage', won, { isClosedWon: false });
    const later = await newDeal({ pipelineId: id, stageId: won });
    await contradicts(changeSetId, later, won);
  });

  test('an open deal stays on an open stage', async () => {
    const { id } = await creates('Pipeline', { name: 'P', stages: [{ name: 'One' }, { name: 'Two' }] });
    const [one, two] = (await pipelineById(owner, id)).stages.map((stage) => stage.id) as [string, string];
    const deal = await newDeal({ pipelineId: id, stageId: one });
    const { changeSetId } = await does('moveDealStage', { id: deal.id, stageId: two });
    const later = await updates('PipelineStage', one, { isClosedLost: true });
    // Its probability differs from that of the stage, which it had before, but not from its own.
    await contradicts(changeSetId, later, deal.id);
  });

  test("the newest entry of a deal's history tells where it stands", async () => {
    const deal = await newDeal();
    const { changeSetId } = await does('moveDealStage', { id: deal.id, stageId: stages.Qualified });
    await does('moveDealStage', { id: deal.id, stageId: stages.Lead });
    const later = await does('moveDealStage', { id: deal.id, stageId: stages.Qualified });
    const history = await historyOf(owner, deal.id);
    await contradicts(changeSetId, later, deal.id);
    expect(await historyOf(owner, deal.id)).toEqual(history);
  });

  test('a lead stays converted as long as its customer stays', async () => {
    const { id } = await creates('Lead', { name: 'L', email: freshEmail() });
    const convert = 'mutation ($id: ID!) { convertLead(id: $id) { customer { id } } }';
    const { extensions } = await act(owner, tenant.id, convert, { id });
    const customerId = await idOf('select id from customers where converted_from_lead_id = $1', [id]);
    const later = await creates('Activity', { activityType: 'NOTE', title: 'Note', description: 'Note', customerId });
    const undone = await undoes(extensions!.changeSetId!);
    const fates = fatesOf(undone);
    expect([fates[customerId], fates[id]]).toEqual([
      ['FAILED', 'RECORD_IN_USE'],
      ['FAILED', 'CONTRADICTION'],
    ]);
    const lead = undone.results.find((row) => row.id === id)!;
    expect(lead.conflicts).toMatchObject([{ field: 'isConverted', laterChangeSet: { id: later.changeSetId } }]);
    expect(await sql('select is_converted from leads where id = $1', [id])).toEqual([{ is_converted: true }]);
  });

  test('nobody becomes their own superior', async () => {
    const person = () => ({ firstName: 'E', lastName: 'E', email: freshEmail(), jobTitle: 'Clerk' });
    const boss = await creates('Employee', person());
    const { id } = await creates('Employee', { ...person(), managerId: boss.id });
    const { changeSetId } = await updates('Employee', id, { managerId: null });
    const later = await updates('Employee', boss.id, { managerId: id });
    await contradicts(changeSetId, later, id);
  });
});

describe('a deal and its history', () => {
  test('stay together: neither is put back if the other refers to what is gone', async () => {
    const deal = await newDeal({ stageId: stages.Proposal });
    await does('moveDealStage', { id: deal.id, stageId: stages.Qualified });
    const { changeSetId } = await does('deleteDeal', { id: deal.id });
    await does('deletePipelineStage', { id: stages.Proposal });
    const { summary, results } = await undoes(changeSetId, 'ATOMIC');
    expect(summary).toMatchObject({ total: 1, failed: 1 });
    expect(results[0]!.errors).toMatchObject([{ code: 'CONFLICT', reason: 'REFERENCE_GONE' }]);
  });

  test('stay together: the entry of a move stays if the deal cannot move back', async () => {
    const deal = await newDeal({ stageId: stages.Qualified });
    const { changeSetId } = await does('deletePipelineStage', {
      id: stages.Qualified,
      moveDealsToStageId: stages.Lead,
    });
    const history = await historyOf(owner, deal.id);
    await does('reorderPipelineStage', { id: stages.Lead, order: 2 });
    expect(fatesOf(await undoes(changeSetId))).toMatchObject({ [deal.id]: ['FAILED', 'REFERENCE_GONE'] });
    expect(await historyOf(owner, deal.id)).toEqual(history);
  });

  test('are no obstacle once they are gone together', async () => {
    const deal = await newDeal({ stageId: stages.Proposal });
    await does('moveDealStage', { id: deal.id, stageId: stages.Qualified });
    const { changeSetId } = await does('deletePipelineStage', { id: stages.Proposal });
    await does('deleteDeal', { id: deal.id });
    const { summary } = await undoes(changeSetId, 'ATOMIC');
    expect(summary.failed).toBe(0);
    expect(idsByName(await pipelineById(owner))).toEqual(stages);
  });
});

describe('records and values that come and go within the change set', () => {
  const Both = `mutation ($email: String!, $id: ID!, $other: ID!) {
    deleted: deleteCustomer(id: $id) { id }
    created: createCustomer(input: { email: $email }) { id }
    gone: deleteCustomer(id: $other) { id }
  }`;

  test('leave no trace', async () => {
    const email = freshEmail();
    const { id } = await creates('Customer', { email });
    const { id: other } = await creates('Customer', { email: freshEmail() });
    const { id: deal } = await creates('Deal', { title: 'Deal', customerId: other });
    const before = await stateOf(tenant.id);
    const { extensions, errors } = await act(owner, tenant.id, Both, { email, id, other });
    expect(errors).toBeUndefined();
    expect((await undoes(extensions!.changeSetId!)).summary).toMatchObject({ created: 2, deleted: 1, updated: 1 });
    expect(await stateOf(tenant.id)).toEqual(before);
    expect(await dealById(owner, deal)).toMatchObject({ customer: { id: other } });
  });

  test('do not keep a deal from moving back that moved twice', async () => {
    const { id } = await newDeal({ stageId: stages['Closed Won'], actualCloseDate: day(-3) });
    const before = await stateOf(tenant.id);
    const { extensions } = await act(
      owner,
      tenant.id,
      'mutation ($id: ID!) { reopenDeal(id: $id) { id } markWon(id: $id) { id } }',
      { id },
    );
    expect((await undoes(extensions!.changeSetId!)).summary).toMatchObject({ updated: 1, failed: 0 });
    expect(await stateOf(tenant.id)).toEqual(before);
  });

  test('are not referred to on the way back', async () => {
    const old = await creates('Customer', { email: freshEmail() });
    const deal = await creates('Deal', { title: 'Deal', customerId: old.id });
    const before = await stateOf(tenant.id);
    const id = v7();
    // Somebody with psql, in one transaction, since the client of a document does not know the id beforehand.
    await sql(`
      insert into customers (id, organization_id, created_at, updated_at, code, name, email, customer_type, status)
      values ('${id}', '${tenant.id}', now(), now(), 'CUST-X', 'X', 'x@x.example', 'INDIVIDUAL', 'ACTIVE');
      update deals set customer_id = '${id}' where id = '${deal.id}';
      delete from customers where id = '${id}'`);
    const changeSetId = await idOf('select change_set_id as id from changes where record_id = $1', [id]);
    expect(fatesOf(await undoes(changeSetId, 'ATOMIC'))).toEqual({ [deal.id]: ['UPDATED'], [id]: ['UNCHANGED'] });
    expect(await stateOf(tenant.id)).toEqual(before);
  });
});
