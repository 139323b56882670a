import { Field, Int, ObjectType } from 'type-graphql';
import { Deal } from '../crm/deals/deal.js';
import { MoneyAggregate } from '../crm/deals/money.js';
import { and, sql } from '../platform/database/sql.js';
import { Projection } from '../platform/reading/projection.js';
import type { Reader } from '../platform/reading/reader.js';
import { Selection } from '../platform/reading/selection.js';
import { Id, Int as IntProperty } from '../platform/records/decorators.js';
import type { Filter } from '../platform/records/filters.js';
import { DateScalar } from '../platform/schema/scalars.js';
import { today } from '../platform/tenancy/today.js';
import { plusDays } from './days.js';
import { count, each, money } from './figures.js';
import { periodStart, periodsUpTo } from './periods.js';
import { pipelineAsked } from './pipeline-funnel.js';
import { filterFor, inZone, ReportArguments, ZoneArgument } from './report-arguments.js';

@ReportArguments()
export class ForecastArgs {
  @IntProperty({
    description: 'Number of calendar months to forecast, from this month, 1–24.',
    min: 1,
    max: 24,
    default: 3,
  })
  months?: number | null;

  @Id({ description: 'Id of the pipeline to forecast; by default all. An unknown id gives null.' })
  pipelineId?: string | null;

  @ZoneArgument()
  timeZone?: string | null;

  filter?: Filter | null;
}

@ObjectType({ simpleResolvers: true, description: 'Open deals that are expected outside the forecast months.' })
class ForecastBucket {
  @Field(() => Int, { description: 'Number of deals in this group.' })
  dealCount!: number;

  @Field(() => MoneyAggregate, { description: 'Total value of these deals.' })
  totalValue!: MoneyAggregate;

  @Field(() => MoneyAggregate, { description: 'Expected revenue of these deals: sum of value · probability / 100.' })
  expectedRevenue!: MoneyAggregate;
}

@ObjectType({ simpleResolvers: true, description: 'Open deals that are expected to close in one month.' })
class ForecastMonth {
  @Field(() => String, { description: 'Name of the month in English, e.g. `Jan 2025`.' })
  period!: string;

  @Field(() => DateScalar, { description: 'First day of the period.' })
  startDate!: string;

  @Field(() => DateScalar, { description: 'Last day of the period, inclusive.' })
  endDate!: string;

  @Field(() => Int, { description: 'Number of open deals; the current month counts from today.' })
  dealCount!: number;

  @Field(() => MoneyAggregate, { description: 'Total value of these deals.' })
  totalValue!: MoneyAggregate;

  @Field(() => MoneyAggregate, { description: 'Expected revenue of these deals: sum of value · probability / 100.' })
  expectedRevenue!: MoneyAggregate;
}

@ObjectType({
  simpleResolvers: true,
  description: 'Open deals by expected close date; months and other parts add up to all open deals.',
})
export class Forecast {
  @Field(() => [ForecastMonth], { description: 'The forecast months, from the current month.' })
  months!: ForecastMonth[];

  @Field(() => ForecastBucket, { description: 'Deals that should have closed before today.' })
  overdue!: ForecastBucket;

  @Field(() => ForecastBucket, { description: 'Deals expected after the last forecast month.' })
  later!: ForecastBucket;

  @Field(() => ForecastBucket, { description: 'Deals without an expected close date.' })
  undated!: ForecastBucket;
}

/** Runs one statement, grouped by the part of the forecast; a second one looks up the given pipeline. */
export async function forecast(
  reader: Reader,
  { months: wanted, pipelineId, timeZone, filter }: ForecastArgs,
  selection: Selection,
): Promise<object | null> {
  const read = await inZone(reader, timeZone);
  const { viewer } = read;
  if (pipelineId && !(await pipelineAsked(read, { pipelineId }, Selection.from({})))) return null;
  const day = today(viewer);
  const number = wanted ?? 3;
  const months = periodsUpTo('MONTH', periodStart('MONTH', day, number - 1), number);
  const end = plusDays(months.at(-1)!.endDate, 1);
  const columns = new Projection(viewer);
  const part = columns.add(sql`case
    when t.expected_close_date is null then 'undated'
    when t.expected_close_date < ${day}::date then 'overdue'
    when t.expected_close_date >= ${end}::date then 'later'
    else date_trunc('month', t.expected_close_date::timestamp)::date::text end`);
  const parts = ['months', 'overdue', 'later', 'undated'].map((name) => selection.at(name));
  const answer = each({
    dealCount: count(),
    totalValue: money(viewer, sql`t.value`),
    expectedRevenue: money(viewer, sql`t.expected_revenue`),
  })(
    columns,
    parts.reduce((merged, part) => merged.with(part)),
  );
  const groups = await read.summary(
    Deal,
    {
      filter: filterFor(Deal, filter),
      narrowing: () => and([sql`t.status = 'OPEN'`, ...(pipelineId ? [sql`t.pipeline_id = ${pipelineId}::uuid`] : [])]),
      by: [sql`1`, sql`t.currency`],
    },
    columns,
  );
  const byPart = Map.groupBy(groups, part);
  const figuresOf = (name: string) => answer(byPart.get(name) ?? []);
  return {
    months: months.map(({ key, label, startDate, endDate }) => ({
      period: label,
      startDate,
      endDate,
      ...figuresOf(key),
    })),
    overdue: figuresOf('overdue'),
    later: figuresOf('later'),
    undated: figuresOf('undated'),
  };
}
