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

@ObjectType({ simpleResolvers: true, description: 'Numbers of activities, by status.' })
class ActivityStatusCounts {
  @Field(() => Int, { description: 'Number of activities with status SCHEDULED.' })
  scheduled!: number;

  @Field(() => Int, { description: 'Number of activities with status IN_PROGRESS.' })
  inProgress!: number;

  @Field(() => Int, { description: 'Number of activities with status COMPLETED.' })
  completed!: number;

  @Field(() => Int, { description: 'Number of activities with status CANCELLED.' })
  cancelled!: number;
}

@ObjectType({ simpleResolvers: true, description: 'Numbers of activities, by type.' })
class ActivityTypeCounts {
  @Field(() => Int, { description: 'Number of activities with type CALL.' })
  call!: number;

  @Field(() => Int, { description: 'Number of activities with type EMAIL.' })
  email!: number;

  @Field(() => Int, { description: 'Number of activities with type TELEGRAM.' })
  telegram!: number;

  @Field(() => Int, { description: 'Number of activities with type MEETING.' })
  meeting!: number;

  @Field(() => Int, { description: 'Number of activities with type NOTE.' })
  note!: number;

  @Field(() => Int, { description: 'Number of activities with type TASK.' })
  task!: number;
}

@ObjectType({ simpleResolvers: true, description: 'Numbers of activities, of all or of those that match a filter.' })
class ActivityStats {
  @Field(() => Int, { description: 'Number of all activities that match the filter.' })
  total!: number;

  @Field(() => Int, { description: 'Number of overdue activities (see `Activity.isOverdue`).' })
  overdue!: number;

  @Field(() => ActivityStatusCounts, { description: 'Number of activities by status; the counts add up to `total`.' })
  byStatus!: ActivityStatusCounts;

  @Field(() => ActivityTypeCounts, { description: 'Number of activities by type; the counts add up to `total`.' })
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
  @Query(() => ActivityStats, { nullable: true, description: 'Counts activities, all or those that match a filter.' })
  async activityStats(
    @Args(() => ActivityStatsArgs) { timeZone, ...rows }: StatsArguments,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const read = await inZone(context.read, timeZone);
    return figuresOf(read, Activity, figures(read.viewer), Selection.of(info), rows);
  }
}
