import { ArgsType, Field, Int as GraphQLInt, ID } from 'type-graphql';
import { Decimal, ExpectedVersion, Flag, Id, Int, Name, Nested, Text } from '../../platform/records/decorators.js';
import { Arguments, Input, type InputFault, inputFor } from '../../platform/records/inputs.js';
import type * as inputs from '../inputs.generated.js';
import { Pipeline } from './pipeline.js';
import { forcedProbability, outcomeOf, PipelineStage } from './pipeline-stage.js';

type ClosedFlags = Partial<Pick<StageChanges, 'isClosedWon' | 'isClosedLost' | 'probability'>>;

/** A stage is not both won and lost, and a closed flag decides the probability. */
export function closedFlagFaults({ isClosedWon, isClosedLost, probability }: ClosedFlags): InputFault[] {
  if (isClosedWon && isClosedLost)
    return [{ path: 'isClosedLost', code: 'NOT_ALLOWED', message: 'cannot be won and lost at once' }];
  const forced = forcedProbability(outcomeOf({ isClosedWon, isClosedLost }));
  if (forced === null || probability == null || Number(probability) === forced) return [];
  return [{ path: 'probability', code: 'NOT_ALLOWED', message: `must be ${forced} on this stage, or left out` }];
}

@Input('A stage of a pipeline to create.', closedFlagFaults)
export class StageTemplateInput {
  @Name({ description: 'Name of the stage, 1–255 characters, unique in the pipeline.', max: 255, required: true })
  name!: string;

  @Text({ description: 'Free text about the stage, at most 10,000 characters.', nullable: true })
  description?: string | null;

  @Decimal({
    description: 'Chance of winning in percent, 0–100, default 0; 100 on a won stage, 0 on a lost one.',
    precision: 5,
    max: 100,
  })
  probability?: string;

  @Flag({ description: 'Whether deals on this stage are won; at most one such stage per pipeline.', default: false })
  isClosedWon?: boolean;

  @Flag({ description: 'Whether deals on this stage are lost; at most one such stage per pipeline.', default: false })
  isClosedLost?: boolean;
}

class StagesOfNewPipeline {
  @Nested(() => StageTemplateInput, {
    description: 'Stages in their order, at least one of them open; default: the six standard stages.',
    list: true,
  })
  stages?: StageTemplateInput[];
}

function newPipeline({ isDefault, isActive, stages }: CreatePipelineInput): InputFault[] {
  const faults: InputFault[] = stages ? templateFaults(stages) : [];
  if (isDefault && isActive === false)
    faults.push({ path: 'isActive', code: 'NOT_ALLOWED', message: 'must be true for the default pipeline' });
  return faults;
}

/** Faults between the stages of a new pipeline. The database compares their names. */
function templateFaults(templates: StageTemplateInput[]): InputFault[] {
  const faults: InputFault[] = [];
  const refuse = (message: string) => faults.push({ path: 'stages', code: 'INVALID', message });
  for (const flag of ['isClosedWon', 'isClosedLost'] as const)
    if (templates.filter((template) => template[flag]).length > 1) refuse(`may have one stage with ${flag} only`);
  if (!templates.some((template) => outcomeOf(template) === 'OPEN'))
    refuse('needs at least one stage that is neither won nor lost');
  return faults;
}

export type CreatePipelineInput = inputs.CreatePipelineInput;
export const CreatePipelineInput = inputFor(Pipeline, 'create', 'A new pipeline with its stages.', {
  with: StagesOfNewPipeline,
  rules: [newPipeline],
});
export type UpdatePipelineInput = inputs.UpdatePipelineInput;
export const UpdatePipelineInput = inputFor(
  Pipeline,
  'update',
  'Changes to a pipeline. Omitted fields keep their values; null clears.',
);
export type CreatePipelineStageInput = inputs.CreatePipelineStageInput;
export const CreatePipelineStageInput = inputFor(PipelineStage, 'create', 'A new stage of an existing pipeline.', {
  rules: [closedFlagFaults],
});
export type UpdatePipelineStageInput = inputs.UpdatePipelineStageInput;
export const UpdatePipelineStageInput = inputFor(
  PipelineStage,
  'update',
  'Changes to a stage. Omitted fields keep their values; null clears. Deals on the stage keep their probability.',
);

/** Values of either input. */
export type StageChanges = Partial<CreatePipelineStageInput> & UpdatePipelineStageInput;

@Arguments()
export class ReorderStageArgs {
  @Id({ description: 'Id of the stage.', required: true })
  id!: string;

  @Int({ description: 'New position, from 1; greater positions mean the last.', required: true })
  order!: number;

  @ExpectedVersion()
  expectedVersion?: number | null;
}

/** Plain ids, since an id that is given twice is NOT_A_PERMUTATION and not an invalid list. */
@ArgsType()
export class ReorderStagesArgs {
  @Field(() => ID, { description: 'Id of the pipeline.' })
  pipelineId!: string;

  @Field(() => [ID], { description: 'Ids of all stages of the pipeline, in their new order.' })
  stageIds!: string[];

  @Field(() => GraphQLInt, {
    nullable: true,
    description:
      'Version of the pipeline that you last read; if the stored one differs, nothing changes: VERSION_CONFLICT.',
  })
  expectedVersion?: number | null;
}
