import { Field, Float, Int, ObjectType } from 'type-graphql';
import { Deal } from '../crm/deals/deal.js';
import { MoneyAggregate } from '../crm/deals/money.js';
import { Pipeline } from '../crm/pipelines/pipeline.js';
import { PipelineStage } from '../crm/pipelines/pipeline-stage.js';
import { type Row, sql } from '../platform/database/sql.js';
import type { Reader } from '../platform/reading/reader.js';
import { Selection } from '../platform/reading/selection.js';
import { Id } from '../platform/records/decorators.js';
import type { Filter } from '../platform/records/filters.js';
import { percent } from './decimals.js';
import { count, money } from './figures.js';
import { filterFor, ReportArguments } from './report-arguments.js';
import { stageFigures } from './stage-figures.js';

export const pipelineArgument =
  'Id of the pipeline; an unknown one gives null. Default: that of `filter: { pipelineId: { eq } }`, else the ' +
  'default pipeline. Only deals that match the filter count, so none do if it names another pipeline.';

@ReportArguments()
export class PipelineFunnelArgs {
  @Id({ description: pipelineArgument })
  pipelineId?: string | null;

  filter?: Filter | null;
}

@ObjectType({ simpleResolvers: true, description: 'Deals that are on one stage now.' })
class PipelineFunnelStage {
  @Field(() => PipelineStage, { description: 'The stage that is measured.' })
  stage!: PipelineStage;

  @Field(() => Int, { description: 'Number of deals in this group.' })
  dealCount!: number;

  @Field(() => MoneyAggregate, { description: 'Total value of these deals.' })
  totalValue!: MoneyAggregate;

  @Field(() => MoneyAggregate, { description: 'Expected revenue of the open deals: sum of value · probability / 100.' })
  expectedRevenue!: MoneyAggregate;

  @Field(() => Float, {
    description: 'Share in percent: dealCount / deals of the pipeline · 100, rounded to 2 decimals.',
  })
  percentage!: number;
}

@ObjectType({ simpleResolvers: true, description: 'Deals that are in one pipeline now.' })
export class PipelineFunnel {
  @Field(() => Pipeline, { description: 'The pipeline that is measured.' })
  pipeline!: Pipeline;

  @Field(() => [PipelineFunnelStage], { description: 'Every stage of the pipeline in its order.' })
  stages!: PipelineFunnelStage[];
}

/** The pipeline that the arguments name, else the default one; undefined when there is none. */
export async function pipelineAsked(
  read: Reader,
  { pipelineId: named, filter }: PipelineFunnelArgs,
  selection: Selection,
): Promise<Row | undefined> {
  const pipelineId = named ?? (filter?.pipelineId as Filter | undefined)?.eq;
  const [pipeline] = await read.all(Pipeline, selection, {
    narrowing: () => (pipelineId ? sql`t.id = ${pipelineId}::uuid` : sql`t.is_default`),
    order: sql`t.id`,
  });
  return pipeline;
}

const dealCount = Selection.from({ dealCount: Selection.from({}) });

export async function pipelineFunnel(read: Reader, args: PipelineFunnelArgs, selection: Selection) {
  const pipeline = await pipelineAsked(read, args, selection.at('pipeline'));
  if (!pipeline) return null;
  if (!selection.has('stages')) return { pipeline };
  const figures = {
    dealCount: count(),
    totalValue: money(read.viewer, sql`t.value`),
    expectedRevenue: money(read.viewer, sql`t.expected_revenue`, sql`t.status = 'OPEN'`),
  };
  const stages = await stageFigures(read, figures, selection.at('stages').with(dealCount), {
    pipelineId: pipeline.id as string,
    filter: filterFor(Deal, args.filter),
    narrowing: () => sql`t.pipeline_id = ${pipeline.id}::uuid`,
  });
  const deals = stages.reduce((sum, stage) => sum + (stage.dealCount as number), 0);
  return {
    pipeline,
    stages: stages.map((stage) => ({ ...stage, percentage: percent(stage.dealCount as number, deals) })),
  };
}
