import { can } from '../permissions.js';

export const pipelineRules = {
  Query: {
    pipelines: can['pipeline:read'],
    pipeline: can['pipeline:read'],
    pipelineStages: can['pipeline:read'],
    pipelineStage: can['pipeline:read'],
  },
  Mutation: {
    createPipeline: can['pipeline:create'],
    updatePipeline: can['pipeline:update'],
    deletePipeline: can['pipeline:delete'],
    setDefaultPipeline: can['pipeline:update'],
    createPipelineStage: can['pipeline:update'],
    updatePipelineStage: can['pipeline:update'],
    reorderPipelineStage: can['pipeline:update'],
    reorderPipelineStages: can['pipeline:update'],
  },
};
