import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  Float,
  ID,
  Info,
  Int,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { Deal } from '../crm/deals/deal.js';
import { MoneyAggregate } from '../crm/deals/money.js';
import { PipelineStage } from '../crm/pipelines/pipeline-stage.js';
import type { Viewer } from '../platform/auth/viewer.js';
import { sql } from '../platform/database/sql.js';
import type { Context } from '../platform/graphql/context.js';
import { Selection } from '../platform/reading/selection.js';
import type { FilterArguments } from '../platform/records/lists.js';
import { count, countsBy, each, type Figures, figuresOf, mean, money, rate } from './figures.js';
import { dayOf } from './range.js';
import { inZone, type StatsArguments, statsArgumentsOf } from './report-arguments.js';
import { stageFigures } from './stage-figures.js';

@ObjectType({ simpleResolvers: true, description: 'Numbers of deals, by priority.' })
class DealPriorityCounts {
  @Field(() => Int, { description: 'Number of deals with priority LOW.' })
  low!: number;

  @Field(() => Int, { description: 'Number of deals with priority MEDIUM.' })
  medium!: number;

  @Field(() => Int, { description: 'Number of deals with priority HIGH.' })
  high!: number;

  @Field(() => Int, { description: 'Number of deals with priority URGENT.' })
  urgent!: number;
}

@ObjectType({ simpleResolvers: true, description: 'Number and value of deals on one stage.' })
class DealStageStats {
  @Field(() => PipelineStage, { description: 'The stage that is counted.' })
  stage!: PipelineStage;

  @Field(() => Int, { description: 'Number of deals on the stage.' })
  count!: number;

  @Field(() => MoneyAggregate, { description: 'Total value of these deals.' })
  totalValue!: MoneyAggregate;
}

@ObjectType({
  simpleResolvers: true,
  description: 'Numbers and values of deals, of all or of those that match a filter.',
})
class DealStats {
  @Field(() => Int, { description: 'Number of all deals that match the filter.' })
  total!: number;

  @Field(() => Int, { description: 'Number of open deals.' })
  open!: number;

  @Field(() => Int, { description: 'Number of won deals.' })
  won!: number;

  @Field(() => Int, { description: 'Number of lost deals.' })
  lost!: number;

  @Field(() => MoneyAggregate, { description: 'Total value of all deals, open and closed.' })
  totalValue!: MoneyAggregate;

  @Field(() => MoneyAggregate, { description: 'Total value of the open deals.' })
  openValue!: MoneyAggregate;

  @Field(() => MoneyAggregate, { description: 'Total value of the won deals.' })
  wonValue!: MoneyAggregate;

  @Field(() => MoneyAggregate, { description: 'Total value of the lost deals.' })
  lostValue!: MoneyAggregate;

  @Field(() => MoneyAggregate, {
    description: 'Weighted pipeline: sum of value · probability / 100 over the open deals.',
  })
  expectedRevenue!: MoneyAggregate;

  @Field(() => MoneyAggregate, { description: 'Mean value of the won deals that have a value.' })
  averageDealSize!: MoneyAggregate;

  @Field(() => Float, {
    description: 'Win rate in percent: won / (won + lost) · 100, rounded to 2 decimals; 0 without closed deals.',
  })
  winRate!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      'Mean number of days from creation to `actualCloseDate` of the won deals, 2 decimals; 0 for a deal that was ' +
      'closed before it was created, and null without any.',
  })
  averageDaysToClose!: number | null;

  @Field(() => DealPriorityCounts, { description: 'Number of deals by priority; the counts add up to `total`.' })
  byPriority!: DealPriorityCounts;

  /** The arguments of the query, for the fields that are resolved separately. */
  rows!: FilterArguments;
  timeZone?: string | null;
}

const [open, won, lost, closed] = [
  sql`t.status = 'OPEN'`,
  sql`t.status = 'WON'`,
  sql`t.status = 'LOST'`,
  sql`t.status <> 'OPEN'`,
];

const figures = (viewer: Viewer): Figures => ({
  total: count(),
  open: count(open),
  won: count(won),
  lost: count(lost),
  totalValue: money(viewer, sql`t.value`),
  openValue: money(viewer, sql`t.value`, open),
  wonValue: money(viewer, sql`t.value`, won),
  lostValue: money(viewer, sql`t.value`, lost),
  expectedRevenue: money(viewer, sql`t.expected_revenue`, open),
  averageDealSize: money(viewer, sql`t.value`, won, 'avg'),
  winRate: rate(count(won), count(closed)),
  averageDaysToClose: mean(sql`greatest(t.actual_close_date - ${dayOf(sql`t.created_at`, viewer)}, 0)`, null, won),
  byPriority: each(countsBy(sql`t.priority`, { low: 'LOW', medium: 'MEDIUM', high: 'HIGH', urgent: 'URGENT' })),
});

const DealStatsArgs = statsArgumentsOf(Deal);

@Resolver(() => DealStats)
export class DealStatsResolver {
  @Query(() => DealStats, {
    nullable: true,
    description: 'Counts and values of deals, all or those that match a filter.',
  })
  async dealStats(
    @Args(() => DealStatsArgs) { timeZone, ...rows }: StatsArguments,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const read = await inZone(context.read, timeZone);
    const by = [sql`t.currency`];
    return {
      ...(await figuresOf(read, Deal, figures(read.viewer), Selection.of(info), { ...rows, by })),
      rows,
      timeZone,
    };
  }

  @FieldResolver(() => [DealStageStats], {
    nullable: true,
    description: 'Deals by stage, one row per stage in the order of stages, empty ones included.',
  })
  async byStage(
    @Root() { rows, timeZone }: DealStats,
    @Arg('pipelineId', () => ID, {
      nullable: true,
      description:
        'Id of the pipeline whose stages to return; by default those of all pipelines, the default pipeline first.',
    })
    pipelineId: string | undefined,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object[]> {
    const read = await inZone(context.read, timeZone);
    const measures = { count: count(), totalValue: money(read.viewer, sql`t.value`) };
    return stageFigures(read, measures, Selection.of(info), { ...rows, pipelineId });
  }
}
