import { beforeAll, describe, expect, test } from '@jest/globals';
import { v7 } from 'uuid';
import { type Fields, freshEmail } from './support/customers.js';
import { newPipeline, pipelineById, type Row, send } from './support/sales.js';
import { refusal } from './support/server.js';
import { newTenant, type Tenant } from './support/tenant.js';

let tenant: Tenant;
beforeAll(async () => {
  tenant = await newTenant();
});

const taken = { code: 'CONFLICT', reason: 'DUPLICATE_EXTERNAL_ID', fields: [{ path: 'input.externalId' }] };

describe('pipelines and stages keep the key of another system', () => {
  const found = (list: string, externalId: string) =>
    tenant.owner.request<Record<string, { nodes: Fields[] }>>(
      `query ($filter: ${list === 'pipelines' ? 'PipelineFilter' : 'PipelineStageFilter'}) {
        ${list}(filter: $filter) { nodes { id externalId } }
      }`,
      { filter: { externalId: { eq: externalId } } },
    );

  test('a pipeline from its creation, unique in the organization', async () => {
    const [first, second] = [v7(), v7()];
    const { id, version } = await newPipeline(tenant.owner, { externalId: first });
    expect(await found('pipelines', first)).toEqual({ pipelines: { nodes: [{ id, externalId: first }] } });
    expect(await refusal(newPipeline(tenant.owner, { externalId: first }))).toMatchObject({ ...taken, existingId: id });
    const other = await newPipeline(tenant.owner);
    const change = (input: Fields) => send<Row>(tenant.owner, 'updatePipeline', { id: other.id, input });
    expect(await refusal(change({ externalId: first }))).toMatchObject(taken);
    expect(await change({ externalId: second })).toMatchObject({ version: other.version + 1 });
    expect(await send(tenant.owner, 'updatePipeline', { id, input: { externalId: first } })).toMatchObject({ version });
    expect(await newPipeline((await newTenant()).owner, { externalId: first })).toBeTruthy();
  });

  test('a stage likewise', async () => {
    const { id: pipelineId, stages } = await pipelineById(tenant.owner);
    const externalId = v7();
    const make = (name: string) =>
      send<Row>(tenant.owner, 'createPipelineStage', { input: { pipelineId, name, externalId } });
    const { id } = await make('Imported');
    expect(await found('pipelineStages', externalId)).toEqual({ pipelineStages: { nodes: [{ id, externalId }] } });
    expect(await refusal(make('Another'))).toMatchObject({ ...taken, existingId: id });
    const change = (input: Fields) => send<Row>(tenant.owner, 'updatePipelineStage', { id: stages[0]!.id, input });
    expect(await refusal(change({ externalId }))).toMatchObject(taken);
    await send(tenant.owner, 'updatePipelineStage', { id, input: { externalId: null } });
    await change({ externalId });
    expect(await found('pipelineStages', externalId)).toMatchObject({
      pipelineStages: { nodes: [{ id: stages[0]!.id }] },
    });
  });
});

describe.each([
  ['Employee', { firstName: 'Eve', lastName: 'Early' }],
  ['Vendor', { name: 'Vic' }],
])('the tags of a record: %s', (kind, input) => {
  const list = `${kind.toLowerCase()}s`;
  const create = async (tags?: string[]) => {
    const document = `mutation ($input: Create${kind}Input!) { made: create${kind}(input: $input) { id tags } }`;
    const variables = { input: { ...input, email: freshEmail(), tags } };
    return (await tenant.owner.request<{ made: { id: string; tags: string[] } }>(document, variables)).made;
  };
  const change = async (id: string, changes: Fields) => {
    const document = `mutation ($id: ID!, $input: Update${kind}Input!) {
      made: update${kind}(id: $id, input: $input) { version tags }
    }`;
    return (await tenant.owner.request<{ made: Fields }>(document, { id, input: changes })).made;
  };

  test('are empty unless given, change one by one, and filter', async () => {
    expect((await create()).tags).toEqual([]);
    const tag = v7();
    const { id, tags } = await create([tag, 'b']);
    expect(tags).toEqual([tag, 'b']);
    expect(await change(id, { addTags: ['c'], removeTags: ['b'] })).toEqual({ version: 2, tags: [tag, 'c'] });
    expect(await change(id, { addTags: ['c'] })).toEqual({ version: 2, tags: [tag, 'c'] });
    const query = `query ($filter: ${kind}Filter) { found: ${list}(filter: $filter) { nodes { id } } }`;
    expect(await tenant.owner.request(query, { filter: { tags: { hasAny: [tag] } } })).toEqual({
      found: { nodes: [{ id }] },
    });
    const many = Array.from({ length: 19 }, (_, n) => `t${n}`);
    expect(await refusal(change(id, { addTags: many }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'input.addTags', code: 'TOO_LONG' }],
    });
    expect(await refusal(change(id, { tags: [], addTags: ['d'] }))).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await change(id, { tags: [] })).toEqual({ version: 3, tags: [] });
  });
});
