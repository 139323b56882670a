import type { EntityProperty } from '@mikro-orm/core';
import { CompiledQuery } from 'kysely';
import type { EntityManager } from './orm.js';
import { compile, type Fragment, sql } from './sql.js';

export type Lock = 'update' | 'share' | 'none';

const locks = { update: sql.raw(' for update'), share: sql.raw(' for share'), none: sql.raw('') };

type Type<Entity> = { new (): Entity };

/**
 * Entities of the transaction by a condition on their table, in order of their ids. Those loaded before are read again when
 * they are locked. The statement is the same whatever its values, so that it is prepared; the ORM's own are not.
 */
export async function entities<Entity extends object>(
  em: EntityManager,
  type: Type<Entity>,
  condition: Fragment,
  lock: Lock,
): Promise<Entity[]> {
  const { table, columns } = sourceOf(em, type);
  const { text, values } = compile(sql`select ${columns} from ${table} where ${condition} order by id${locks[lock]}`);
  const { rows } = await em.getTransactionContext().executeQuery(CompiledQuery.raw(text, values));
  const loaded = em.getUnitOfWork();
  return rows.map((row: { id: never }) => {
    const known = lock === 'none' ? (loaded.getById(type, row.id) as Entity | undefined) : undefined;
    return known ?? em.map(type, row as never);
  });
}

const sources = new Map<Type<object>, { table: Fragment; columns: Fragment }>();

/** What the database generates, nobody changes. */
function sourceOf(em: EntityManager, type: Type<object>) {
  const known = sources.get(type);
  if (known) return known;
  const { tableName, props } = em.getMetadata().get(type);
  const stored = (props as EntityProperty[]).filter(({ persist, generated }) => persist !== false && !generated);
  const columns = stored.flatMap(({ fieldNames }) => fieldNames.map(sql.ref));
  const source = { table: sql.ref(tableName), columns: sql.join(columns) };
  sources.set(type, source);
  return source;
}
