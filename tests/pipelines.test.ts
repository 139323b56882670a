import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { type Fields, newCustomer } from './support/customers.js';
import { sql } from './support/database.js';
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
} from './support/sales.js';
import { partialAnswer, refusal, statementsOf } from './support/server.js';
import { newTenant, type Person, type Tenant } from './support/tenant.js';

let tenant: Tenant;
let owner: Person;
let customerId: string;

/** One organization; its default pipeline stays as it was created, each test makes others. */
beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
  customerId = (await newCustomer(owner)).id;
});

const six = ['One', 'Two', 'Three', 'Four', 'Five', 'Six'];
const plain = (...names: string[]) => ({ stages: names.map((name) => ({ name })) });
const namesOf = ({ stages }: PipelineRow) => stages.map(({ name }) => name);
const outcome = ({ stages }: PipelineRow) => stages.map(({ order, name }) => `${order} ${name}`);
const addStage = (input: Fields) => send<Stage>(owner, 'createPipelineStage', { input });
const changeStage = (id: unknown, input: Fields, expectedVersion?: number) =>
  send<Stage>(owner, 'updatePipelineStage', { id, input, expectedVersion });
const deleteStage = (id: unknown, more: Fields = {}) => send(owner, 'deletePipelineStage', { id, ...more });
const reorder = (id: unknown, order: number, more: Fields = {}) =>
  send<PipelineRow>(owner, 'reorderPipelineStage', { id, order, ...more });

async function defaults(of: Person = owner): Promise<string[]> {
  const document = '{ pipelines(filter: { isDefault: { eq: true } }) { nodes { id } } }';
  const { pipelines } = await of.request<{ pipelines: { nodes: { id: string }[] } }>(document);
  return pipelines.nodes.map(({ id }) => id);
}

const standard = [
  { order: 1, name: 'Lead', probability: '10.00', isClosedWon: false, isClosedLost: false },
  { order: 2, name: 'Qualified', probability: '25.00', isClosedWon: false, isClosedLost: false },
  { order: 3, name: 'Proposal', probability: '50.00', isClosedWon: false, isClosedLost: false },
  { order: 4, name: 'Negotiation', probability: '75.00', isClosedWon: false, isClosedLost: false },
  { order: 5, name: 'Closed Won', probability: '100.00', isClosedWon: true, isClosedLost: false },
  { order: 6, name: 'Closed Lost', probability: '0.00', isClosedWon: false, isClosedLost: true },
];

describe('a pipeline', () => {
  test('called Sales with the standard template comes with the organization and is the default', async () => {
    const { owner: founder } = await newTenant();
    expect(await pipelineById(founder)).toMatchObject({
      code: 'PIPE-0001',
      version: 1,
      name: 'Sales',
      isActive: true,
      isDefault: true,
      stageCount: 6,
      stages: standard.map((stage) => ({ ...stage, version: 1, isActive: true })),
    });
  });

  test('without stages gets the standard template and is not the default', async () => {
    expect(await newPipeline(owner, { name: ' Renewals ', description: 'Yearly' })).toMatchObject({
      version: 1,
      code: expect.stringMatching(/^PIPE-\d{4,}$/),
      name: 'Renewals',
      description: 'Yearly',
      isActive: true,
      isDefault: false,
      stages: standard,
    });
  });

  test('with stages keeps their order; closed flags force the probability', async () => {
    const stages = [
      { name: 'Lost', isClosedLost: true },
      { name: 'In', description: 'New' },
      { name: 'Talks', probability: '33.3' },
      { name: 'Won', isClosedWon: true, probability: '100' },
    ];
    expect(await newPipeline(owner, { stages })).toMatchObject({
      stageCount: 4,
      stages: [
        { order: 1, name: 'Lost', probability: '0.00', isClosedLost: true },
        { order: 2, name: 'In', probability: '0.00', description: 'New', isActive: true },
        { order: 3, name: 'Talks', probability: '33.30' },
        { order: 4, name: 'Won', probability: '100.00', isClosedWon: true },
      ],
    });
  });

  const [in_, won, lost] = [{ name: 'In' }, { name: 'Won', isClosedWon: true }, { name: 'Lost', isClosedLost: true }];
  const refused: [string, Fields, string][] = [
    ['no name', { name: ' ' }, 'input.name'],
    ['a name of 256 characters', { name: 'x'.repeat(256) }, 'input.name'],
    ['an empty list of stages', { stages: [] }, 'input.stages'],
    ['closed stages only', { stages: [won, lost] }, 'input.stages'],
    ['two won stages', { stages: [in_, won, { name: 'Won too', isClosedWon: true }] }, 'input.stages'],
    ['two lost stages', { stages: [in_, lost, { name: 'Lost too', isClosedLost: true }] }, 'input.stages'],
    ['a stage that is won and lost', { stages: [in_, { ...won, isClosedLost: true }] }, 'input.stages.1.isClosedLost'],
    ['a won stage at 99 %', { stages: [in_, { ...won, probability: '99' }] }, 'input.stages.1.probability'],
    ['a lost stage at 1 %', { stages: [in_, { ...lost, probability: '1' }] }, 'input.stages.1.probability'],
    ['a stage at 101 %', { stages: [{ name: 'In', probability: '101' }] }, 'input.stages.0.probability'],
    ['two stages of one name', { stages: [in_, { name: ' iN ' }] }, 'input.stages.1.name'],
    ['an inactive default', { isDefault: true, isActive: false }, 'input.isActive'],
  ];
  test.each(refused)('refuses %s', async (_, input, path) => {
    const told = await refusal(newPipeline(owner, input));
    expect(told).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'VALIDATION_FAILED' });
    expect(Object.keys(faultsOf(told))).toEqual([path]);
  });

  test('is changed, inactive too, but the default one stays active', async () => {
    const { id } = await newPipeline(owner);
    const update = (input: Fields, expectedVersion?: number) =>
      send(owner, 'updatePipeline', { id, input, expectedVersion });
    expect(await update({ name: 'New', description: 'Text', isActive: false })).toMatchObject({
      name: 'New',
      description: 'Text',
      isActive: false,
      version: 2,
    });
    expect(await update({ description: null })).toMatchObject({ description: null, version: 3 });
    expect(await update({})).toMatchObject({ version: 3 });
    expect(faultsOf(await refusal(update({ name: null })))).toEqual({ 'input.name': 'REQUIRED' });
    expect(await refusal(update({ name: 'No' }, 2))).toMatchObject({ code: 'VERSION_CONFLICT', currentVersion: 3 });
    const [sales] = await defaults();
    expect(await refusal(send(owner, 'updatePipeline', { id: sales, input: { isActive: false } }))).toMatchObject({
      code: 'CONFLICT',
      reason: 'DEFAULT_PIPELINE',
    });
    expect(await refusal(send(owner, 'updatePipeline', { id: v7(), input: {} }))).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('is deleted unless it is the default or has open deals; closed deals lose it and stay', async () => {
    const [sales] = await defaults();
    expect(await refusal(send(owner, 'deletePipeline', { id: sales }))).toMatchObject({
      code: 'CONFLICT',
      reason: 'DEFAULT_PIPELINE',
    });
    const { id, stages } = await newPipeline(owner);
    const deal = await newDeal(owner, { customerId, pipelineId: id, value: '10' });
    expect(await refusal(send(owner, 'deletePipeline', { id }))).toMatchObject({
      code: 'CONFLICT',
      reason: 'PIPELINE_HAS_OPEN_DEALS',
    });
    const before = await send(owner, 'markLost', { id: deal.id, lostReason: 'No' });
    expect(await send(owner, 'deletePipeline', { id })).toEqual({ id });
    const after = await dealById(owner, deal.id);
    expect({ ...after, version: 0 }).toEqual({ ...before, pipeline: null, stage: null, version: 0 });
    expect(await historyOf(owner, deal.id)).toEqual([
      [null, null, 'Lead', 'OPEN'],
      ['Lead', 'OPEN', 'Closed Lost', 'LOST'],
    ]);
    expect(await pipelineById(owner, id)).toBeNull();
    expect(await sql('select 1 from pipeline_stages where id = $1', [stages[0]!.id])).toEqual([]);
  });
});

describe('the default pipeline', () => {
  test('hands its flag over: at creation and by setDefaultPipeline', async () => {
    const { owner: founder } = await newTenant();
    const sales = await pipelineById(founder);
    const second = await newPipeline(founder, { isDefault: true });
    expect(second).toMatchObject({ isDefault: true, version: 1 });
    expect(await defaults(founder)).toEqual([second.id]);
    expect(await pipelineById(founder, sales.id)).toMatchObject({ isDefault: false, version: 2 });
    expect(await send(founder, 'setDefaultPipeline', { id: sales.id })).toMatchObject({ isDefault: true, version: 3 });
    expect(await defaults(founder)).toEqual([sales.id]);
    expect(await send(founder, 'setDefaultPipeline', { id: sales.id })).toMatchObject({ version: 3 });
    expect((await pipelineById(founder)).id).toBe(sales.id);
    await send(founder, 'updatePipeline', { id: second.id, input: { isActive: false } });
    expect(await refusal(send(founder, 'setDefaultPipeline', { id: second.id }))).toMatchObject({
      code: 'CONFLICT',
      reason: 'PIPELINE_INACTIVE',
    });
    expect(await refusal(send(founder, 'setDefaultPipeline', { id: v7() }))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await refusal(send(founder, 'setDefaultPipeline', { id: sales.id, expectedVersion: 1 }))).toMatchObject({
      code: 'VERSION_CONFLICT',
      currentVersion: 3,
    });
  });

  test('16: is exactly one after setDefaultPipeline twice at once, and after new defaults at once', async () => {
    const { owner: founder } = await newTenant();
    const others = await Promise.all([newPipeline(founder), newPipeline(founder)]);
    await Promise.all(others.map(({ id }) => send(founder, 'setDefaultPipeline', { id })));
    expect(await defaults(founder)).toHaveLength(1);
    await Promise.all([1, 2, 3].map(() => newPipeline(founder, { isDefault: true })));
    expect(await defaults(founder)).toHaveLength(1);
    const again = others[0]!.id;
    await Promise.all([again, again].map((id) => send(founder, 'setDefaultPipeline', { id })));
    expect(await defaults(founder)).toEqual([again]);
  });
});

describe('a new stage', () => {
  test('comes after the last open one unless told otherwise; positions are clamped', async () => {
    const { id: pipelineId } = await newPipeline(owner);
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
    const pipeline = await pipelineById(owner, pipelineId);
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
    const { id: pipelineId } = await newPipeline(owner, plain('In'));
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
    const { id: pipelineId } = await newPipeline(owner, plain('In'));
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
    const { id: pipelineId } = await newPipeline(owner, plain('In'));
    await Promise.all(six.map((name) => addStage({ pipelineId, name, order: 1 })));
    const pipeline = await pipelineById(owner, pipelineId);
    expect(pipeline.stages.map(({ order }) => order)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(namesOf(pipeline).sort()).toEqual([...six, 'In'].sort());
    const same = await Promise.allSettled([1, 2].map(() => addStage({ pipelineId, name: 'Same' })));
    expect(same.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('changing a stage', () => {
  test('leaves the deals on it alone', async () => {
    const { id, stages } = await newPipeline(owner);
    const deal = await newDeal(owner, { customerId, pipelineId: id, value: '100' });
    expect(await changeStage(stages[0]!.id, { name: 'Inbox', probability: '15', description: 'New' })).toMatchObject({
      name: 'Inbox',
      probability: '15.00',
      description: 'New',
      version: 2,
    });
    expect(await changeStage(stages[0]!.id, {})).toMatchObject({ version: 2 });
    expect(await dealById(owner, deal.id)).toMatchObject({
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
    const { id, stages } = await newPipeline(owner, plain('In', 'Out', 'Gone'));
    const [in_, out, gone] = stages;
    await newDeal(owner, { customerId, pipelineId: id });
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
    const { stages } = await newPipeline(owner, plain('In', 'Out'));
    const [in_, out] = stages;
    expect(await changeStage(out!.id, { isActive: false })).toMatchObject({ isActive: false });
    for (const input of [{ isActive: false }, { isClosedWon: true }, { isClosedLost: true }])
      expect(await refusal(changeStage(in_!.id, input))).toMatchObject({ code: 'CONFLICT', reason: 'LAST_OPEN_STAGE' });
    expect(await refusal(deleteStage(in_!.id))).toMatchObject({ code: 'CONFLICT', reason: 'LAST_OPEN_STAGE' });
    expect(await changeStage(in_!.id, { probability: '3' })).toMatchObject({ isActive: true, version: 2 });
  });

  test('two deactivations at once leave one active', async () => {
    const { id, stages } = await newPipeline(owner, plain('In', 'Out'));
    await Promise.allSettled(stages.map((stage) => changeStage(stage.id, { isActive: false })));
    expect((await pipelineById(owner, id)).stages.filter(({ isActive }) => isActive)).toHaveLength(1);
  });
});

describe('deleting a stage', () => {
  test('lets later stages move down', async () => {
    const { id, stages, version } = await newPipeline(owner, plain(...six));
    expect(await deleteStage(stages[1]!.id)).toEqual({ id: stages[1]!.id });
    const pipeline = await pipelineById(owner, id);
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
    const { id: pipelineId, stages } = await newPipeline(owner);
    const [, qualified, proposal, negotiation] = stages;
    const deals = [];
    for (const value of ['100', '200', null])
      deals.push(await newDeal(owner, { customerId, pipelineId, stageId: proposal!.id, value }));
    expect(await refusal(deleteStage(proposal!.id))).toMatchObject({ code: 'CONFLICT', reason: 'STAGE_NOT_EMPTY' });
    await deleteStage(proposal!.id, { moveDealsToStageId: qualified!.id });
    for (const [n, { id }] of deals.entries()) {
      expect(await dealById(owner, id)).toMatchObject({
        stage: { id: qualified!.id },
        status: 'OPEN',
        probability: '25.00',
        expectedRevenue: ['25.00', '50.00', null][n],
        version: 2,
      });
      expect(await historyOf(owner, id)).toEqual([
        [null, null, 'Proposal', 'OPEN'],
        ['Proposal', 'OPEN', 'Qualified', 'OPEN'],
      ]);
    }
    const pipeline = await pipelineById(owner, pipelineId);
    expect(outcome(pipeline)).toEqual(['1 Lead', '2 Qualified', '3 Negotiation', '4 Closed Won', '5 Closed Lost']);
    expect(pipeline.stages[2]).toMatchObject({ id: negotiation!.id, version: 2 });
    const { deal } = await owner.request<{ deal: { stageHistory: { nodes: Fields[] } } }>(
      gql`query ($id: ID!) { deal(id: $id) { stageHistory { nodes { fromStage { id } changedBy { id } } } } }`,
      { id: deals[0]!.id },
    );
    expect(deal.stageHistory.nodes[0]).toEqual({ fromStage: null, changedBy: { id: owner.id } });
  });

  test('closed deals on it keep status and probability', async () => {
    const { id: pipelineId, stages } = await newPipeline(owner);
    const byName = idsByName({ stages } as PipelineRow);
    const won = await newDeal(owner, { customerId, pipelineId, stageId: byName['Closed Won'], value: '9' });
    await deleteStage(byName['Closed Won'], { moveDealsToStageId: byName.Lead });
    expect(await dealById(owner, won.id)).toMatchObject({
      stage: { name: 'Lead' },
      status: 'WON',
      probability: '100.00',
      expectedRevenue: '9.00',
      actualCloseDate: day(),
    });
    expect((await historyOf(owner, won.id)).at(-1)).toEqual(['Closed Won', 'WON', 'Lead', 'WON']);
  });

  test('refuses targets that cannot take the deals', async () => {
    const { id: pipelineId, stages } = await newPipeline(owner);
    const [lead, qualified, , , won] = stages;
    const elsewhere = await newPipeline(owner);
    await newDeal(owner, { customerId, pipelineId });
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
    expect(outcome(await pipelineById(owner, pipelineId))).toHaveLength(6);
  });

  test('needs pipeline:delete, which a Sales Manager lacks', async () => {
    const manager = await tenant.member('Sales Manager');
    const { stages, id } = await newPipeline(manager.as(tenant.id));
    for (const [name, of] of [
      ['deletePipelineStage', stages[0]!.id],
      ['deletePipeline', id],
    ] as const)
      expect(await refusal(send(manager.as(tenant.id), name, { id: of }))).toMatchObject({
        code: 'FORBIDDEN',
        permission: 'pipeline:delete',
      });
  });
});

describe('reordering', () => {
  test('15: puts one stage at a position, clamped, and the others close up', async () => {
    const { stages } = await newPipeline(owner, plain(...six));
    const two = stages[1]!.id;
    expect(outcome(await reorder(two, 4))).toEqual(['1 One', '2 Three', '3 Four', '4 Two', '5 Five', '6 Six']);
    expect(outcome(await reorder(two, 99))).toEqual(['1 One', '2 Three', '3 Four', '4 Five', '5 Six', '6 Two']);
    expect(outcome(await reorder(two, 0))).toEqual(['1 Two', '2 One', '3 Three', '4 Four', '5 Five', '6 Six']);
    expect(outcome(await reorder(two, -7))[0]).toBe('1 Two');
  });

  test('lets grow the versions of the pipeline and of what moved, and of nothing else', async () => {
    const { stages, version, id } = await newPipeline(owner, plain(...six));
    const moved = await reorder(stages[1]!.id, 4);
    expect(moved.version).toBe(version + 1);
    expect(moved.stages.map((stage) => stage.version)).toEqual([1, 2, 2, 2, 1, 1]);
    const same = await reorder(stages[1]!.id, 4);
    expect(same).toEqual(moved);
    const all = await send<PipelineRow>(owner, 'reorderPipelineStages', {
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
    const { id: pipelineId, stages, version } = await newPipeline(owner, plain('A', 'B', 'C'));
    const [a, b, c] = stages.map((stage) => stage.id);
    const all = (stageIds: unknown[], more: Fields = {}) =>
      send<PipelineRow>(owner, 'reorderPipelineStages', { pipelineId, stageIds, ...more });
    const turned = await all([c, b, a]);
    expect(outcome(turned)).toEqual(['1 C', '2 B', '3 A']);
    expect(turned.stages.map((stage) => stage.version)).toEqual([2, 1, 2]);
    expect(turned.version).toBe(version + 1);
    const other = (await newPipeline(owner, plain('X'))).stages[0]!.id;
    for (const wrong of [[], [a, b], [a, b, b], [a, b, c, c], [a, b, other], [a, b, c, other]])
      expect((await refusal(all(wrong))).code).toBe('BAD_USER_INPUT');
    expect(await refusal(all([a, b]))).toMatchObject({ reason: 'NOT_A_PERMUTATION' });
    expect(await refusal(all([a, b, other]))).toMatchObject({ reason: 'NOT_A_PERMUTATION' });
    const foreign = (await newPipeline((await newTenant()).owner, plain('Y'))).stages[0]!.id;
    for (const unknown of [v7(), foreign])
      expect(await refusal(all([a, b, unknown]))).toMatchObject({
        code: 'NOT_FOUND',
        fields: [{ path: 'stageIds.2', code: 'NOT_FOUND' }],
      });
    expect(await refusal(all([a, b, c], { expectedVersion: version }))).toMatchObject({ code: 'VERSION_CONFLICT' });
    expect(await refusal(all([a, b, c], { pipelineId: v7() }))).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('at once keeps the positions 1 to n', async () => {
    const { id, stages } = await newPipeline(owner, plain(...six));
    const ids = stages.map((stage) => stage.id);
    await Promise.all(
      [
        ...ids.map((stage, n) => reorder(stage, 6 - n)),
        send(owner, 'reorderPipelineStages', { pipelineId: id, stageIds: [...ids].reverse() }),
        addStage({ pipelineId: id, name: 'Seven', order: 3 }),
      ].map((request) =>
        request.catch((error: unknown) => {
          // Whoever comes after the seventh stage names too few: the only refusal that may happen here.
          expect(JSON.stringify(error)).toContain('NOT_A_PERMUTATION');
        }),
      ),
    );
    const pipeline = await pipelineById(owner, id);
    expect(pipeline.stages.map(({ order }) => order)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(namesOf(pipeline).sort()).toEqual([...six, 'Seven'].sort());
  });
});

describe('reading', () => {
  test('stages of all pipelines: the default first, then by name of the pipeline, then in order', async () => {
    const { owner: founder } = await newTenant();
    await newPipeline(founder, { name: 'zebra', ...plain('z1', 'z2') });
    await newPipeline(founder, { name: 'Apple', ...plain('a2', 'a1') });
    const nodes = async (args = '') => {
      const { pipelineStages } = await founder.request<{ pipelineStages: { nodes: { name: string }[] } }>(
        `{ pipelineStages${args} { nodes { name } } }`,
      );
      return pipelineStages.nodes.map(({ name }) => name);
    };
    const own = standard.map(({ name }) => name);
    expect(await nodes()).toEqual([...own, 'a2', 'a1', 'z1', 'z2']);
    expect(await nodes('(filter: { pipeline: { name: { eq: "Apple" } } })')).toEqual(['a2', 'a1']);
    expect(await nodes('(filter: { isClosedWon: { eq: true } })')).toEqual(['Closed Won']);
    expect(await nodes('(orderBy: [{ field: PROBABILITY, direction: DESC }], first: 2)')).toEqual([
      'Closed Won',
      'Negotiation',
    ]);
    expect(await nodes('(search: "CLOSED", orderBy: [{ field: NAME, direction: ASC }])')).toEqual([
      'Closed Lost',
      'Closed Won',
    ]);
    const document =
      '{ pipelines(search: "e", orderBy: [{ field: NAME, direction: ASC }]) { totalCount nodes { name stageCount } } }';
    expect(await founder.request(document)).toEqual({
      pipelines: {
        totalCount: 3,
        nodes: [
          { name: 'Apple', stageCount: 2 },
          { name: 'Sales', stageCount: 6 },
          { name: 'zebra', stageCount: 2 },
        ],
      },
    });
  });

  test('the board with all its deals is one statement', async () => {
    const { id, stages } = await newPipeline(owner);
    const made: Record<string, string[]> = {};
    for (const [n, title] of ['first', 'second', 'third', 'fourth'].entries()) {
      const stage = stages[n % 3]!;
      await newDeal(owner, { customerId, stageId: stage.id, title, value: '1' });
      made[stage.name] = [title, ...(made[stage.name] ?? [])];
    }
    const board = gql`
      query ($id: ID!) {
        pipeline(id: $id) {
          stages { name deals(first: 50) { nodes { title customer { name } assignedTo { fullName } } } }
        }
      }
    `;
    type Board = { pipeline: { stages: { name: string; deals: { nodes: { title: string }[] } }[] } };
    let answer: Board | undefined;
    const statements = await statementsOf(async () => {
      answer = await owner.request<Board>(board, { id });
    });
    // One for the pipeline, one for its stages, one for the deals of all of them: none per stage.
    expect(statements.filter((text) => /\bdeals\b/.test(text))).toHaveLength(1);
    expect(statements.length).toBeLessThanOrEqual(3);
    const found = answer!.pipeline.stages.map(({ name, deals }) => [name, deals.nodes.map(({ title }) => title)]);
    expect(found).toEqual(standard.map(({ name }) => [name, made[name] ?? []]));
  });

  test('count and value of the deals on a stage follow filter and search', async () => {
    const { stages } = await newPipeline(owner);
    const [lead] = stages;
    const buyer = await newCustomer(owner, { customerType: 'BUSINESS', name: 'Zeppelin' });
    await newDeal(owner, { customerId, stageId: lead!.id, value: '10', priority: 'HIGH' });
    await newDeal(owner, { customerId: buyer.id, stageId: lead!.id, value: '20.25' });
    await newDeal(owner, { customerId, stageId: lead!.id, value: '7', currency: 'EUR' });
    await newDeal(owner, { customerId, stageId: lead!.id });
    const money = '{ amount currency otherCurrencies { amount currency } }';
    const document = gql`
      query ($id: ID!) {
        pipelineStage(id: $id) {
          dealCount totalValue ${money}
          high: dealCount(filter: { priority: { eq: HIGH } })
          highValue: totalValue(filter: { priority: { eq: HIGH } }) ${money}
          found: dealCount(search: "zepp") foundValue: totalValue(search: "zepp") ${money}
        }
      }
    `;
    const usd = (amount: string, ...otherCurrencies: Fields[]) => ({ amount, currency: 'USD', otherCurrencies });
    expect(await owner.request(document, { id: lead!.id })).toEqual({
      pipelineStage: {
        dealCount: 4,
        totalValue: usd('30.25', { amount: '7.00', currency: 'EUR' }),
        high: 1,
        highValue: usd('10.00'),
        found: 1,
        foundValue: usd('20.25'),
      },
    });
    expect(await owner.request(document, { id: stages[1]!.id })).toMatchObject({
      pipelineStage: { dealCount: 0, totalValue: usd('0.00'), foundValue: usd('0.00') },
    });
  });

  test('nothing of deals is told without deal:read', async () => {
    const { owner: founder, id, member } = await newTenant();
    await sql(
      `delete from role_permissions where organization_id = $1 and permission_id in (
         select id from permissions where organization_id = $1 and resource = 'deal' and action = 'read')`,
      [id],
    );
    const viewer = await member('Viewer');
    const { stages } = await pipelineById(founder);
    const document =
      'query ($id: ID!) { pipelineStage(id: $id) { name dealCount totalValue { amount } deals { totalCount } } }';
    const { data, errors } = await partialAnswer(viewer.as(id).request(document, { id: stages[0]!.id }));
    expect(data).toEqual({ pipelineStage: { name: 'Lead', dealCount: null, totalValue: null, deals: null } });
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN']);
  });

  test('foreign pipelines and stages do not exist', async () => {
    const { owner: stranger } = await newTenant();
    const { id, stages } = await newPipeline(owner);
    const [first, second] = stages;
    expect(await pipelineById(stranger, id)).toBeNull();
    expect(await stranger.request('query ($id: ID!) { pipelineStage(id: $id) { id } }', { id: first!.id })).toEqual({
      pipelineStage: null,
    });
    const attempts: [string, Fields][] = [
      ['updatePipeline', { id, input: { name: 'Mine' } }],
      ['deletePipeline', { id }],
      ['setDefaultPipeline', { id }],
      ['createPipelineStage', { input: { pipelineId: id, name: 'Mine' } }],
      ['updatePipelineStage', { id: first!.id, input: { name: 'Mine' } }],
      ['deletePipelineStage', { id: first!.id, moveDealsToStageId: second!.id }],
      ['reorderPipelineStage', { id: first!.id, order: 2 }],
      ['reorderPipelineStages', { pipelineId: id, stageIds: stages.map((stage) => stage.id).reverse() }],
    ];
    for (const [name, variables] of attempts)
      expect(await refusal(send(stranger, name, variables))).toMatchObject({ code: 'NOT_FOUND' });
    const own = await pipelineById(stranger);
    expect(
      await refusal(send(stranger, 'deletePipelineStage', { id: own.stages[0]!.id, moveDealsToStageId: second!.id })),
    ).toMatchObject({ code: 'NOT_FOUND' });
    expect(await pipelineById(owner, id)).toMatchObject({ version: 1, name: 'Renewals' });
  });
});
