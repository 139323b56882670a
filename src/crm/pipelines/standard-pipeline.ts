import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { StageTemplateInput } from './pipeline.inputs.js';
import { Pipeline } from './pipeline.js';
import { PipelineStage } from './pipeline-stage.js';

/** The stages of a pipeline that is created without any. */
export const standardStages: StageTemplateInput[] = [
  { name: 'Lead', probability: '10' },
  { name: 'Qualified', probability: '25' },
  { name: 'Proposal', probability: '50' },
  { name: 'Negotiation', probability: '75' },
  { name: 'Closed Won', isClosedWon: true },
  { name: 'Closed Lost', isClosedLost: true },
];

/** Adds stages to a new pipeline, in the given order. */
export function addStages(
  work: Pick<UnitOfWork, 'persist'>,
  pipeline: Pipeline,
  templates: StageTemplateInput[],
): PipelineStage[] {
  return templates.map(({ name, description = null, probability, isClosedWon = false, isClosedLost = false }, n) => {
    const stage = new PipelineStage();
    const { organizationId, id: pipelineId } = pipeline;
    Object.assign(stage, { organizationId, pipelineId, name, description, order: n + 1, isClosedWon, isClosedLost });
    stage.settleProbability(probability);
    work.persist(stage);
    return stage;
  });
}

/** The pipeline that every organization starts with. */
export function setUpPipeline(work: Pick<UnitOfWork, 'persist'>, organizationId: string, code: string): void {
  const pipeline = Object.assign(new Pipeline(), { organizationId, code, name: 'Sales', isDefault: true });
  work.persist(pipeline);
  addStages(work, pipeline, standardStages);
}
