import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Field, Info, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { Activity } from '../crm/activities/activity.js';
import { isOverdue } from '../crm/activities/overdue.js';
import type { Viewer } from '../platform/auth/viewer.js';
import { sql } from '../platform/database/sql.js';
import type { Context } from '../platform/graphql/context.js';
import { Selection } from '../platform/reading/selection.js';
import { count, countsBy, each, type Figures, figuresOf } from './figures.js';
import { inZone, type StatsArguments, statsArgumentsOf } from './report-arguments.js';

@ObjectType({ simpleResolvers: true, description: 'Activities by status.' })
class ActivityStatusCounts {
  @Field(() => Int, { description: 'SCHEDULED.' })
  scheduled!: number;

  @Field(() => Int, { description: 'IN_PROGRESS.' })
  inProgress!: number;

  @Field(() => Int, { description: 'COMPLETED.' })
  completed!: number;

  @Field(() => Int, { description: 'CANCELLED.' })
  cancelled!: number;
}

@ObjectType({ simpleResolvers: true, description: 'Activities by kind.' })
class ActivityTypeCounts {
  @Field(() => Int, { description: 'CALL.' })
  call!: number;

  @Field(() => Int, { description: 'EMAIL.' })
  email!: number;

  @Field(() => Int, { description: 'TELEGRAM.' })
  telegram!: number;

  @Field(() => Int, { description: 'MEETING.' })
  meeting!: number;

  @Field(() => Int, { description: 'NOTE.' })
  note!: number;

  @Field(() => Int, { description: 'TASK.' })
  task!: number;
}

@ObjectType({ simpleResolvers: true, description: 'Counts over activities.' })
class ActivityStats {
  @Field(() => Int, { description: 'All activities that match.' })
  total!: number;

  @Field(() => Int, { description: 'Activities with `isOverdue`.' })
  overdue!: number;

  @Field(() => ActivityStatusCounts, { description: 'By status; the counts add up to `total`.' })
  byStatus!: ActivityStatusCounts;

  @Field(() => ActivityTypeCounts, { description: 'By kind; the counts add up to `total`.' })
  byType!: ActivityTypeCounts;
}

const figures = (viewer: Viewer): Figures => ({
  total: count(),
  overdue: count(isOverdue(sql`t`, viewer)),
  byStatus: each(
    countsBy(sql`t.status`, {
      scheduled: 'SCHEDULED',
      inProgress: 'IN_PROGRESS',
      completed: 'COMPLETED',
      cancelled: 'CANCELLED',
    }),
  ),
  byType: each(
    countsBy(sql`t.activity_type`, {
      call: 'CALL',
      email: 'EMAIL',
      telegram: 'TELEGRAM',
      meeting: 'MEETING',
      note: 'NOTE',
      task: 'TASK',
    }),
  ),
});

const ActivityStatsArgs = statsArgumentsOf(Activity);

@Resolver()
export class ActivityStatsResolver {
  @Query(() => ActivityStats, { nullable: true, description: 'Counts over activities. Needs activity:read.' })
  async activityStats(
    @Args(() => ActivityStatsArgs) { timeZone, ...rows }: StatsArguments,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const read = await inZone(context.read, timeZone);
    return figuresOf(read, Activity, figures(read.viewer), Selection.of(info), rows);
  }
}
