import type { EntityProperty } from '@mikro-orm/core';
import type { Constructor } from '../class.js';
import { type EntityManager, send } from './orm.js';
import { and, type Fragment, sql } from './sql.js';

export type Lock = 'update' | 'share' | 'none';

const locks = { update: sql.raw(' for update'), share: sql.raw(' for share'), none: sql.raw('') };

/**
 * Entities of the transaction by a condition on their table, ordered by id. The first lookup that locks an entity
 * refreshes it. Later lookups do not, since a refresh would overwrite changes that are not flushed yet.
 */
export async function entities<Entity extends object>(
  em: EntityManager,
  type: Constructor<Entity>,
  condition: Fragment,
  lock: Lock,
): Promise<Entity[]> {
  const { table, columns, key } = sourceOf(em, type);
  const rows = await send<Record<string, never>>(em, selection(columns, table, condition, lock));
  const loaded = em.getUnitOfWork();
  return rows.map((row) => {
    const known = loaded.getById(
      type,
      key.map((column) => row[column]!),
    ) as Entity | undefined;
    if (known && (lock === 'none' || locked.has(known))) return known;
    const entity = em.map(type, row) as Entity;
    if (lock === 'update') locked.add(entity);
    return entity;
  });
}

const locked = new WeakSet<object>();

/**
 * Read-only records with the named properties only. The ORM does not manage them: it neither wraps their properties nor
 * compares them on a flush.
 */
export async function readOnly<Entity extends object>(
  em: EntityManager,
  type: Constructor<Entity>,
  names: readonly (keyof Entity & string)[],
  condition: Fragment,
  lock: Lock,
): Promise<Readonly<Entity>[]> {
  const { tableName } = em.getMetadata().get(type);
  const columns = names.map((name) => sql`${columnOf(em, type, name).ref} as ${sql.ref(name)}`);
  const rows = await send<object>(em, selection(sql.join(columns), sql.ref(tableName), condition, lock));
  return rows.map((row) => Object.freeze(Object.assign(Object.create(type.prototype) as Entity, row)));
}

/** A condition for rows of an organization that match any of `values`, all of which name the same properties. */
export function withValues(
  em: EntityManager,
  type: Constructor<object>,
  organizationId: string,
  values: readonly Record<string, unknown>[],
): Fragment {
  const scope = sql`organization_id = ${organizationId}::uuid`;
  const columns = Object.keys(values[0]!).map((name) => ({ name, ...columnOf(em, type, name) }));
  // Plain comparisons for a single row: PostgreSQL would plan a statement with an array on every execution.
  if (values.length === 1)
    return and([scope, ...columns.map(({ name, ref, type: of }) => sql`${ref} = ${values[0]![name]}::${of}`)]);
  const lists = columns.map(({ name, type: of }) => sql`${values.map((row) => row[name])}::${of}[]`);
  if (columns.length === 1) return sql`${scope} and ${columns[0]!.ref} = any(${lists[0]!})`;
  const names = sql.join(columns.map(({ ref }) => ref));
  return sql`${scope} and (${names}) in (select * from unnest(${sql.join(lists)}))`;
}

function columnOf(em: EntityManager, type: Constructor<object>, name: string): { ref: Fragment; type: Fragment } {
  const { properties } = em.getMetadata().get(type);
  const { fieldNames, columnTypes } = (properties as Record<string, EntityProperty>)[name]!;
  return { ref: sql.ref(fieldNames[0]!), type: sql.raw(columnTypes[0]!) };
}

const selection = (columns: Fragment, table: Fragment, condition: Fragment, lock: Lock): Fragment =>
  sql`select ${columns} from ${table} where ${condition} order by id${locks[lock]}`;

interface Source {
  table: Fragment;
  columns: Fragment;
  /** Columns of the primary key, in its order. */
  key: string[];
}

const sources = new Map<Constructor<object>, Source>();

/** The table and its columns, without those that the database generates, since no action changes them. */
function sourceOf(em: EntityManager, type: Constructor<object>): Source {
  const known = sources.get(type);
  if (known) return known;
  const { tableName, props } = em.getMetadata().get(type);
  const stored = (props as EntityProperty[]).filter(({ persist, generated }) => persist !== false && !generated);
  const columns = stored.flatMap(({ fieldNames }) => fieldNames.map(sql.ref));
  const key = (em.getMetadata().get(type).getPrimaryProps() as EntityProperty[]).flatMap(
    ({ fieldNames }) => fieldNames,
  );
  const source = { table: sql.ref(tableName), columns: sql.join(columns), key };
  sources.set(type, source);
  return source;
}
