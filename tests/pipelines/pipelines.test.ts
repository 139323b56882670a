import { beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { type Fields, newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { type OrganizationWithCustomer, organizationWithCustomer, stagesNamed } from '../support/pipelines.js';
import { dealById, faultsOf, historyOf, newDeal, newPipeline, pipelineById, send } from '../support/sales.js';
import { partialAnswer, refusal, statementsOf } from '../support/server.js';
import { newTenant, type Person } from '../support/tenant.js';

let world: OrganizationWithCustomer;
beforeAll(async () => {
  world = await organizationWithCustomer();
});

async function defaults(of: Person = world.owner): Promise<string[]> {
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
    expect(await newPipeline(world.owner, { name: ' Renewals ', description: 'Yearly' })).toMatchObject({
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
    expect(await newPipeline(world.owner, { stages })).toMatchObject({
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
    const told = await refusal(newPipeline(world.owner, input));
    expect(told).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'VALIDATION_FAILED' });
    expect(Object.keys(faultsOf(told))).toEqual([path]);
  });

  test('is changed, inactive too, but the default one stays active', async () => {
    const { id } = await newPipeline(world.owner);
    const update = (input: Fields, expectedVersion?: number) =>
      send(world.owner, 'updatePipeline', { id, input, expectedVersion });
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
    expect(await refusal(send(world.owner, 'updatePipeline', { id: sales, input: { isActive: false } }))).toMatchObject(
      {
        code: 'CONFLICT',
        reason: 'DEFAULT_PIPELINE',
      },
    );
    expect(await refusal(send(world.owner, 'updatePipeline', { id: v7(), input: {} }))).toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  test('is deleted unless it is the default or has open deals; closed deals lose it and stay', async () => {
    const [sales] = await defaults();
    expect(await refusal(send(world.owner, 'deletePipeline', { id: sales }))).toMatchObject({
      code: 'CONFLICT',
      reason: 'DEFAULT_PIPELINE',
    });
    const { id, stages } = await newPipeline(world.owner);
    const deal = await newDeal(world.owner, { customerId: world.customerId, pipelineId: id, value: '10' });
    expect(await refusal(send(world.owner, 'deletePipeline', { id }))).toMatchObject({
      code: 'CONFLICT',
      reason: 'PIPELINE_HAS_OPEN_DEALS',
    });
    const before = await send(world.owner, 'markLost', { id: deal.id, lostReason: 'No' });
    expect(await send(world.owner, 'deletePipeline', { id })).toEqual({ id });
    const after = await dealById(world.owner, deal.id);
    expect({ ...after, version: 0 }).toEqual({ ...before, pipeline: null, stage: null, version: 0 });
    expect(await historyOf(world.owner, deal.id)).toEqual([
      [null, null, 'Lead', 'OPEN'],
      ['Lead', 'OPEN', 'Closed Lost', 'LOST'],
    ]);
    expect(await pipelineById(world.owner, id)).toBeNull();
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

describe('reading', () => {
  test('stages of all pipelines: the default first, then by name of the pipeline, then in order', async () => {
    const { owner: founder } = await newTenant();
    await newPipeline(founder, { name: 'zebra', ...stagesNamed('z1', 'z2') });
    await newPipeline(founder, { name: 'Apple', ...stagesNamed('a2', 'a1') });
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
    const { id, stages } = await newPipeline(world.owner);
    const made: Record<string, string[]> = {};
    for (const [n, title] of ['first', 'second', 'third', 'fourth'].entries()) {
      const stage = stages[n % 3]!;
      await newDeal(world.owner, { customerId: world.customerId, stageId: stage.id, title, value: '1' });
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
      answer = await world.owner.request<Board>(board, { id });
    });
    // One for the pipeline, one for its stages, one for the deals of all of them: none per stage.
    expect(statements.filter((text) => /\bdeals\b/.test(text))).toHaveLength(1);
    expect(statements.length).toBeLessThanOrEqual(3);
    const found = answer!.pipeline.stages.map(({ name, deals }) => [name, deals.nodes.map(({ title }) => title)]);
    expect(found).toEqual(standard.map(({ name }) => [name, made[name] ?? []]));
  });

  test('count and value of the deals on a stage follow filter and search', async () => {
    const { stages } = await newPipeline(world.owner);
    const [lead] = stages;
    const buyer = await newCustomer(world.owner, { customerType: 'BUSINESS', name: 'Zeppelin' });
    await newDeal(world.owner, { customerId: world.customerId, stageId: lead!.id, value: '10', priority: 'HIGH' });
    await newDeal(world.owner, { customerId: buyer.id, stageId: lead!.id, value: '20.25' });
    await newDeal(world.owner, { customerId: world.customerId, stageId: lead!.id, value: '7', currency: 'EUR' });
    await newDeal(world.owner, { customerId: world.customerId, stageId: lead!.id });
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
    expect(await world.owner.request(document, { id: lead!.id })).toEqual({
      pipelineStage: {
        dealCount: 4,
        totalValue: usd('30.25', { amount: '7.00', currency: 'EUR' }),
        high: 1,
        highValue: usd('10.00'),
        found: 1,
        foundValue: usd('20.25'),
      },
    });
    expect(await world.owner.request(document, { id: stages[1]!.id })).toMatchObject({
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
    const { id, stages } = await newPipeline(world.owner);
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
    expect(await pipelineById(world.owner, id)).toMatchObject({ version: 1, name: 'Renewals' });
  });
});
