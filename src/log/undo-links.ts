import type { GraphQLResolveInfo } from 'graphql';
import { Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { sql } from '../platform/database/sql.js';
import type { Context } from '../platform/graphql/context.js';
import type { Reader } from '../platform/reading/reader.js';
import { Selection } from '../platform/reading/selection.js';
import { ChangeSet } from './change-set.js';
import { namedSets } from './seen.js';

@Resolver(() => ChangeSet)
export class UndoLinks {
  @FieldResolver(() => ChangeSet, {
    nullable: true,
    description:
      'The change set that was undone; null unless `source` is UNDO, and for callers who see none of its changes.',
  })
  undoes(@Root() { undoes }: { undoes: string | null }, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return undoes && read.load(info, undoes, (ids) => setsById(read, ids, info));
  }

  @FieldResolver(() => ChangeSet, {
    nullable: true,
    description:
      'The latest change set that undid these changes and was not undone itself; null if there is none, and for ' +
      'callers who see none of its changes.',
  })
  undoneBy(@Root() { id }: ChangeSet, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.load(info, id, async (ids) => {
      const undos = await undosOf(read, ids);
      const sets = await setsById(read, [...new Set(undos.flat())], info);
      const visible = new Map(sets.flatMap((set) => (set ? [[set.id, set]] : [])));
      return undos.map((found) => visible.get(found.find((undo) => visible.has(undo)) ?? '') ?? null);
    });
  }
}

async function setsById(read: Reader, ids: readonly string[], info: GraphQLResolveInfo) {
  const found = await read.byKeys(ChangeSet, 'id', ids, Selection.of(info), { narrowing: namedSets(read.viewer) });
  return ids.map((id) => {
    const row = found.get(id)?.[0];
    return row ? Object.assign(row, { id }) : null;
  });
}

/** Longest chain of undos of undos that is followed. */
const longestChain = 1000;

/** For each change set the undos that still hold, the latest one first. */
async function undosOf(read: Reader, ids: readonly string[]): Promise<string[][]> {
  const organizationId = read.viewer.organization?.id ?? null;
  const undos = await read.query<{ id: string; undoes: string }>(sql`
    with recursive undos as (
      select c.id, c.undoes_id, 1 as depth
      from change_sets c
      where c.organization_id = ${organizationId}::uuid
        and c.undoes_id = any(${ids}::uuid[])
      union
      select c.id, c.undoes_id, u.depth + 1
      from undos u
      join change_sets c on c.organization_id = ${organizationId}::uuid and c.undoes_id = u.id
      where u.depth < ${longestChain}
    )
    select distinct id, undoes_id as undoes
    from undos
    order by id desc`);
  const holding = new Map<string, string[]>();
  // An undo comes after what it undoes, so its own undos are known before it.
  for (const { id, undoes } of undos) if (!holding.has(id)) holding.set(undoes, [...(holding.get(undoes) ?? []), id]);
  return ids.map((id) => holding.get(id) ?? []);
}
