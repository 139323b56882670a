import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Fields, freshEmail } from '../support/customers.js';
import { sql } from '../support/database.js';
import { hold, waiting } from '../support/locks.js';
import { idsByName, pipelineById } from '../support/sales.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';
import { act, change, fatesOf, undo } from '../support/undo.js';

let tenant: Tenant;
let owner: Person;

beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
});

const does = (name: string, variables: Fields) => change(owner, tenant.id, name, variables);
const undoes = (id: string, mode = 'ATOMIC') => undo(owner, tenant.id, id, { mode });
const newCustomer = () => does('createCustomer', { input: { name: 'Kim', email: freshEmail() } });
const rename = (id: string, name: string) => does('updateCustomer', { id, input: { name } });
const erases = (id: string) =>
  act(owner, tenant.id, 'mutation ($id: ID!) { eraseRecord(type: CUSTOMER, id: $id) { id } }', { id });
const count = async (id: string) => (await sql('select from customers where id = $1', [id])).length;

/** Lets somebody else do something to a record between the beginning and the locks of an undo. */
async function whileHeld<Value>(id: string, meanwhile: string, work: () => Promise<Value>): Promise<Value> {
  const held = await hold('select from customers where id = $1', [id]);
  const working = work();
  await waiting(1);
  await held.letGo(meanwhile);
  return working;
}

describe('two undos of the same change set at once', () => {
  test.each<[string, (id: string) => Promise<string>, string]>([
    ['of a change', async (id) => (await rename(id, 'Lee')).changeSetId, 'updated'],
    ['of a deletion', async (id) => (await does('deleteCustomer', { id })).changeSetId, 'created'],
  ])('%s do it once', async (_name, prepare, effect) => {
    const { id } = await newCustomer();
    const changeSetId = await prepare(id);
    const undone = await Promise.all([1, 2, 3].map(() => undoes(changeSetId)));
    const summaries = undone.map(({ result }) => result!.summary);
    expect(summaries.map((summary) => summary[effect]).toSorted()).toEqual([0, 0, 1]);
    expect(summaries.map(({ unchanged }) => unchanged).toSorted()).toEqual([0, 1, 1]);
    expect(undone.filter((one) => one.changeSetId !== null)).toHaveLength(1);
    expect(await sql('select from change_sets where undoes_id = $1', [changeSetId])).toHaveLength(1);
  });

  test('of a creation delete once', async () => {
    const { id, changeSetId } = await newCustomer();
    const undone = await Promise.all([undoes(changeSetId), undoes(changeSetId)]);
    expect(undone.map(({ result }) => fatesOf(result)[id]).toSorted()).toEqual([['DELETED'], ['UNCHANGED']]);
    expect(await count(id)).toBe(0);
  });
});

describe('an undo waits for whoever holds its records', () => {
  test('and finds that one was changed', async () => {
    const { id } = await newCustomer();
    const { changeSetId } = await rename(id, 'Lee');
    const { result } = await whileHeld(id, `update customers set name = 'Max', version = 9 where id = '${id}'`, () =>
      undoes(changeSetId),
    );
    expect(result!.results).toMatchObject([
      { status: 'FAILED', conflicts: [{ field: 'name', expected: 'Lee', found: 'Max' }] },
    ]);
  });

  test('and finds that one was deleted', async () => {
    const { id } = await newCustomer();
    const { changeSetId } = await rename(id, 'Lee');
    const { result } = await whileHeld(id, `delete from customers where id = '${id}'`, () => undoes(changeSetId));
    expect(fatesOf(result)).toEqual({ [id]: ['FAILED', 'RECORD_GONE'] });
  });

  test('and finds that another record refers to a created one', async () => {
    const { id, changeSetId } = await newCustomer();
    const { result } = await whileHeld(
      id,
      `insert into activities
         (id, organization_id, created_at, updated_at, activity_type, title, status, is_pinned, customer_id)
       values (gen_random_uuid(), '${tenant.id}', now(), now(), 'CALL', 'Call', 'SCHEDULED', false, '${id}')`,
      () => undoes(changeSetId),
    );
    expect(fatesOf(result)).toEqual({ [id]: ['FAILED', 'RECORD_IN_USE'] });
  });

  test('and whoever comes later waits for the undo', async () => {
    const { id, changeSetId } = await newCustomer();
    const [undone, note] = await whileHeld(id, 'select', () =>
      Promise.all([
        undoes(changeSetId),
        does('addCustomerNote', { customerId: id, input: { text: 'Called' } }).catch(() => null),
      ]),
    );
    // Either the note came first, and the customer stays, or the customer is gone, and the note is refused.
    const [row] = undone.result!.results;
    expect([await count(id), note === null, row!.status]).toEqual(
      row!.status === 'DELETED' ? [0, true, 'DELETED'] : [1, false, 'FAILED'],
    );
  });
});

describe('an erasure at the same time as an undo that would put the record back', () => {
  const logged = (id: string) =>
    sql<{ values: unknown }>('select coalesce(before, after) as values from changes where record_id = $1', [id]);
  const isForgotten = async (id: string) => {
    expect(await count(id)).toBe(0);
    expect((await logged(id)).every(({ values }) => values === null)).toBe(true);
  };

  test('waits for the undo, and then erases what it has put back', async () => {
    const [erased, other] = [await newCustomer(), await newCustomer()];
    const Both = `mutation ($erased: ID!, $other: ID!) {
      deleteCustomer(id: $erased) { id }
      updateCustomer(id: $other, input: { name: "Lee" }) { id }
    }`;
    const { extensions } = await act(owner, tenant.id, Both, { erased: erased.id, other: other.id });
    const held = await hold('select from customers where id = $1', [other.id]);
    const undone = undoes(extensions!.changeSetId!);
    await waiting(1);
    const erasure = erases(erased.id);
    await Promise.race([erasure, waiting(2)]);
    await held.letGo();
    expect((await undone).result!.summary).toMatchObject({ created: 1, updated: 1 });
    expect((await erasure).errors).toBeUndefined();
    await isForgotten(erased.id);
  });

  test('comes first, and then the undo finds nothing to put back', async () => {
    const { id } = await newCustomer();
    const { changeSetId } = await does('deleteCustomer', { id });
    await undoes(changeSetId);
    const held = await hold('select from customers where id = $1', [id]);
    const erasure = erases(id);
    await waiting(1);
    const undone = undoes(changeSetId);
    await waiting(2);
    await held.letGo();
    expect((await erasure).errors).toBeUndefined();
    expect(fatesOf((await undone).result)).toEqual({ [id]: ['FAILED', 'RECORD_ERASED'] });
    await isForgotten(id);
  });
});

test('undos and changes of pipelines, stages and deals at once neither deadlock nor break a rule', async () => {
  const { id: pipelineId, stages } = await pipelineById(owner);
  const named = idsByName({ stages } as never);
  const { id: customerId } = await newCustomer();
  const { id: deal } = await does('createDeal', { input: { title: 'Deal', customerId } });
  for (let round = 0; round < 10; round += 1) {
    const added = await does('createPipelineStage', { input: { pipelineId, name: `Stage ${round}`, order: 1 } });
    const moved = await does('moveDealStage', { id: deal, stageId: added.id });
    const back = await does('moveDealStage', { id: deal, stageId: named.Lead });
    const done = await Promise.allSettled([
      undoes(back.changeSetId),
      undoes(added.changeSetId),
      undoes(moved.changeSetId),
      does('moveDealStage', { id: deal, stageId: named.Qualified }),
      does('reorderPipelineStage', { id: named.Lead, order: 3 }),
    ]);
    const codes = done.map((one) =>
      one.status === 'fulfilled' && 'error' in one.value ? one.value.error?.code : 'OK',
    );
    expect(codes.filter((code) => code && code !== 'OK')).toEqual([]);
    const after = await pipelineById(owner);
    expect(after.stages.map(({ order }) => order)).toEqual(after.stages.map((_, n) => n + 1));
    const [stands] = await sql<{ ok: boolean }>(
      `select d.stage_id = (
         select to_stage_id from deal_stage_changes where deal_id = d.id order by changed_at desc, id desc limit 1
       ) as ok from deals d where d.id = $1`,
      [deal],
    );
    expect(stands).toEqual({ ok: true });
  }
});
