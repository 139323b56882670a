import type { StageTemplateInput } from '../../src/crm/pipelines/pipeline.inputs.js';
import { Pipeline } from '../../src/crm/pipelines/pipeline.js';
import { PipelineStage } from '../../src/crm/pipelines/pipeline-stage.js';
import { addStages } from '../../src/crm/pipelines/standard-pipeline.js';
import { bornIn, drawCode, type Tenant } from './organizations.js';

/** A pipeline in addition to the default one. */
interface Plan {
  name: string;
  description: string;
  /** Days from today. */
  since: number;
  stages: StageTemplateInput[];
}

export const renewals: Plan = {
  name: 'Renewals',
  description: 'Contracts that run out and shall be extended.',
  since: -301,
  stages: [
    { name: 'Due', probability: '40' },
    { name: 'In talks', probability: '70' },
    { name: 'Renewed', isClosedWon: true },
    { name: 'Cancelled', isClosedLost: true },
  ],
};

/** Adds the pipelines and registers the stages of all pipelines by name. */
export async function addPipelines(tenant: Tenant, plans: Plan[]): Promise<void> {
  const { em, organizationId, calendar } = tenant;
  for (const { since, stages, ...fields } of plans) {
    const born = bornIn(tenant, calendar.past(since));
    const pipeline = Object.assign(new Pipeline(), fields, born, { code: await drawCode(tenant, Pipeline) });
    em.persist(pipeline);
    for (const stage of addStages(em, pipeline, stages)) Object.assign(stage, born);
  }
  await em.flush();
  for (const stage of await em.find(PipelineStage, { organizationId })) tenant.stages.set(stage.name, stage);
}
