import type { GraphQLResolveInfo } from 'graphql';
import {
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { column, sql } from '../../platform/database/sql.js';
import type { Context } from '../../platform/graphql/context.js';
import type { Narrowing } from '../../platform/reading/reader.js';
import { Selection } from '../../platform/reading/selection.js';
import { listArgumentsOf } from '../../platform/records/list-arguments.js';
import { connectionOf, type ListArguments } from '../../platform/records/lists.js';
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
  type NewPipeline,
  type PipelineChanges,
  type StageChanges,
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

const PipelineList = listArgumentsOf(Pipeline, 'name and description');
const StageList = listArgumentsOf(PipelineStage, 'name');
const StageId = idArgs('Id of the stage.');
const PipelineVerb = verbArgs('Id of the pipeline.');
const DefaultVerb = verbArgs('An active pipeline.');
const NewPipelineArgs = inputArgs<NewPipeline>(CreatePipelineInput, 'The pipeline.');
const NewStageArgs = inputArgs<StageChanges>(CreatePipelineStageInput, 'The stage.');
const PipelineChange = changeArgs<PipelineChanges>('Id of the pipeline.', UpdatePipelineInput);
const StageChange = changeArgs<StageChanges>('Id of the stage.', UpdatePipelineStageInput);
const version = {
  nullable: true,
  description: 'Version last read; VERSION_CONFLICT when the stored one differs.',
};

@ArgsType()
class PipelineArgs {
  @Field(() => ID, { nullable: true, description: 'Id of the pipeline; default the default pipeline.' })
  id?: string | null;
}

@ArgsType()
class ReorderStageArgs {
  @Field(() => ID, { description: 'Id of the stage.' })
  id!: string;

  @Field(() => Int, { description: 'New position, clamped to 1..n.' })
  order!: number;

  @Field(() => Int, version)
  expectedVersion?: number | null;
}

@ArgsType()
class ReorderStagesArgs {
  @Field(() => ID, { description: 'Id of the pipeline.' })
  pipelineId!: string;

  @Field(() => [ID], { description: 'All its stages in the new order.' })
  stageIds!: string[];

  @Field(() => Int, { nullable: true, description: 'Version of the pipeline; VERSION_CONFLICT when it differs.' })
  expectedVersion?: number | null;
}

@Resolver()
export class PipelineResolver {
  @Query(() => connectionOf(Pipeline), { nullable: true, description: 'Pipelines. Needs pipeline:read.' })
  pipelines(@Args(() => PipelineList) args: ListArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.connection(Pipeline, args, info);
  }

  @Query(() => Pipeline, { nullable: true, description: 'One pipeline. Needs pipeline:read.' })
  async pipeline(
    @Args(() => PipelineArgs) { id }: PipelineArgs,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    if (id) return read.one(Pipeline, id, Selection.of(info));
    const narrowing: Narrowing = (alias) => column(alias, 'is_default');
    return (await read.all(Pipeline, Selection.of(info), { narrowing, order: sql`t.id` }))[0] ?? null;
  }

  @Mutation(() => Pipeline, {
    nullable: true,
    description: 'Create a pipeline with its stages. Needs pipeline:create.',
  })
  async createPipeline(@Args(() => NewPipelineArgs) { input }: { input: NewPipeline }, @Ctx() { acting }: Context) {
    return createPipeline(acting, input);
  }

  @Mutation(() => Pipeline, { nullable: true, description: 'Change a pipeline. Needs pipeline:update.' })
  async updatePipeline(
    @Args(() => PipelineChange) { id, input, expectedVersion }: ChangeArguments<PipelineChanges>,
    @Ctx() { acting }: Context,
  ) {
    return updatePipeline(acting, id, input, expectedVersion);
  }

  @Mutation(() => DeletePayload, {
    nullable: true,
    description:
      'Delete a pipeline that is not the default and has no open deal; closed deals stay without it. Needs pipeline:delete.',
  })
  async deletePipeline(
    @Args(() => PipelineVerb) { id, expectedVersion }: VerbArguments,
    @Ctx() { acting }: Context,
  ): Promise<DeletePayload> {
    await deletePipeline(acting, id, expectedVersion);
    return { id };
  }

  @Mutation(() => Pipeline, { nullable: true, description: 'Make a pipeline the default. Needs pipeline:update.' })
  async setDefaultPipeline(
    @Args(() => DefaultVerb) { id, expectedVersion }: VerbArguments,
    @Ctx() { acting }: Context,
  ) {
    return setDefaultPipeline(acting, id, expectedVersion);
  }
}

@Resolver()
export class StageResolver {
  @Query(() => connectionOf(PipelineStage), {
    nullable: true,
    description:
      'Stages of all pipelines; default order: default pipeline first, then by name, then order. Needs pipeline:read.',
  })
  pipelineStages(
    @Args(() => StageList) args: ListArguments,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return read.connection(PipelineStage, args, info);
  }

  @Query(() => PipelineStage, { nullable: true, description: 'One stage. Needs pipeline:read.' })
  pipelineStage(@Args(() => StageId) { id }: IdArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.one(PipelineStage, id, Selection.of(info));
  }

  @Mutation(() => PipelineStage, {
    nullable: true,
    description: 'Add a stage; later stages move up. Needs pipeline:update.',
  })
  async createPipelineStage(@Args(() => NewStageArgs) { input }: { input: StageChanges }, @Ctx() { acting }: Context) {
    return createPipelineStage(acting, input);
  }

  @Mutation(() => PipelineStage, { nullable: true, description: 'Change a stage. Needs pipeline:update.' })
  async updatePipelineStage(
    @Args(() => StageChange) { id, input, expectedVersion }: ChangeArguments<StageChanges>,
    @Ctx() { acting }: Context,
  ) {
    return updatePipelineStage(acting, id, input, expectedVersion);
  }

  @Mutation(() => Pipeline, {
    nullable: true,
    description: 'Move a stage; the others close up. Needs pipeline:update.',
  })
  async reorderPipelineStage(
    @Args(() => ReorderStageArgs) { id, order, expectedVersion }: ReorderStageArgs,
    @Ctx() { acting }: Context,
  ) {
    return reorderPipelineStage(acting, id, order, expectedVersion);
  }

  @Mutation(() => Pipeline, { nullable: true, description: 'Reorder all stages at once. Needs pipeline:update.' })
  async reorderPipelineStages(
    @Args(() => ReorderStagesArgs) { pipelineId, stageIds, expectedVersion }: ReorderStagesArgs,
    @Ctx() { acting }: Context,
  ) {
    return reorderPipelineStages(acting, pipelineId, stageIds, expectedVersion);
  }
}

@Resolver(() => Pipeline)
export class PipelineFields {
  @FieldResolver(() => [PipelineStage], { description: 'Stages in order.' })
  stages(@Root() { id }: Pipeline, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.load(info, id, async (pipelines) => {
      const order = sql`${sql.ref('t.order')}`;
      const found = await read.byKeys(PipelineStage, 'pipelineId', pipelines, Selection.of(info), { order });
      return pipelines.map((pipeline) => found.get(pipeline) ?? []);
    });
  }
}
