import { beforeAll, describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { newApiKey } from '../support/api-keys.js';
import { type Fields, freshEmail } from '../support/customers.js';
import { sql } from '../support/database.js';
import { memberWith, missing } from '../support/permissions.js';
import { idsByName, pipelineById } from '../support/sales.js';
import { notice, statementsOf } from '../support/server.js';
import { newTenant, type Person, type Tenant } from '../support/tenant.js';
import { act, type Bearer, change, fatesOf, stateOf, Undo, undo } from '../support/undo.js';

let tenant: Tenant;
let owner: Person;
let rep: Person;

beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
  rep = await tenant.member('Sales Rep');
  await notice();
});

const does = (name: string, variables: Fields, who: Bearer = owner) => change(who, tenant.id, name, variables);
const newCustomer = (who: Bearer = owner) =>
  does('createCustomer', { input: { name: 'Kim', email: freshEmail() } }, who);
const rename = (id: string, who: Bearer = owner) => does('updateCustomer', { id, input: { name: 'Lee' } }, who);
const undoes = (id: string, who: Bearer = owner, options = {}) => undo(who, tenant.id, id, options);
const nameOf = async (id: string) =>
  (await sql<{ name: string }>('select name from customers where id = $1', [id]))[0]?.name ?? null;

/** Somebody whom an undo refuses as a whole: nothing has changed. */
async function isRefused(changeSetId: string, expected: Fields, who: Bearer = owner, organization = tenant.id) {
  const before = await stateOf(tenant.id);
  const { result, error, changeSetId: made } = await undo(who, organization, changeSetId);
  expect([result, made]).toEqual([null, null]);
  expect(error).toMatchObject(expected);
  expect(await stateOf(tenant.id)).toEqual(before);
}

describe('an undo', () => {
  test('is a change set of the source UNDO, which names the one that it undoes', async () => {
    const { changeSetId } = await newCustomer();
    const undone = await undoes(changeSetId);
    expect(undone.result!.summary).toMatchObject({ total: 1, deleted: 1, failed: 0 });
    const { data } = await act(
      owner,
      tenant.id,
      'query ($id: ID!) { changeSet(id: $id) { source operations undoes { id } } }',
      { id: undone.changeSetId! },
    );
    expect(data!.changeSet).toEqual({ source: 'UNDO', operations: ['undoChangeSet'], undoes: { id: changeSetId } });
  });

  test('is named by the change set that it undoes as long as it is not undone itself', async () => {
    const { id } = await newCustomer();
    const { changeSetId } = await rename(id);
    const chain = [changeSetId];
    const undoneBy = async (set: string) => {
      const query = 'query ($id: ID!) { changeSet(id: $id) { undoneBy { id } } }';
      const { data } = await act(owner, tenant.id, query, { id: set });
      return (data!.changeSet as { undoneBy: { id: string } | null }).undoneBy?.id ?? null;
    };
    for (let length = 1; length <= 4; length += 1) {
      chain.push((await undoes(chain.at(-1)!)).changeSetId!);
      // From the end: the last one holds, the one before it does not, and so on.
      const expected = chain.map((_, place) => ((chain.length - place) % 2 ? null : chain[place + 1]));
      expect(await Promise.all(chain.map(undoneBy))).toEqual(expected);
    }
    const again = await undoes(changeSetId);
    expect(await undoneBy(changeSetId)).toBe(again.changeSetId);
  });

  test('changes nothing the second time, and makes no change set then', async () => {
    const { id } = await newCustomer();
    for (const { changeSetId } of [await rename(id), await does('deleteCustomer', { id })].toReversed()) {
      expect((await undoes(changeSetId)).changeSetId).not.toBeNull();
      const again = await undoes(changeSetId);
      expect(again).toMatchObject({ error: undefined, changeSetId: null });
      expect(again.result!.summary).toMatchObject({ total: 1, unchanged: 1 });
    }
    expect(await nameOf(id)).toBe('Kim');
  });

  test('gives a value back that a record of the set, now gone, had after another one', async () => {
    const [mail, other] = [freshEmail(), freshEmail()];
    const old = await does('createCustomer', { input: { name: 'Kim', email: mail } });
    const Swap = `mutation ($old: ID!, $mail: String!, $other: String!) {
      createCustomer(input: { name: "Lee", email: $other, externalId: "swap" }) { id }
      deleteCustomer(id: $old) { id }
      upsertCustomers(rows: [{ by: { externalId: "swap" }, input: { name: "Lee", email: $mail } }]) { mode }
    }`;
    const { extensions } = await act(owner, tenant.id, Swap, { old: old.id, mail, other });
    const before = await stateOf(tenant.id);
    const undone = await undoes(extensions!.changeSetId!);
    expect(undone.result!.summary).toMatchObject({ created: 1, deleted: 1, failed: 0 });
    const redone = await undoes(undone.changeSetId!);
    expect(redone.result!.summary).toMatchObject({ created: 1, deleted: 1, failed: 0 });
    expect(await stateOf(tenant.id)).toEqual(before);
  });

  test('deletes a deal that it has put back without mixing its values of before and after', async () => {
    const stageIds = await idsByName(await pipelineById(owner));
    const [lead, qualified, negotiation] = [stageIds.Lead!, stageIds.Qualified!, stageIds.Negotiation!];
    const buyer = await newCustomer();
    const newDeal = (stageId: string) =>
      does('createDeal', { input: { title: 'Deal', customerId: buyer.id, stageId, expectedCloseDate: '2030-01-01' } });
    const [lost, moved] = [await newDeal(qualified), await newDeal(lead)];
    await does('markLost', { id: lost.id, lostReason: 'Price' });
    const Moves = `mutation ($lost: ID!, $moved: ID!, $negotiation: ID!, $qualified: ID!) {
      one: moveDealStage(id: $lost, stageId: $negotiation) { id }
      two: moveDealStage(id: $lost, stageId: $qualified) { id }
      three: moveDealStage(id: $moved, stageId: $negotiation) { id }
      deleteDeal(id: $lost) { id }
    }`;
    const variables = { lost: lost.id, moved: moved.id, negotiation, qualified };
    const { extensions } = await act(owner, tenant.id, Moves, variables);
    const before = await stateOf(tenant.id);
    const undone = await undoes(extensions!.changeSetId!);
    expect(undone.result!.summary).toMatchObject({ created: expect.any(Number), failed: 0 });
    const redone = await undoes(undone.changeSetId!);
    expect(redone.result!.summary.failed).toBe(0);
    expect(await stateOf(tenant.id)).toEqual(before);
  });

  test('can be undone, in a set of which half was undone', async () => {
    const [one, two] = [await newCustomer(), await newCustomer()];
    const Both = `mutation ($one: ID!, $two: ID!) {
      one: updateCustomer(id: $one, input: { name: "Both" }) { id }
      two: updateCustomer(id: $two, input: { name: "Both" }) { id }
    }`;
    const { extensions } = await act(owner, tenant.id, Both, { one: one.id, two: two.id });
    const later = await rename(one.id);
    const half = await undoes(extensions!.changeSetId!, owner, { mode: 'PER_ROW' });
    expect(fatesOf(half.result)).toEqual({ [one.id]: ['FAILED', 'FIELD_CHANGED'], [two.id]: ['UPDATED'] });
    await undoes(later.changeSetId);
    const rest = await undoes(extensions!.changeSetId!);
    expect(fatesOf(rest.result)).toEqual({ [one.id]: ['UPDATED'], [two.id]: ['UNCHANGED'] });
    const redone = await undoes(half.changeSetId!);
    expect(fatesOf(redone.result)).toEqual({ [two.id]: ['UPDATED'] });
    expect([await nameOf(one.id), await nameOf(two.id)]).toEqual(['Kim', 'Both']);
  });

  test.each<[string, Record<string, string>, string]>([
    ['the header', { 'x-dry-run': 'true' }, Undo],
    ['the directive', {}, Undo.replace('ATOMIC)', 'ATOMIC) @dryRun')],
  ])('shows with %s for a dry run what it would do', async (_name, headers, document) => {
    const { id } = await newCustomer();
    const { changeSetId } = await rename(id);
    const before = await stateOf(tenant.id);
    const { data, errors } = await act(owner, tenant.id, document, { id: changeSetId }, headers);
    expect([errors, data]).toMatchObject([undefined, { undoChangeSet: { results: [{ id, status: 'UPDATED' }] } }]);
    expect(await stateOf(tenant.id)).toEqual(before);
    expect(await sql('select from change_sets where undoes_id = $1', [changeSetId])).toEqual([]);
  });

  test('is done once under its idempotency key', async () => {
    const { id } = await newCustomer();
    const { changeSetId } = await rename(id);
    const headers = { 'idempotency-key': v7() };
    const first = await undoes(changeSetId, owner, { headers });
    await rename(id);
    expect((await undoes(changeSetId, owner, { headers })).result).toEqual(first.result);
    expect(first.result!.summary).toMatchObject({ updated: 1 });
    expect(await nameOf(id)).toBe('Lee');
  });

  test.each([
    ['another mutation', 'createCustomer(input: { email: "never@customers.example" }) { id }'],
    ['another undo', 'two: undoChangeSet(id: $id) { mode }'],
  ])('does not stand beside %s', async (_name, field) => {
    const { id, changeSetId } = await newCustomer();
    const document = `mutation ($id: ID!) { undoChangeSet(id: $id) { mode } ${field} }`;
    const { errors } = await act(owner, tenant.id, document, { id: changeSetId });
    expect(errors![0]!.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'id', code: 'NOT_ALLOWED' }],
    });
    expect(await nameOf(id)).toBe('Kim');
  });

  test('takes back 1,000 rows by few statements', async () => {
    const Create = 'mutation ($rows: [CreateCustomerRow!]!) { createCustomers(rows: $rows) { mode } }';
    const rows = Array.from({ length: 1000 }, () => ({ input: { email: freshEmail() } }));
    let { extensions, errors } = await act(owner, tenant.id, Create, { rows });
    expect(errors).toBeUndefined();
    const spent: number[] = [];
    for (const effect of ['deleted', 'created', 'deleted']) {
      const began = performance.now();
      const id = extensions!.changeSetId!;
      let undone: Awaited<ReturnType<typeof undoes>> | undefined;
      const statements = await statementsOf(async () => {
        undone = await undoes(id);
      });
      spent.push(performance.now() - began);
      expect(undone!.result!.summary).toMatchObject({ total: 1000, [effect]: 1000 });
      expect(statements.length).toBeLessThan(20);
      extensions = { changeSetId: undone!.changeSetId! };
    }
    // As long as a bulk call may take; a row takes a fraction of a millisecond.
    expect(Math.max(...spent)).toBeLessThan(10_000);
  });
});

describe('an undo is refused', () => {
  test('for another organization, and without one', async () => {
    const { changeSetId } = await newCustomer();
    const stranger = await newTenant();
    await isRefused(changeSetId, { code: 'NOT_FOUND' }, stranger.owner, stranger.id);
    await isRefused(changeSetId, { code: 'FORBIDDEN' }, stranger.owner);
    await isRefused(v7(), { code: 'NOT_FOUND', fields: [{ path: 'id' }] });
    await isRefused('nonsense', { code: 'BAD_USER_INPUT', fields: [{ path: 'id', code: 'INVALID' }] });
  });

  test('to a member for the change set of somebody else', async () => {
    const { id } = await newCustomer();
    const { changeSetId } = await rename(id);
    await isRefused(changeSetId, { code: 'NOT_FOUND' }, rep);
  });

  test('without the permission for the inverse change', async () => {
    const { id, changeSetId } = await newCustomer(rep);
    await isRefused(changeSetId, missing('customer:delete'), rep);
    const renamed = await rename(id, rep);
    expect((await undoes(renamed.changeSetId, rep)).result!.summary).toMatchObject({ updated: 1 });
    const reader = await memberWith(tenant, ['customer:read', 'customer:delete']);
    await notice();
    const deleted = await does('deleteCustomer', { id }, reader);
    await isRefused(deleted.changeSetId, missing('customer:create'), reader);
  });

  test('after 30 days', async () => {
    const { id } = await newCustomer();
    const [inTime, late] = [await rename(id), await does('updateCustomer', { id, input: { city: 'Bern' } })];
    await sql(`update change_sets set at = now() - interval '30 days 1 min' where id = $1`, [late.changeSetId]);
    await sql(`update change_sets set at = now() - interval '29 days' where id = $1`, [inTime.changeSetId]);
    await isRefused(late.changeSetId, { code: 'CONFLICT', reason: 'UNDO_TOO_LATE' });
    expect((await undoes(inTime.changeSetId)).result!.summary).toMatchObject({ updated: 1 });
  });

  test('for more than 5,000 changes', async () => {
    const { changeSetId } = await newCustomer();
    const more = (count: number) =>
      sql(
        `insert into changes (organization_id, change_set_id, record_type, record_id, action, version, after)
         select $1, $2, 'VENDOR', gen_random_uuid(), 'CREATED', 1, '{}' from generate_series(1, $3::int)`,
        [tenant.id, changeSetId, count],
      );
    await more(5000);
    await isRefused(changeSetId, { code: 'CONFLICT', reason: 'UNDO_TOO_LARGE' });
    await sql(
      `delete from changes
       where id = (select id from changes where change_set_id = $1 and record_type = 'VENDOR' limit 1)`,
      [changeSetId],
    );
    const { result, error } = await undoes(changeSetId);
    expect([error, result!.summary]).toMatchObject([undefined, { total: 5000, deleted: 1, unchanged: 4999 }]);
  });

  test('for a change of access, whatever else the change set has', async () => {
    const Both = `mutation ($email: String!) {
      createCustomer(input: { email: $email }) { id }
      createRole(input: { name: "Undone" }) { id }
    }`;
    const { extensions } = await act(owner, tenant.id, Both, { email: freshEmail() });
    await isRefused(extensions!.changeSetId!, { code: 'CONFLICT', reason: 'ACCESS_CHANGE' });
  });

  test.each<[string, (id: string) => Promise<Fields>]>([
    ['status', async () => ({ status: 'ON_LEAVE' })],
    ['account', async () => ({ userId: (await tenant.member()).id })],
    [
      'role',
      async () => ({
        roleId: (await sql<{ id: string }>('select id from roles where organization_id = $1', [tenant.id]))[0]!.id,
      }),
    ],
  ])("for an employee's %s", async (_name, input) => {
    const id = await tenant.employee();
    const { changeSetId } = await does('updateEmployee', { id, input: await input(id) });
    await isRefused(changeSetId, { code: 'CONFLICT', reason: 'ACCESS_CHANGE' });
  });

  test('for what was erased', async () => {
    const one = await newCustomer();
    const two = await tenant.employee();
    const sets = [
      await does('deleteCustomer', { id: one.id }),
      await does('updateEmployee', { id: two, input: { jobTitle: 'Clerk' } }),
    ];
    await sql('update changes set before = null, after = null, is_erased = true where record_id = any($1)', [
      [one.id, two],
    ]);
    for (const { changeSetId } of sets)
      expect((await undoes(changeSetId)).result!.results).toMatchObject([
        { status: 'FAILED', errors: [{ code: 'CONFLICT', reason: 'RECORD_ERASED' }] },
      ]);
  });
});

describe('an API key', () => {
  test('undoes its own change sets, and no others', async () => {
    const key = await newApiKey(owner, tenant.id, {
      permissions: ['customer:create', 'customer:update', 'customer:delete', 'customer:read'],
    });
    const { id, changeSetId } = await newCustomer(key);
    const { changeSetId: foreign } = await rename(id);
    await isRefused(foreign, { code: 'NOT_FOUND' }, key);
    expect((await undoes(changeSetId, key)).result!.results[0]!.errors).toMatchObject([{ reason: 'RECORD_CHANGED' }]);
    const own = await does('updateCustomer', { id, input: { city: 'Bern' } }, key);
    expect((await undoes(own.changeSetId, key)).result!.summary).toMatchObject({ updated: 1 });
  });
});
