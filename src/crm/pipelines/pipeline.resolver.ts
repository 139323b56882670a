import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Mutation, Query, Resolver, Root } from 'type-graphql';
import { column, sql } from '../../platform/database/sql.js';
import type { Context } from '../../platform/graphql/context.js';
import type { Narrowing } from '../../platform/reading/reader.js';
import { Selection } from '../../platform/reading/selection.js';
import { Id } from '../../platform/records/decorators.js';
import { Arguments } from '../../platform/records/inputs.js';
import { listArgumentsOf } from '../../platform/records/list-arguments.js';
import { connectionOf, type ListArguments } from '../../platform/records/lists.js';
import type { RecordRow } from '../../platform/records/record-row.js';
import {
  type ChangeArguments,
  changeArgs,
  type IdArguments,
  idArgs,
  inputArgs,
  type VerbArguments,
  verbArgs,
} from '../../platform/schema/arguments.js';
import { DeletePayload } from '../../platform/schema/deletion.js';
import { createPipeline, deletePipeline, setDefaultPipeline, updatePipeline } from './pipeline.actions.js';
import {
  CreatePipelineInput,
  CreatePipelineStageInput,
  ReorderStageArgs,
  ReorderStagesArgs,
  UpdatePipelineInput,
  UpdatePipelineStageInput,
} from './pipeline.inputs.js';
import { Pipeline } from './pipeline.js';
import { PipelineStage } from './pipeline-stage.js';
import {
  createPipelineStage,
  reorderPipelineStage,
  reorderPipelineStages,
  updatePipelineStage,
} from './stage.actions.js';

const PipelineList = listArgumentsOf(Pipeline);
const StageList = listArgumentsOf(PipelineStage);
const StageId = idArgs('Id of the stage.');
const PipelineVerb = verbArgs('Id of the pipeline.');
const DefaultVerb = verbArgs('Id of an active pipeline.');
const NewPipelineArgs = inputArgs<CreatePipelineInput>(CreatePipelineInput, 'The pipeline to create.');
const NewStageArgs = inputArgs<CreatePipelineStageInput>(CreatePipelineStageInput, 'The stage to add.');
const PipelineChange = changeArgs<UpdatePipelineInput>('Id of the pipeline.', UpdatePipelineInput);
const StageChange = changeArgs<UpdatePipelineStageInput>('Id of the stage.', UpdatePipelineStageInput);
@Arguments()
class PipelineArgs {
  @Id({ description: 'Id of the pipeline; default: the default pipeline.' })
  id?: string | null;
}

@Resolver()
export class PipelineResolver {
  @Query(() => connectionOf(Pipeline), { nullable: true, description: 'Lists the pipelines of the organization.' })
  pipelines(@Args(() => PipelineList) args: ListArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.connection(Pipeline, args, info);
  }

  @Query(() => Pipeline, {
    nullable: true,
    description: 'Finds a pipeline by its id, or the default pipeline; null if there is none.',
  })
  async pipeline(
    @Args(() => PipelineArgs) { id }: PipelineArgs,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    if (id) return read.byId(Pipeline, id, Selection.of(info));
    const narrowing: Narrowing = (alias) => column(alias, 'is_default');
    return (await read.all(Pipeline, Selection.of(info), { narrowing, order: sql`t.id` }))[0] ?? null;
  }

  @Mutation(() => Pipeline, {
    nullable: true,
    description: 'Creates a pipeline with its stages.',
  })
  async createPipeline(
    @Args(() => NewPipelineArgs) { input }: { input: CreatePipelineInput },
    @Ctx() { action }: Context,
  ) {
    return createPipeline(action, input);
  }

  @Mutation(() => Pipeline, { nullable: true, description: 'Changes fields of a pipeline, but not its stages.' })
  async updatePipeline(
    @Args(() => PipelineChange) args: ChangeArguments<UpdatePipelineInput>,
    @Ctx() { action }: Context,
  ) {
    return updatePipeline(action, args);
  }

  @Mutation(() => DeletePayload, {
    nullable: true,
    description:
      'Deletes a pipeline, unless it is the default or has open deals. Closed deals are kept without a pipeline.',
  })
  async deletePipeline(
    @Args(() => PipelineVerb) args: VerbArguments,
    @Ctx() { action }: Context,
  ): Promise<DeletePayload> {
    return deletePipeline(action, args);
  }

  @Mutation(() => Pipeline, {
    nullable: true,
    description: 'Makes a pipeline the default, in place of the present one.',
  })
  async setDefaultPipeline(@Args(() => DefaultVerb) args: VerbArguments, @Ctx() { action }: Context) {
    return setDefaultPipeline(action, args);
  }
}

@Resolver()
export class StageResolver {
  @Query(() => connectionOf(PipelineStage), {
    nullable: true,
    description: 'Lists the stages of all pipelines.',
  })
  pipelineStages(
    @Args(() => StageList) args: ListArguments,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return read.connection(PipelineStage, args, info);
  }

  @Query(() => PipelineStage, { nullable: true, description: 'Finds a stage by its id; null if there is none.' })
  pipelineStage(@Args(() => StageId) { id }: IdArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.byId(PipelineStage, id, Selection.of(info));
  }

  @Mutation(() => PipelineStage, {
    nullable: true,
    description: 'Adds a stage to a pipeline; later stages move up by one position.',
  })
  async createPipelineStage(
    @Args(() => NewStageArgs) { input }: { input: CreatePipelineStageInput },
    @Ctx() { action }: Context,
  ) {
    return createPipelineStage(action, input);
  }

  @Mutation(() => PipelineStage, { nullable: true, description: 'Changes fields of a stage, but not its position.' })
  async updatePipelineStage(
    @Args(() => StageChange) args: ChangeArguments<UpdatePipelineStageInput>,
    @Ctx() { action }: Context,
  ) {
    return updatePipelineStage(action, args);
  }

  @Mutation(() => Pipeline, {
    nullable: true,
    description: 'Moves a stage to another position in its pipeline; the others close up.',
  })
  async reorderPipelineStage(@Args(() => ReorderStageArgs) args: ReorderStageArgs, @Ctx() { action }: Context) {
    return reorderPipelineStage(action, args);
  }

  @Mutation(() => Pipeline, { nullable: true, description: 'Puts all stages of a pipeline in a new order.' })
  async reorderPipelineStages(@Args(() => ReorderStagesArgs) args: ReorderStagesArgs, @Ctx() { action }: Context) {
    return reorderPipelineStages(action, args);
  }
}

@Resolver(() => Pipeline)
export class PipelineFields {
  @FieldResolver(() => [PipelineStage], { description: 'Stages of the pipeline in their order.' })
  stages(@Root() { id }: RecordRow<Pipeline>, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.load(info, id, async (pipelines) => {
      const order = sql`${sql.ref('t.order')}`;
      const found = await read.byKeys(PipelineStage, 'pipelineId', pipelines, Selection.of(info), { order });
      return pipelines.map((pipeline) => found.get(pipeline) ?? []);
    });
  }
}
