import type { GraphQLResolveInfo } from 'graphql';
import {
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  Info,
  ObjectType,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import type { Context } from '../../platform/graphql/context.js';
import { checkSubscription } from '../../platform/graphql/middleware.js';
import { Selection } from '../../platform/reading/selection.js';
import { checkList } from '../../platform/records/check-list.js';
import { type Filter, filterTypeOf } from '../../platform/records/filters.js';
import { Ruled } from '../../platform/records/inputs.js';
import { Change } from '../change.js';
import { LogCursors, momentOf } from '../position.js';
import { visibleChanges } from '../seen.js';
import type { LiveEvent } from './page.js';
import { isPersonal } from './rights-keys.js';
import { changesFor } from './subscription.js';

@ArgsType()
class LiveArgs {
  @Field(() => String, {
    description:
      'Continues after this cursor, of an earlier event, of the feed or of `changeCursor`; begins with the present ' +
      'moment by default. The header `Last-Event-ID` of Server-Sent Events comes first.',
    nullable: true,
  })
  after?: string | null;

  @Ruled(({ filter }: LiveArgs) => checkList({ filter }))
  @Field(() => filterTypeOf(Change), {
    description: 'Sends only changes that match this filter; all by default.',
    nullable: true,
  })
  filter?: Filter | null;
}

@ObjectType({ simpleResolvers: true, description: 'An event of `changeAdded`.' })
class ChangeEvent {
  @Field(() => String, { description: 'Pass it as `after` to continue after this event.' })
  cursor!: string;

  changeId!: string | null;
}

/** Begins a subscription. Throws if its arguments are refused. */
async function subscribe(args: Partial<LiveArgs>, context: Context, info: GraphQLResolveInfo) {
  checkSubscription(args, context, info);
  const { services, subscriber, read, viewer } = context;
  const cursor = context.facts.lastEventId || args.after;
  const cursors = new LogCursors(services.seal, viewer.organization!.id, services.logRetentionDays);
  return changesFor({
    services,
    subscriber: subscriber!,
    filter: args.filter ?? null,
    after: cursor == null ? null : cursors.read(cursor, await momentOf(read)),
    isPersonal: isPersonal(info),
  });
}

@Resolver(() => ChangeEvent)
export class LiveResolver {
  @Subscription(() => ChangeEvent, {
    description:
      'Sends every change that the caller may see within moments of its commit, in the order of the feed. With ' +
      '`after`, first sends what was missed, so that nothing is lost and nothing comes twice. An event without a ' +
      'change says that all before its cursor is sent; it comes at least every 15 seconds. After an error, subscribe ' +
      'again after the last cursor.',
    subscribe: ({ args, context, info }) => subscribe(args, context as Context, info),
  })
  changeAdded(@Args(() => LiveArgs) _args: LiveArgs, @Root() event: LiveEvent): LiveEvent {
    return event;
  }

  @FieldResolver(() => Change, {
    nullable: true,
    description: 'The change; null in an event that only tells how far the stream has come.',
  })
  change(@Root() { changeId }: LiveEvent, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    if (!changeId) return null;
    return read.load(info, changeId, async (ids) => {
      const narrowing = visibleChanges(read.viewer);
      const found = await read.byKeys(Change, 'id', ids, Selection.of(info), { narrowing });
      return ids.map((id) => found.get(id)?.[0] ?? null);
    });
  }
}
