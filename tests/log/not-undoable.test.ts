import { beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from '../support/database.js';
import {
  type AccessWorld,
  accessChanges,
  newAccessWorld,
  organizationChanges,
  unloggedChanges,
} from '../support/not-undoable-cases.js';
import { schema } from '../support/schema.js';
import { undo } from '../support/undo.js';
import { undoable } from '../support/undoable-cases.js';

let world: AccessWorld;

beforeAll(async () => {
  world = await newAccessWorld();
});

interface MadeSet {
  id: string;
  organization: string;
}

/** The newest change of the database. */
const newest = async () => (await sql<{ id: string }>(`select coalesce(max(id::text), '') as id from changes`))[0]!.id;
/** The change sets of later changes. */
const setsSince = (before: string) =>
  sql<MadeSet>(
    'select distinct change_set_id as id, organization_id as organization from changes where id::text > $1',
    [before],
  );

describe('a mutation that decides who may do what makes a change set that cannot be undone', () => {
  test.each(Object.keys(accessChanges))('%s', async (name) => {
    const answer = await accessChanges[name]!(world);
    expect(answer.errors).toBeUndefined();
    const { changeSetId } = (answer as unknown as { extensions: { changeSetId: string } }).extensions;
    const [set] = await sql<{ operations: string[] }>('select operations from change_sets where id = $1', [
      changeSetId,
    ]);
    expect(set!.operations).toEqual([name]);
    const { result, error } = await undo(world.owner, world.tenant.id, changeSetId);
    expect([result, error]).toMatchObject([null, { code: 'CONFLICT', reason: 'ACCESS_CHANGE' }]);
  });
});

describe('a mutation that makes or closes an organization cannot be undone', () => {
  test.each(Object.keys(organizationChanges))('%s', async (name) => {
    const before = await newest();
    const { answer, who, refusal, sets = 1, reopen } = await organizationChanges[name]!(world);
    expect(answer.errors).toBeUndefined();
    const made = await setsSince(before);
    expect(made).toHaveLength(sets);
    await reopen?.();
    for (const { id, organization } of made) {
      const { result, error } = await undo(who, organization, id);
      expect([result, error]).toMatchObject([null, refusal]);
    }
  });
});

describe('a mutation of accounts, sessions or invitations makes no change set', () => {
  test.each(Object.keys(unloggedChanges))('%s', async (name) => {
    let before = await newest();
    const run = unloggedChanges[name]!;
    // The preparations of a case may be logged.
    const ask: AccessWorld['ask'] = async (...args) => {
      before = await newest();
      return world.ask(...args);
    };
    const answer = await run({ ...world, ask });
    expect([answer.errors, answer.data]).toEqual([undefined, { done: expect.anything() }]);
    expect(await setsSince(before)).toEqual([]);
    expect((answer as { extensions?: object }).extensions ?? {}).not.toHaveProperty('changeSetId');
  });
});

test('every mutation of the schema is listed once, as undoable or with the reason why not', () => {
  const listed = [
    ...undoable,
    ...Object.keys(accessChanges),
    ...Object.keys(organizationChanges),
    ...Object.keys(unloggedChanges),
    // Its cases are in every test of the undoable ones.
    'undoChangeSet',
    // Leaves nothing to put back: tests/log/erase.test.ts.
    'eraseRecord',
  ];
  expect(listed.toSorted()).toEqual(Object.keys(schema.getMutationType()!.getFields()).sort());
});
