import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import type { Class } from '../../platform/class.js';
import { column, sql } from '../../platform/database/sql.js';
import type { Context } from '../../platform/graphql/context.js';
import type { Narrowing } from '../../platform/reading/reader.js';
import { listArgumentsOf } from '../../platform/records/list-arguments.js';
import { connectionOf, type ListArguments } from '../../platform/records/lists.js';
import { relate } from '../../platform/records/record.js';
import { can } from '../permissions.js';
import { Activity } from './activity.js';

export const ActivityList = listArgumentsOf(Activity);

const notesOnly: Narrowing = (alias) => sql`${column(alias, 'activity_type')} = 'NOTE'`;

/** Adds timeline, notes and filters by activities to a record to which activities refer `by` a reference. */
export function timelineOf(owner: Class, by: 'customer' | 'lead' | 'deal'): Class {
  relate(owner, 'activities', { record: () => Activity, by, description: 'Filters by activities of the record.' });

  @Resolver(() => owner)
  class Timeline {
    @FieldResolver(() => connectionOf(Activity), {
      nullable: true,
      description: 'Activities of the record, notes included.',
    })
    activities(
      @Root() { id }: { id: string },
      @Args(() => ActivityList) args: ListArguments,
      @Ctx() { read }: Context,
      @Info() info: GraphQLResolveInfo,
    ) {
      return read.children(Activity, by, id, args, info);
    }

    @FieldResolver(() => connectionOf(Activity), {
      nullable: true,
      description: 'Activities of type NOTE of the record.',
    })
    notes(
      @Root() { id }: { id: string },
      @Args(() => ActivityList) args: ListArguments,
      @Ctx() { read }: Context,
      @Info() info: GraphQLResolveInfo,
    ) {
      return read.children(Activity, by, id, args, info, notesOnly);
    }
  }
  return Timeline;
}

/** Rules of a record's timeline. */
export const timelineRules = { activities: can['activity:read'], notes: can['activity:read'] };
