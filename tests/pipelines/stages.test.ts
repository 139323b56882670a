import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import type { Fields } from '../support/customers.js';
import { type OrganizationWithCustomer, organizationWithCustomer, stagesNamed } from '../support/pipelines.js';
import {
  day,
  dealById,
  faultsOf,
  historyOf,
  idsByName,
  newDeal,
  newPipeline,
  type PipelineRow,
  pipelineById,
  type Stage,
  send,
} from '../support/sales.js';
import { refusal } from '../support/server.js';
import { newTenant } from '../support/tenant.js';

let world: OrganizationWithCustomer;
beforeAll(async () => {
  world = await organizationWithCustomer();
});

const six = ['One', 'Two', 'Three', 'Four', 'Five', 'Six'];
const namesOf = ({ stages }: PipelineRow) => stages.map(({ name }) => name);
const outcome = ({ stages }: PipelineRow) => stages.map(({ order, name }) => `${order} ${name}`);
const addStage = (input: Fields) => send<Stage>(world.owner, 'createPipelineStage', { input });
const changeStage = (id: unknown, input: Fields, expectedVersion?: number) =>
  send<Stage>(world.owner, 'updatePipelineStage', { id, input, expectedVersion });
const deleteStage = (id: unknown, more: Fields = {}) => send(world.owner, 'deletePipelineStage', { id, ...more });
const reorder = (id: unknown, order: number, more: Fields = {}) =>
  send<PipelineRow>(world.owner, 'reorderPipelineStage', { id, order, ...more });

describe('a new stage', () => {
  test('comes after the last open one unless told otherwise; positions are clamped', async () => {
    const { id: pipelineId } = await newPipeline(world.owner);
    const add = async (name: string, more: Fields = {}) => (await addStage({ pipelineId, name, ...more })).order;
    expect(await addStage({ pipelineId, name: ' Legal ', description: 'Lawyers' })).toMatchObject({
      version: 1,
      name: 'Legal',
      description: 'Lawyers',
      order: 5,
      probability: '0.00',
      isActive: true,
      isClosedWon: false,
      isClosedLost: false,
      pipeline: { id: pipelineId },
    });
    expect(await add('First', { order: 0, probability: '5' })).toBe(1);
    expect(await add('Third', { order: 3, isActive: false })).toBe(3);
    expect(await add('Last', { order: 99 })).toBe(10);
    expect(await add('Next')).toBe(11);
    const pipeline = await pipelineById(world.owner, pipelineId);
    expect(outcome(pipeline)).toEqual([
      '1 First',
      '2 Lead',
      '3 Third',
      '4 Qualified',
      '5 Proposal',
      '6 Negotiation',
      '7 Legal',
      '8 Closed Won',
      '9 Closed Lost',
      '10 Last',
      '11 Next',
    ]);
  });

  test('that is closed has its probability; a second one is refused', async () => {
    const { id: pipelineId } = await newPipeline(world.owner, stagesNamed('In'));
    expect(await addStage({ pipelineId, name: 'Won', isClosedWon: true })).toMatchObject({
      probability: '100.00',
      order: 2,
    });
    expect(await addStage({ pipelineId, name: 'Lost', isClosedLost: true, probability: '0', order: 9 })).toMatchObject({
      probability: '0.00',
      order: 3,
    });
    for (const flag of ['isClosedWon', 'isClosedLost'])
      expect(await refusal(addStage({ pipelineId, name: 'Again', [flag]: true }))).toMatchObject({
        code: 'CONFLICT',
        reason: 'CLOSED_STAGE_EXISTS',
      });
  });

  test('refuses another probability on closed stages, both flags, names in use and unknown pipelines', async () => {
    const { id: pipelineId } = await newPipeline(world.owner, stagesNamed('In'));
    const faults = async (input: Fields) => faultsOf(await refusal(addStage({ pipelineId, name: 'X', ...input })));
    expect(await faults({ isClosedWon: true, probability: '99' })).toEqual({ 'input.probability': 'NOT_ALLOWED' });
    expect(await faults({ isClosedLost: true, probability: '1' })).toEqual({ 'input.probability': 'NOT_ALLOWED' });
    expect(await faults({ isClosedLost: true, isClosedWon: true })).toEqual({ 'input.isClosedLost': 'NOT_ALLOWED' });
    expect(await faults({ probability: '-1' })).toEqual({ 'input.probability': 'OUT_OF_RANGE' });
    expect(await faults({ pipelineId: v7() })).toEqual({ 'input.pipelineId': 'NOT_FOUND' });
    expect(await refusal(addStage({ pipelineId, name: ' iN ' }))).toMatchObject({
      code: 'CONFLICT',
      reason: 'DUPLICATE_NAME',
    });
  });

  test('several at once keep the positions 1 to n', async () => {
    const { id: pipelineId } = await newPipeline(world.owner, stagesNamed('In'));
    await Promise.all(six.map((name) => addStage({ pipelineId, name, order: 1 })));
    const pipeline = await pipelineById(world.owner, pipelineId);
    expect(pipeline.stages.map(({ order }) => order)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(namesOf(pipeline).sort()).toEqual([...six, 'In'].sort());
    const same = await Promise.allSettled([1, 2].map(() => addStage({ pipelineId, name: 'Same' })));
    expect(same.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('changing a stage', () => {
  test('leaves the deals on it alone', async () => {
    const { id, stages } = await newPipeline(world.owner);
    const deal = await newDeal(world.owner, { customerId: world.customerId, pipelineId: id, value: '100' });
    expect(await changeStage(stages[0]!.id, { name: 'Inbox', probability: '15', description: 'New' })).toMatchObject({
      name: 'Inbox',
      probability: '15.00',
      description: 'New',
      version: 2,
    });
    expect(await changeStage(stages[0]!.id, {})).toMatchObject({ version: 2 });
    expect(await dealById(world.owner, deal.id)).toMatchObject({
      probability: '10.00',
      expectedRevenue: '10.00',
      version: 1,
    });
    expect(await refusal(changeStage(stages[0]!.id, { name: 'Old' }, 1))).toMatchObject({
      code: 'VERSION_CONFLICT',
      currentVersion: 2,
    });
    expect(await refusal(changeStage(stages[0]!.id, { name: 'qualified' }))).toMatchObject({
      reason: 'DUPLICATE_NAME',
    });
    expect(faultsOf(await refusal(changeStage(stages[0]!.id, { isClosedWon: null })))).toEqual({
      'input.isClosedWon': 'REQUIRED',
    });
    expect(await refusal(changeStage(v7(), {}))).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('changes the closed flags of empty stages only, of one per kind', async () => {
    const { id, stages } = await newPipeline(world.owner, stagesNamed('In', 'Out', 'Gone'));
    const [in_, out, gone] = stages;
    await newDeal(world.owner, { customerId: world.customerId, pipelineId: id });
    expect(await refusal(changeStage(in_!.id, { isClosedWon: true }))).toMatchObject({
      code: 'CONFLICT',
      reason: 'STAGE_NOT_EMPTY',
    });
    expect(await changeStage(out!.id, { isClosedWon: true })).toMatchObject({
      isClosedWon: true,
      probability: '100.00',
    });
    expect(await refusal(changeStage(gone!.id, { isClosedWon: true }))).toMatchObject({
      code: 'CONFLICT',
      reason: 'CLOSED_STAGE_EXISTS',
    });
    expect(faultsOf(await refusal(changeStage(out!.id, { probability: '50' })))).toEqual({
      'input.probability': 'NOT_ALLOWED',
    });
    expect(faultsOf(await refusal(changeStage(out!.id, { isClosedLost: true })))).toEqual({
      'input.isClosedLost': 'NOT_ALLOWED',
    });
    expect(await changeStage(out!.id, { isClosedWon: false, isClosedLost: true })).toMatchObject({
      isClosedWon: false,
      isClosedLost: true,
      probability: '0.00',
    });
    expect(await changeStage(out!.id, { isClosedLost: false, probability: '40' })).toMatchObject({
      isClosedLost: false,
      probability: '40.00',
    });
  });

  test('keeps an active open stage', async () => {
    const { stages } = await newPipeline(world.owner, stagesNamed('In', 'Out'));
    const [in_, out] = stages;
    expect(await changeStage(out!.id, { isActive: false })).toMatchObject({ isActive: false });
    for (const input of [{ isActive: false }, { isClosedWon: true }, { isClosedLost: true }])
      expect(await refusal(changeStage(in_!.id, input))).toMatchObject({ code: 'CONFLICT', reason: 'LAST_OPEN_STAGE' });
    expect(await refusal(deleteStage(in_!.id))).toMatchObject({ code: 'CONFLICT', reason: 'LAST_OPEN_STAGE' });
    expect(await changeStage(in_!.id, { probability: '3' })).toMatchObject({ isActive: true, version: 2 });
  });

  test('two deactivations at once leave one active', async () => {
    const { id, stages } = await newPipeline(world.owner, stagesNamed('In', 'Out'));
    await Promise.allSettled(stages.map((stage) => changeStage(stage.id, { isActive: false })));
    expect((await pipelineById(world.owner, id)).stages.filter(({ isActive }) => isActive)).toHaveLength(1);
  });
});

describe('deleting a stage', () => {
  test('lets later stages move down', async () => {
    const { id, stages, version } = await newPipeline(world.owner, stagesNamed(...six));
    expect(await deleteStage(stages[1]!.id)).toEqual({ id: stages[1]!.id });
    const pipeline = await pipelineById(world.owner, id);
    expect(outcome(pipeline)).toEqual(['1 One', '2 Three', '3 Four', '4 Five', '5 Six']);
    expect(pipeline.stages.map((stage) => stage.version)).toEqual([1, 2, 2, 2, 2]);
    expect(pipeline.version).toBe(version + 1);
    expect(await refusal(deleteStage(stages[0]!.id, { expectedVersion: 9 }))).toMatchObject({
      code: 'VERSION_CONFLICT',
      currentVersion: 1,
    });
    expect(await refusal(deleteStage(v7()))).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('23: with 3 deals needs a stage that takes them', async () => {
    const { id: pipelineId, stages } = await newPipeline(world.owner);
    const [, qualified, proposal, negotiation] = stages;
    const deals = [];
    for (const value of ['100', '10.02', null])
      deals.push(
        await newDeal(world.owner, { customerId: world.customerId, pipelineId, stageId: proposal!.id, value }),
      );
    expect(await refusal(deleteStage(proposal!.id))).toMatchObject({ code: 'CONFLICT', reason: 'STAGE_NOT_EMPTY' });
    await deleteStage(proposal!.id, { moveDealsToStageId: qualified!.id });
    for (const [n, { id }] of deals.entries()) {
      expect(await dealById(world.owner, id)).toMatchObject({
        stage: { id: qualified!.id },
        status: 'OPEN',
        probability: '25.00',
        expectedRevenue: ['25.00', '2.51', null][n],
        version: 2,
      });
      expect(await historyOf(world.owner, id)).toEqual([
        [null, null, 'Proposal', 'OPEN'],
        ['Proposal', 'OPEN', 'Qualified', 'OPEN'],
      ]);
    }
    const pipeline = await pipelineById(world.owner, pipelineId);
    expect(outcome(pipeline)).toEqual(['1 Lead', '2 Qualified', '3 Negotiation', '4 Closed Won', '5 Closed Lost']);
    expect(pipeline.stages[2]).toMatchObject({ id: negotiation!.id, version: 2 });
    const { deal } = await world.owner.request<{ deal: { stageHistory: { nodes: Fields[] } } }>(
      gql`query ($id: ID!) { deal(id: $id) { stageHistory { nodes { fromStage { id } changedBy { id } } } } }`,
      { id: deals[0]!.id },
    );
    expect(deal.stageHistory.nodes[0]).toEqual({ fromStage: null, changedBy: { id: world.owner.id } });
  });

  test('closed deals on it keep status and probability', async () => {
    const { id: pipelineId, stages } = await newPipeline(world.owner);
    const byName = idsByName({ stages } as PipelineRow);
    const won = await newDeal(world.owner, {
      customerId: world.customerId,
      pipelineId,
      stageId: byName['Closed Won'],
      value: '9',
    });
    await deleteStage(byName['Closed Won'], { moveDealsToStageId: byName.Lead });
    expect(await dealById(world.owner, won.id)).toMatchObject({
      stage: { name: 'Lead' },
      status: 'WON',
      probability: '100.00',
      expectedRevenue: '9.00',
      actualCloseDate: day(),
    });
    expect((await historyOf(world.owner, won.id)).at(-1)).toEqual(['Closed Won', 'WON', 'Lead', 'WON']);
  });

  test('refuses targets that cannot take the deals', async () => {
    const { id: pipelineId, stages } = await newPipeline(world.owner);
    const [lead, qualified, , , won] = stages;
    const elsewhere = await newPipeline(world.owner);
    await newDeal(world.owner, { customerId: world.customerId, pipelineId });
    await changeStage(qualified!.id, { isActive: false });
    const refused = async (moveDealsToStageId: string) => {
      const { code, reason } = await refusal(deleteStage(lead!.id, { moveDealsToStageId }));
      return `${code} ${reason}`;
    };
    expect(await refused(elsewhere.stages[0]!.id)).toBe('BAD_USER_INPUT STAGE_NOT_IN_PIPELINE');
    expect(await refused(qualified!.id)).toBe('BAD_USER_INPUT STAGE_INACTIVE');
    expect(await refused(won!.id)).toBe('BAD_USER_INPUT STAGE_NOT_OPEN');
    expect(await refused(lead!.id)).toMatch(/^BAD_USER_INPUT/);
    expect(faultsOf(await refusal(deleteStage(lead!.id, { moveDealsToStageId: v7() })))).toEqual({
      moveDealsToStageId: 'NOT_FOUND',
    });
    expect(outcome(await pipelineById(world.owner, pipelineId))).toHaveLength(6);
  });

  test('needs pipeline:delete, which a Sales Manager lacks', async () => {
    const manager = await world.tenant.member('Sales Manager');
    const { stages, id } = await newPipeline(manager.as(world.tenant.id));
    for (const [name, of] of [
      ['deletePipelineStage', stages[0]!.id],
      ['deletePipeline', id],
    ] as const)
      expect(await refusal(send(manager.as(world.tenant.id), name, { id: of }))).toMatchObject({
        code: 'FORBIDDEN',
        permission: 'pipeline:delete',
      });
  });
});

describe('reordering', () => {
  test('15: puts one stage at a position, clamped, and the others close up', async () => {
    const { stages } = await newPipeline(world.owner, stagesNamed(...six));
    const two = stages[1]!.id;
    expect(outcome(await reorder(two, 4))).toEqual(['1 One', '2 Three', '3 Four', '4 Two', '5 Five', '6 Six']);
    expect(outcome(await reorder(two, 99))).toEqual(['1 One', '2 Three', '3 Four', '4 Five', '5 Six', '6 Two']);
    expect(outcome(await reorder(two, 0))).toEqual(['1 Two', '2 One', '3 Three', '4 Four', '5 Five', '6 Six']);
    expect(outcome(await reorder(two, -7))[0]).toBe('1 Two');
  });

  test('lets grow the versions of the pipeline and of what moved, and of nothing else', async () => {
    const { stages, version, id } = await newPipeline(world.owner, stagesNamed(...six));
    const moved = await reorder(stages[1]!.id, 4);
    expect(moved.version).toBe(version + 1);
    expect(moved.stages.map((stage) => stage.version)).toEqual([1, 2, 2, 2, 1, 1]);
    const same = await reorder(stages[1]!.id, 4);
    expect(same).toEqual(moved);
    const all = await send<PipelineRow>(world.owner, 'reorderPipelineStages', {
      pipelineId: id,
      stageIds: same.stages.map((stage) => stage.id),
      expectedVersion: same.version,
    });
    expect(all).toEqual(moved);
    expect(await refusal(reorder(stages[1]!.id, 1, { expectedVersion: 1 }))).toMatchObject({
      code: 'VERSION_CONFLICT',
      currentVersion: 2,
    });
    expect(await refusal(reorder(v7(), 1))).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('takes a permutation of all stages and nothing else', async () => {
    const { id: pipelineId, stages, version } = await newPipeline(world.owner, stagesNamed('A', 'B', 'C'));
    const [a, b, c] = stages.map((stage) => stage.id);
    const all = (stageIds: unknown[], more: Fields = {}) =>
      send<PipelineRow>(world.owner, 'reorderPipelineStages', { pipelineId, stageIds, ...more });
    const turned = await all([c, b, a]);
    expect(outcome(turned)).toEqual(['1 C', '2 B', '3 A']);
    expect(turned.stages.map((stage) => stage.version)).toEqual([2, 1, 2]);
    expect(turned.version).toBe(version + 1);
    const other = (await newPipeline(world.owner, stagesNamed('X'))).stages[0]!.id;
    for (const wrong of [[], [a, b], [a, b, b], [a, b, c, c], [a, b, other], [a, b, c, other]])
      expect((await refusal(all(wrong))).code).toBe('BAD_USER_INPUT');
    expect(await refusal(all([a, b]))).toMatchObject({ reason: 'NOT_A_PERMUTATION' });
    expect(await refusal(all([a, b, other]))).toMatchObject({ reason: 'NOT_A_PERMUTATION' });
    const foreign = (await newPipeline((await newTenant()).owner, stagesNamed('Y'))).stages[0]!.id;
    for (const unknown of [v7(), foreign])
      expect(await refusal(all([a, b, unknown]))).toMatchObject({
        code: 'NOT_FOUND',
        fields: [{ path: 'stageIds.2', code: 'NOT_FOUND' }],
      });
    expect(await refusal(all([a, b, c], { expectedVersion: version }))).toMatchObject({ code: 'VERSION_CONFLICT' });
    expect(await refusal(all([a, b, c], { pipelineId: v7() }))).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('at once keeps the positions 1 to n', async () => {
    const { id, stages } = await newPipeline(world.owner, stagesNamed(...six));
    const ids = stages.map((stage) => stage.id);
    await Promise.all(
      [
        ...ids.map((stage, n) => reorder(stage, 6 - n)),
        send(world.owner, 'reorderPipelineStages', { pipelineId: id, stageIds: [...ids].reverse() }),
        addStage({ pipelineId: id, name: 'Seven', order: 3 }),
      ].map((request) =>
        request.catch((error: unknown) => {
          // A call that comes after the seventh stage names too few: the only refusal that may happen here.
          expect(JSON.stringify(error)).toContain('NOT_A_PERMUTATION');
        }),
      ),
    );
    const pipeline = await pipelineById(world.owner, id);
    expect(pipeline.stages.map(({ order }) => order)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(namesOf(pipeline).sort()).toEqual([...six, 'Seven'].sort());
  });
});
