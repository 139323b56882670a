import type { GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, ID, Info, Int, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../platform/graphql/context.js';
import { Selection } from '../platform/reading/selection.js';
import { checkList } from '../platform/records/check-list.js';
import type { Filter } from '../platform/records/filters.js';
import { filterTypeOf } from '../platform/records/filters.js';
import { type InputFault, Ruled } from '../platform/records/inputs.js';
import { listArgumentsOf } from '../platform/records/list-arguments.js';
import { connectionOf, type ListArguments } from '../platform/records/lists.js';
import { type IdArguments, idArgs } from '../platform/schema/arguments.js';
import { DeletePayload } from '../platform/schema/deletion.js';
import { Change } from './change.js';
import { ChangeSet } from './change-set.js';
import { restorable } from './deleted-records.js';
import { type EraseArguments, erasableTypes, eraseRecord } from './erase.js';
import { begun, feedPage } from './feed.js';
import { listedSets } from './own-sets.js';
import { LogCursors, momentOf } from './position.js';
import { RecordType } from './record-types.js';
import { undoDays } from './undo-limits.js';

/** Changes of the longest page. */
const longestPage = 1000;

function checkFeed({ filter, first }: FeedArgs): InputFault[] {
  const faults = checkList({ filter });
  if (first < 1 || first > longestPage)
    faults.push({
      path: 'first',
      code: 'OUT_OF_RANGE',
      message: `must be from 1 to ${longestPage}`,
      reason: 'INVALID_PAGINATION',
    });
  return faults;
}
const feedRule = Ruled(checkFeed);

@ArgsType()
class FeedArgs {
  @feedRule
  @Field(() => filterTypeOf(Change), {
    description: 'Returns only changes that match this filter; all by default.',
    nullable: true,
  })
  filter?: Filter | null;

  @feedRule
  @Field(() => Int, { description: `Number of changes at most, 1–${longestPage}.`, defaultValue: 100 })
  first!: number;

  @Field(() => String, {
    description: 'Continues after this cursor, of an earlier page or of `changeCursor`; from the beginning by default.',
    nullable: true,
  })
  after?: string | null;
}

@ArgsType()
class EraseArgs implements EraseArguments {
  @Field(() => RecordType, { description: `The type of the record: ${erasableTypes.join(', ')}.` })
  type!: RecordType;

  @Field(() => ID, { description: 'Id of the record, which may be deleted already.' })
  id!: string;
}

const ChangeSetList = listArgumentsOf(ChangeSet);
const ChangeList = listArgumentsOf(Change);
const SetId = idArgs('Id of the change set.');

const cursorsOf = ({ services, viewer }: Context) =>
  new LogCursors(services.seal, viewer.organization!.id, services.logRetentionDays);

@Resolver()
export class LogResolver {
  @Query(() => connectionOf(Change), {
    nullable: true,
    description:
      'The feed of all changes since a cursor, oldest first. Keep `pageInfo.endCursor`, also of an empty page, and ' +
      'pass it as `after`: nothing is missed or comes twice. Shows changes of records that the caller may read. A ' +
      'page looks at 10,000 changes at most, so it may be short, or empty, while `hasNextPage` is true. Fails with ' +
      'CURSOR_EXPIRED if the log no longer has everything since the cursor.',
  })
  changes(@Args(() => FeedArgs) args: FeedArgs, @Ctx() context: Context, @Info() info: GraphQLResolveInfo) {
    return feedPage(context.read, cursorsOf(context), args, info);
  }

  @Query(() => String, {
    nullable: true,
    description:
      'The position of the document in the feed: its other fields show everything up to here, and ' +
      '`changes(after:)` everything afterwards.',
  })
  async changeCursor(@Ctx() context: Context) {
    return cursorsOf(context).make(begun(await momentOf(context.read)));
  }

  @Query(() => connectionOf(ChangeSet), {
    nullable: true,
    description: 'Lists change sets: all of them with organization:update, else those of the caller.',
  })
  changeSets(
    @Args(() => ChangeSetList) args: ListArguments,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return context.read.connection(ChangeSet, args, info, listedSets(context.viewer));
  }

  @Query(() => ChangeSet, {
    nullable: true,
    description: 'Finds a change set by its id; null if there is none, or if it is not shown in `changeSets`.',
  })
  changeSet(@Args(() => SetId) { id }: IdArguments, @Ctx() context: Context, @Info() info: GraphQLResolveInfo) {
    return context.read.byId(ChangeSet, id, Selection.of(info), listedSets(context.viewer));
  }

  @Query(() => connectionOf(Change), {
    nullable: true,
    description:
      `Lists the deletions of the last ${undoDays} days whose records are still gone, newest first; ` +
      '`undoChangeSet` puts them back, unless the rest of the change set forbids it. Shows records that the caller ' +
      'may read: with organization:update all of them, else those that the caller has deleted.',
  })
  deletedRecords(
    @Args(() => ChangeList) args: ListArguments,
    @Ctx() { read, viewer }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return read.connection(Change, args, info, restorable(viewer));
  }

  @Mutation(() => DeletePayload, {
    nullable: true,
    description:
      'Deletes a record and blanks its values in the log for good, for a person who asks to be forgotten. A change ' +
      'ERASED tells readers of the feed. Activities lose its name, unless their other record has or had the same. ' +
      'Titles, notes, the customer that a lead became, and backups stay.',
  })
  async eraseRecord(@Args(() => EraseArgs) args: EraseArgs, @Ctx() { action }: Context): Promise<DeletePayload> {
    return eraseRecord(action, args);
  }
}
