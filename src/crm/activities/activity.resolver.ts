import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Info, Mutation, Query, Resolver } from 'type-graphql';
import { column, type Fragment, sql } from '../../platform/database/sql.js';
import type { Context } from '../../platform/graphql/context.js';
import { nestedList } from '../../platform/graphql/nested-list.js';
import type { Narrowing } from '../../platform/reading/reader.js';
import { Selection } from '../../platform/reading/selection.js';
import { listArgumentsOf } from '../../platform/records/list-arguments.js';
import { connectionOf, type ListArguments } from '../../platform/records/lists.js';
import { compute } from '../../platform/records/record.js';
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
import { Customer } from '../customers/customer.js';
import { type AssignArguments, assignArgs } from '../employees/assignment.js';
import { Employee } from '../employees/employee.js';
import {
  assignActivity,
  cancelActivity,
  completeActivity,
  createActivity,
  deleteActivity,
  updateActivity,
} from './activity.actions.js';
import { AddCustomerNoteInput, CreateActivityInput, UpdateActivityInput, WorkListArgs } from './activity.inputs.js';
import { Activity } from './activity.js';
import { entriesOn } from './entries.js';
import { isOverdue, isUpcoming, overdueSince } from './overdue.js';
import { timelineOf } from './timeline.js';

const ActivityList = listArgumentsOf(Activity);
const ActivityId = idArgs('Id of the activity.');
const ActivityVerb = verbArgs('Id of the activity.');
const ActivityAssignment = assignArgs('Id of the activity.');
const NewActivity = inputArgs<CreateActivityInput>(CreateActivityInput, 'The activity to create.');
const ActivityChange = changeArgs<UpdateActivityInput>('Id of the activity.', UpdateActivityInput);

/** Activities to do, in the order of their due times. */
function workList(
  { read, viewer }: Context,
  { limit, mine }: WorkListArgs,
  info: GraphQLResolveInfo,
  { which, due }: { which: Narrowing; due: Fragment },
): Promise<object[]> {
  const own = (alias: string) => sql`${column(alias, 'assigned_to_id')} = ${viewer.organization!.selfId}::uuid`;
  const narrowing: Narrowing = (alias) => (mine ? sql`${which(alias)} and ${own(alias)}` : which(alias));
  return read.all(Activity, Selection.of(info), { narrowing, order: sql`${due}, t.id`, limit: limit ?? 10 });
}

@Resolver()
export class ActivityResolver {
  @Query(() => connectionOf(Activity), {
    nullable: true,
    description: 'Lists activities: calls, e-mails, meetings, notes and tasks.',
  })
  activities(
    @Args(() => ActivityList) args: ListArguments,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return read.connection(Activity, args, info);
  }

  @Query(() => Activity, { nullable: true, description: 'Finds an activity by its id; null if there is none.' })
  activity(@Args(() => ActivityId) { id }: IdArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.byId(Activity, id, Selection.of(info));
  }

  @Query(() => [Activity], {
    nullable: true,
    description:
      'Lists SCHEDULED activities planned from now on, soonest first. For pages and a count, use ' +
      '`activities(filter: { isUpcoming: { eq: true } }, orderBy: [{ field: SCHEDULED_AT }])`.',
  })
  upcomingActivities(
    @Args(() => WorkListArgs) args: WorkListArgs,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return workList(context, args, info, { which: (alias) => isUpcoming(sql.ref(alias)), due: sql`t.scheduled_at` });
  }

  @Query(() => [Activity], {
    nullable: true,
    description:
      'Lists overdue activities (see `Activity.isOverdue`), oldest first. For pages and a count, use ' +
      '`activities(filter: { isOverdue: { eq: true } }, orderBy: [{ field: OVERDUE_SINCE }])`.',
  })
  overdueActivities(
    @Args(() => WorkListArgs) args: WorkListArgs,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const { viewer } = context;
    return workList(context, args, info, {
      which: (alias) => isOverdue(sql.ref(alias), viewer),
      due: overdueSince(sql`t`, viewer),
    });
  }

  @Mutation(() => Activity, { nullable: true, description: 'Creates an activity, planned or done.' })
  async createActivity(@Args(() => NewActivity) { input }: { input: CreateActivityInput }, @Ctx() { action }: Context) {
    return createActivity(action, input);
  }

  @Mutation(() => Activity, { nullable: true, description: 'Changes fields of an activity.' })
  async updateActivity(
    @Args(() => ActivityChange) args: ChangeArguments<UpdateActivityInput>,
    @Ctx() { action }: Context,
  ) {
    return updateActivity(action, args);
  }

  @Mutation(() => DeletePayload, { nullable: true, description: 'Deletes an activity for good.' })
  async deleteActivity(
    @Args(() => ActivityVerb) args: VerbArguments,
    @Ctx() { action }: Context,
  ): Promise<DeletePayload> {
    return deleteActivity(action, args);
  }

  @Mutation(() => Activity, {
    nullable: true,
    description: 'Sets the status of an activity to COMPLETED, unless it is cancelled.',
  })
  async completeActivity(@Args(() => ActivityVerb) args: VerbArguments, @Ctx() { action }: Context) {
    return completeActivity(action, args);
  }

  @Mutation(() => Activity, {
    nullable: true,
    description: 'Sets the status of an activity to CANCELLED, unless it is completed.',
  })
  async cancelActivity(@Args(() => ActivityVerb) args: VerbArguments, @Ctx() { action }: Context) {
    return cancelActivity(action, args);
  }

  @Mutation(() => Activity, {
    nullable: true,
    description: 'Sets the employee who is responsible for an activity, or nobody.',
  })
  async assignActivity(@Args(() => ActivityAssignment) args: AssignArguments, @Ctx() { action }: Context) {
    return assignActivity(action, args);
  }
}

export const customerTimeline = [
  ...timelineOf(Customer, 'customer'),
  entriesOn(Customer, 'customer', { note: AddCustomerNoteInput }),
];

export const EmployeeActivities = nestedList(Employee, 'activities', Activity, {
  by: 'assignedTo',
  description: 'Activities for which the employee is responsible.',
});

compute(Customer, {
  name: 'lastContactAt',
  kind: 'instant',
  nullable: true,
  by: 'time of the latest contact',
  filter: true,
  order: true,
  permission: 'activity:read',
  description:
    'When the latest call, e-mail, Telegram message or meeting with the customer was completed; null without one.',
  sql: ({ table }) => sql`
    (
      select max(a.completed_at)
      from activities a
      where a.organization_id = ${table}.organization_id
        and a.customer_id = ${table}.id
        and a.status = 'COMPLETED'
        and a.activity_type in ('CALL', 'EMAIL', 'TELEGRAM', 'MEETING')
    )`,
});
