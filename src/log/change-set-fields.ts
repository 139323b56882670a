import type { GraphQLObjectType, GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, createUnionType, Field, FieldResolver, Info, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { ApiKey, seesApiKeys } from '../crm/api-keys/api-key.js';
import { User } from '../crm/users/user.js';
import type { Class } from '../platform/class.js';
import { sql } from '../platform/database/sql.js';
import type { Context } from '../platform/graphql/context.js';
import type { Reader } from '../platform/reading/reader.js';
import { Selection } from '../platform/reading/selection.js';
import { listArgumentsOf } from '../platform/records/list-arguments.js';
import { connectionOf, type ListArguments } from '../platform/records/lists.js';
import type { TypedRow } from '../platform/records/node.js';
import { Change } from './change.js';
import { ChangeAction } from './change-action.js';
import { ChangeSet, type StoredActor } from './change-set.js';
import { RecordType, visibleTypes } from './record-types.js';
import { visibleChanges } from './seen.js';

const Actor = createUnionType({
  name: 'Actor',
  description: 'A user or an API key, as the author of changes.',
  types: () => [User, ApiKey] as const,
});

@ObjectType({ simpleResolvers: true, description: 'Number of changes of one kind to records of one type.' })
class ChangeCount {
  @Field(() => RecordType, { description: 'The type of the records.' })
  recordType!: RecordType;

  @Field(() => ChangeAction, { description: 'The kind of the changes.' })
  action!: ChangeAction;

  @Field(() => Int, { description: 'Number of the changes.' })
  count!: number;
}

const ChangeList = listArgumentsOf(Change);

@Resolver(() => ChangeSet)
export class ChangeSetFields {
  @FieldResolver(() => Actor, {
    nullable: true,
    description:
      'The user or API key that made the changes; null without an author, for former members, and if the caller ' +
      'cannot see the author.',
  })
  actor(
    @Root() { actor: { userId, apiKeyId } }: { actor: StoredActor },
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TypedRow | null> | null {
    const key = userId ? `User ${userId}` : apiKeyId && `ApiKey ${apiKeyId}`;
    return key ? read.load(info, key, (keys) => actorsOf(read, keys, info)) : null;
  }

  @FieldResolver(() => [ChangeCount], {
    description: 'Numbers of the changes that the caller may see, by type of record and kind of change.',
  })
  counts(@Root() { id }: ChangeSet, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.load(info, id, (ids) => countsOf(read, ids));
  }

  @FieldResolver(() => connectionOf(Change), {
    nullable: true,
    description: 'The changes of the set that the caller may see, the last one first.',
  })
  changes(
    @Root() { id }: ChangeSet,
    @Args(() => ChangeList) args: ListArguments,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return read.children(Change, 'changeSet', id, args, info, visibleChanges(read.viewer));
  }
}

async function actorsOf(read: Reader, keys: readonly string[], info: GraphQLResolveInfo): Promise<(TypedRow | null)[]> {
  const found = new Map<string, TypedRow>();
  const find = async (type: Class, name: string) => {
    const ids = keys.filter((key) => key.startsWith(`${name} `)).map((key) => key.slice(name.length + 1));
    if (!ids.length) return;
    const selection = Selection.ofType(info, info.schema.getType(name) as GraphQLObjectType);
    for (const [id, [row]] of await read.byKeys(type, 'id', ids, selection))
      found.set(`${name} ${id}`, Object.assign(row!, { id, __typename: name }));
  };
  await Promise.all([find(User, 'User'), seesApiKeys(read.viewer) && find(ApiKey, 'ApiKey')]);
  return keys.map((key) => found.get(key) ?? null);
}

async function countsOf(read: Reader, ids: readonly string[]): Promise<ChangeCount[][]> {
  const rows = await read.query<ChangeCount & { set: string }>(sql`
    select change_set_id as set, record_type as "recordType", action, count(*)::integer as count
    from changes
    where organization_id = ${read.viewer.organization?.id ?? null}::uuid
      and change_set_id = any(${ids}::uuid[])
      and record_type = any(${visibleTypes(read.viewer)}::text[])
    group by 1, 2, 3
    order by 1, 2, 3`);
  const bySet = Map.groupBy(rows, ({ set }) => set);
  return ids.map((id) => bySet.get(id) ?? []);
}
