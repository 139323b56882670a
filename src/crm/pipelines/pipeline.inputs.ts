import { Decimal, Flag, Nested, Text } from '../../platform/records/decorators.js';
import { type Changes, Input, inputFor } from '../../platform/records/inputs.js';
import { Pipeline } from './pipeline.js';
import { PipelineStage } from './pipeline-stage.js';

@Input('A stage of a new pipeline.')
export class StageTemplateInput {
  @Text({ description: 'Name, 1–255 characters, unique in the pipeline.', max: 255, required: true })
  name!: string;

  @Text({ description: 'Free text.', nullable: true })
  description?: string | null;

  @Decimal({
    description: 'Chance of winning in percent, default 0; 100 on a won stage, 0 on a lost one.',
    precision: 5,
    max: 100,
  })
  probability?: string;

  @Flag({ description: 'Deals here are won.', default: false })
  isClosedWon?: boolean;

  @Flag({ description: 'Deals here are lost.', default: false })
  isClosedLost?: boolean;
}

class StagesOfNewPipeline {
  @Nested(() => StageTemplateInput, {
    description: 'Stages in order, at least one open one; default the standard template of six.',
    list: true,
  })
  stages?: StageTemplateInput[];
}

export const CreatePipelineInput = inputFor(Pipeline, 'create', 'A new pipeline.', { with: StagesOfNewPipeline });
export const UpdatePipelineInput = inputFor(
  Pipeline,
  'update',
  'Changes to a pipeline; omitted fields stay, null clears.',
);
export const CreatePipelineStageInput = inputFor(PipelineStage, 'create', 'A new stage.');
export const UpdatePipelineStageInput = inputFor(
  PipelineStage,
  'update',
  'Changes to a stage; omitted fields stay, null clears. Deals on it keep their probability.',
);

export type PipelineChanges = Changes<Pipeline>;
export type NewPipeline = PipelineChanges & StagesOfNewPipeline;
export type StageChanges = Changes<PipelineStage>;
