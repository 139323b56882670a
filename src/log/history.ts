import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import type { Class } from '../platform/class.js';
import type { Context } from '../platform/graphql/context.js';
import { listArgumentsOf } from '../platform/records/list-arguments.js';
import { connectionOf, type ListArguments } from '../platform/records/lists.js';
import { Change } from './change.js';
import { loggedKinds } from './record-types.js';
import { visibleChanges } from './seen.js';

const ChangeList = listArgumentsOf(Change);

/** Adds `history` to a record. */
function historyOf(owner: Class): Class {
  @Resolver(() => owner)
  class History {
    @FieldResolver(() => connectionOf(Change), {
      nullable: true,
      description: 'Every change of the record in the active organization, newest first, since the log began.',
    })
    history(
      @Root() { id }: { id: string },
      @Args(() => ChangeList) args: ListArguments,
      @Ctx() { read }: Context,
      @Info() info: GraphQLResolveInfo,
    ) {
      return read.children(Change, 'recordId', id, args, info, visibleChanges(read.viewer));
    }
  }
  return History;
}

/** The kinds of records that have a history. */
export const historyKinds = Object.values(loggedKinds).filter(({ hasNoHistory }) => !hasNoHistory);

export const histories = historyKinds.map(({ record }) => historyOf(record));
