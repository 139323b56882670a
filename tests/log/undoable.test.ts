import { beforeAll, describe, expect, test } from '@jest/globals';
import { act, documentOf, stateOf, undo } from '../support/undo.js';
import { newUndoWorld, type UndoWorld, undoable, undoableCases } from '../support/undoable-cases.js';

let world: UndoWorld;

beforeAll(async () => {
  world = await newUndoWorld();
});

describe('what a mutation does is taken back: the organization is as before', () => {
  test.each(undoable)('%s', async (name) => {
    const { tenant, owner } = world;
    const before = await stateOf(tenant.id);
    const { errors, extensions, data } = await act(owner, tenant.id, documentOf(name), undoableCases(world)[name]);
    expect([errors, extensions?.changeSetId, data]).toEqual([undefined, expect.any(String), expect.anything()]);
    const after = await stateOf(tenant.id);
    expect(after).not.toEqual(before);
    const undone = await undo(owner, tenant.id, extensions!.changeSetId!);
    expect([undone.error, undone.result?.results.filter(({ status }) => status === 'FAILED')]).toEqual([undefined, []]);
    expect(await stateOf(tenant.id)).toEqual(before);
    const redone = await undo(owner, tenant.id, undone.changeSetId!);
    expect([redone.error, redone.result?.results.filter(({ status }) => status === 'FAILED')]).toEqual([undefined, []]);
    expect(await stateOf(tenant.id)).toEqual(after);
    await undo(owner, tenant.id, redone.changeSetId!);
    expect(await stateOf(tenant.id)).toEqual(before);
  });
});
