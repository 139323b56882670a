import { Field, Float, Int, ObjectType } from 'type-graphql';
import { Deal } from '../crm/deals/deal.js';
import { Pipeline } from '../crm/pipelines/pipeline.js';
import { PipelineStage } from '../crm/pipelines/pipeline-stage.js';
import { type Row, sql } from '../platform/database/sql.js';
import { conditionOf } from '../platform/reading/conditions.js';
import type { Reader } from '../platform/reading/reader.js';
import type { Selection } from '../platform/reading/selection.js';
import { Id } from '../platform/records/decorators.js';
import { recordOf } from '../platform/records/record.js';
import { percent } from './decimals.js';
import { pipelineArgument, pipelineAsked } from './pipeline-funnel.js';
import { checkRange, dayOf, during, RangeArgs, within } from './range.js';
import { filterFor, inZone, ReportArguments } from './report-arguments.js';

@ReportArguments()
export class DealVelocityArgs extends RangeArgs {
  @Id({ description: pipelineArgument })
  pipelineId?: string | null;
}

@ObjectType({
  simpleResolvers: true,
  description: 'Visits of deals to a stage: entered = advanced + regressed + won + lost + transferred + current.',
})
class StageVelocity {
  @Field(() => PipelineStage, { description: 'The stage that is measured.' })
  stage!: PipelineStage;

  @Field(() => Int, { description: 'Number of visits that began in the range.' })
  entered!: number;

  @Field(() => Int, {
    description: 'Number of visits that ended by a move to a later open stage, by present positions.',
  })
  advanced!: number;

  @Field(() => Int, {
    description: 'Number of visits that ended by a move to an earlier open stage, by present positions.',
  })
  regressed!: number;

  @Field(() => Int, { description: 'Number of visits that ended because the deal was won.' })
  won!: number;

  @Field(() => Int, { description: 'Number of visits that ended because the deal was lost.' })
  lost!: number;

  @Field(() => Int, {
    description: 'Number of visits that ended by a move to another pipeline, or to a stage deleted since.',
  })
  transferred!: number;

  @Field(() => Int, { description: 'Number of visits that have not ended yet.' })
  current!: number;

  @Field(() => Float, {
    description: 'Conversion rate in percent: (advanced + won) / entered · 100, 2 decimals; 0 without visits.',
  })
  conversionRate!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Median length of ended visits in days, 2 decimals; null without any.',
  })
  p50Days!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: '90th percentile of the length of ended visits in days; null without any.',
  })
  p90Days!: number | null;
}

@ObjectType({
  simpleResolvers: true,
  description: 'How deals move through a pipeline, measured by visits to stages that began in the range.',
})
export class DealVelocity {
  @Field(() => Pipeline, { description: 'The pipeline that is measured.' })
  pipeline!: Pipeline;

  @Field(() => [StageVelocity], { description: 'The open stages in their order.' })
  stages!: StageVelocity[];

  @Field(() => Int, { description: 'Number of deals won in the range, by close date.' })
  wonCount!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      'Median number of days from creation to winning of these deals, 2 decimals; 0 for a deal that was won before ' +
      'it was created, and null without any.',
  })
  p50DaysToWin!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: '90th percentile of the days from creation to winning of these deals; null without any.',
  })
  p90DaysToWin!: number | null;
}

/** PostgreSQL's continuous percentile, which interpolates between adjacent values. */
const percentile = (share: number, days: ReturnType<typeof sql>, condition = sql`true`) =>
  sql`
    round((
      percentile_cont(${sql.raw(String(share))})
        within group (order by ${days})
        filter (where ${condition})
    )::numeric, 2)::float8`;

async function visits(read: Reader, pipelineId: string, { filter, ...range }: RangeArgs): Promise<Map<unknown, Row>> {
  const organizationId = read.viewer.organization!.id;
  const days = sql`(extract(epoch from v.until - v.since) / 86400)::float8`;
  const ended = sql`v.until is not null`;
  const rows = await read.query(sql`
    with changes as (
      select h.deal_id, h.to_stage_id as stage_id, h.to_status as status, h.changed_at as since,
        lead(h.changed_at) over following as until,
        lead(h.to_stage_id) over following as next_stage_id,
        lead(h.to_status) over following as next_status
      from deal_stage_changes h
      where h.organization_id = ${organizationId}::uuid
        and ${filter ? sql`h.deal_id in (${read.idsOf(Deal, { filter: filterFor(Deal, filter) })})` : sql`true`}
      window following as (partition by h.deal_id order by h.changed_at, h.id)
    ), v as (
      select c.*, s."order" as position, n."order" as next_position
      from changes c
      join pipeline_stages s
        on s.organization_id = ${organizationId}::uuid
        and s.id = c.stage_id
        and s.pipeline_id = ${pipelineId}::uuid
      left join pipeline_stages n
        on n.organization_id = ${organizationId}::uuid
        and n.id = c.next_stage_id
        and n.pipeline_id = ${pipelineId}::uuid
      where c.status = 'OPEN'
        and ${within(range, sql`c.since`, read.viewer)}
    )
    select v.stage_id as stage,
      count(*)::integer as entered,
      (count(*) filter (where v.next_status = 'OPEN' and v.next_position > v.position))::integer as advanced,
      (count(*) filter (where v.next_status = 'OPEN' and v.next_position < v.position))::integer as regressed,
      (count(*) filter (where v.next_status = 'WON'))::integer as won,
      (count(*) filter (where v.next_status = 'LOST'))::integer as lost,
      (count(*) filter (where v.next_status = 'OPEN' and v.next_position is null))::integer as transferred,
      (count(*) filter (where v.until is null))::integer as current,
      ${percentile(0.5, days, ended)} as p50,
      ${percentile(0.9, days, ended)} as p90
    from v
    group by 1`);
  return new Map(rows.map((row) => [row.stage, row]));
}

async function wins(read: Reader, pipelineId: string, { filter, ...range }: RangeArgs): Promise<Row> {
  const days = sql`greatest(t.actual_close_date - ${dayOf(sql`t.created_at`, read.viewer)}, 0)::float8`;
  const [row] = await read.query(sql`
    select count(*)::integer as "wonCount",
      ${percentile(0.5, days)} as "p50DaysToWin",
      ${percentile(0.9, days)} as "p90DaysToWin"
    from deals t
    where t.organization_id = ${read.viewer.organization!.id}::uuid
      and t.pipeline_id = ${pipelineId}::uuid
      and t.status = 'WON'
      and ${conditionOf(recordOf(Deal), filterFor(Deal, filter), 't', read.viewer)}
      and ${during(range, sql`t.actual_close_date`)}`);
  return row!;
}

const nothing = {
  entered: 0,
  advanced: 0,
  regressed: 0,
  won: 0,
  lost: 0,
  transferred: 0,
  current: 0,
  p50: null,
  p90: null,
};

export async function dealVelocity(reader: Reader, range: DealVelocityArgs, selection: Selection) {
  checkRange(range, 'dealVelocity');
  const read = await inZone(reader, range.timeZone);
  const pipeline = await pipelineAsked(read, range, selection.at('pipeline'));
  if (!pipeline) return null;
  const id = pipeline.id as string;
  const wanted = selection.at('stages');
  const [stages, byStage, won] = await Promise.all([
    selection.has('stages')
      ? read.all(PipelineStage, wanted.at('stage'), {
          narrowing: () => sql`t.pipeline_id = ${id}::uuid and not t.is_closed_won and not t.is_closed_lost`,
          order: sql`t."order"`,
        })
      : [],
    selection.has('stages') ? visits(read, id, range) : new Map<unknown, Row>(),
    ['wonCount', 'p50DaysToWin', 'p90DaysToWin'].some((name) => selection.has(name)) ? wins(read, id, range) : {},
  ]);
  return {
    pipeline,
    ...won,
    stages: stages.map((stage) => {
      const { p50, p90, ...counts } = { ...nothing, ...byStage.get(stage.id) };
      const conversionRate = percent(counts.advanced + counts.won, counts.entered);
      return { ...counts, stage, conversionRate, p50Days: p50, p90Days: p90 };
    }),
  };
}
