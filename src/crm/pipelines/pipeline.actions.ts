import { BadInput, Conflict } from '../../platform/errors.js';
import { assign } from '../../platform/records/inputs.js';
import { recordNamed } from '../../platform/records/record.js';
import { type Acting, checkVersion, lock, lockedInOrder, organizationOf } from '../../platform/tenancy/acting.js';
import type { NewPipeline, PipelineChanges, StageTemplateInput } from './pipeline.inputs.js';
import { Pipeline } from './pipeline.js';
import { addStages, standardStages } from './standard-pipeline.js';

export async function createPipeline(acting: Acting, { stages, ...input }: NewPipeline): Promise<Pipeline> {
  const { em } = acting;
  const templates = stages ?? standardStages;
  checkTemplates(templates);
  if (input.isDefault && input.isActive === false) throw inactiveDefault();
  const pipeline = new Pipeline();
  pipeline.organizationId = organizationOf(acting).id;
  assign(pipeline, input);
  pipeline.code = await acting.draw('PIPE');
  if (pipeline.isDefault) await dropDefault(acting, await lockPipelines(acting));
  em.persist(pipeline);
  addStages(em, pipeline, templates);
  await em.flush();
  return pipeline;
}

export async function updatePipeline(
  acting: Acting,
  id: string,
  input: PipelineChanges,
  expectedVersion?: number | null,
): Promise<Pipeline> {
  const pipeline = await lock(acting, Pipeline, id);
  checkVersion(pipeline, expectedVersion);
  if (pipeline.isDefault && input.isActive === false)
    throw new Conflict('DEFAULT_PIPELINE', 'The default pipeline stays active; make another one the default first');
  assign(pipeline, input);
  await acting.em.flush();
  return pipeline;
}

/** Closed deals lose pipeline and stage and keep everything else; the database clears their references. */
export async function deletePipeline(acting: Acting, id: string, expectedVersion?: number | null): Promise<void> {
  const { em } = acting;
  const pipeline = await lock(acting, Pipeline, id);
  checkVersion(pipeline, expectedVersion);
  if (pipeline.isDefault)
    throw new Conflict(
      'DEFAULT_PIPELINE',
      'The default pipeline cannot be deleted; make another one the default first',
    );
  const { organizationId } = pipeline;
  const open = await em.count(
    recordNamed('Deal') as never,
    { organizationId, pipelineId: id, status: 'OPEN' } as never,
  );
  if (open > 0)
    throw new Conflict('PIPELINE_HAS_OPEN_DEALS', `${open} open deals are in this pipeline; close or move them first`);
  em.remove(pipeline);
  await em.flush();
}

/** Exactly one pipeline of an organization has the flag, at every moment that others can see. */
export async function setDefaultPipeline(
  acting: Acting,
  id: string,
  expectedVersion?: number | null,
): Promise<Pipeline> {
  const all = await lockPipelines(acting);
  const pipeline = all.find((one) => one.id === id) ?? (await lock(acting, Pipeline, id));
  checkVersion(pipeline, expectedVersion);
  if (pipeline.isDefault) return pipeline;
  if (!pipeline.isActive)
    throw new Conflict('PIPELINE_INACTIVE', 'An inactive pipeline cannot be the default; activate it first');
  await dropDefault(acting, all);
  pipeline.isDefault = true;
  await acting.em.flush();
  return pipeline;
}

/** All pipelines of the organization, always locked in the same order. */
async function lockPipelines(acting: Acting): Promise<Pipeline[]> {
  const organizationId = organizationOf(acting).id;
  const find = () => acting.em.find(Pipeline, { organizationId }, { ...lockedInOrder, refresh: true });
  await find();
  // Once more: whoever held them meanwhile may have added one.
  return find();
}

/** Takes the flag away before it is given anew: the unique index allows one at a time. */
async function dropDefault({ em }: Acting, pipelines: Pipeline[]): Promise<void> {
  for (const pipeline of pipelines) pipeline.isDefault = false;
  await em.flush();
}

const inactiveDefault = () =>
  new BadInput([{ path: 'input.isActive', code: 'NOT_ALLOWED', message: 'must be true for the default pipeline' }]);

function checkTemplates(templates: StageTemplateInput[]): void {
  const refuse = (path: string, message: string, code: 'INVALID' | 'NOT_UNIQUE' = 'INVALID') => {
    throw new BadInput([{ path, code, message }]);
  };
  const names = new Set<string>();
  for (const [n, { name }] of templates.entries()) {
    if (names.has(name.toLowerCase())) refuse(`input.stages.${n}.name`, 'is the name of another stage', 'NOT_UNIQUE');
    names.add(name.toLowerCase());
  }
  for (const flag of ['isClosedWon', 'isClosedLost'] as const)
    if (templates.filter((template) => template[flag]).length > 1)
      refuse('input.stages', `may have one stage with ${flag} only`);
  if (!templates.some(({ isClosedWon, isClosedLost }) => !isClosedWon && !isClosedLost))
    refuse('input.stages', 'needs at least one stage that is neither won nor lost');
}
