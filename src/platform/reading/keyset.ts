import { demand, type Viewer } from '../auth/viewer.js';
import { column, type Fragment, or, sql } from '../database/sql.js';
import { type ListArguments, type SortKey, usualRows } from '../records/lists.js';
import { columnOf, constantCase, hasSortColumn, type PropertySpec, sortedOf } from '../records/property.js';
import type { RecordSpec } from '../records/record.js';

/** The part of a list that a page shows. */
export type Window =
  | { mode: 'cursor'; size: number; backward: boolean; cursor: string | null }
  | { mode: 'page'; size: number; page: number };

export function windowOf({ first, after, last, before, page, pageSize }: ListArguments): Window {
  if (page != null || pageSize != null) return { mode: 'page', page: page ?? 1, size: pageSize ?? usualRows };
  const backward = last != null || (before != null && first == null);
  return {
    mode: 'cursor',
    size: (backward ? last : first) ?? usualRows,
    backward,
    cursor: (backward ? before : after) ?? null,
  };
}

/** The requested or default order. It always ends with `id`, in the direction of the last key. */
export function orderOf(record: RecordSpec, { orderBy }: ListArguments): SortKey[] {
  const fallback = record.defaultOrder ?? [{ field: 'CREATED_AT', direction: 'DESC' }];
  const keys: SortKey[] = orderBy?.length ? orderBy : fallback;
  const { field, direction } = keys.at(-1)!;
  return field === 'ID' ? keys : [...keys, { field: 'ID', direction }];
}

/** One sort key as SQL, in the direction of travel. */
export interface Key {
  value: Fragment;
  /** PostgreSQL type of the value, to cast the text of a cursor. */
  type: string;
  nullable: boolean;
  descending: boolean;
  nullsFirst: boolean;
}

/** The keys of an order; `backward` reverses all of them. */
export function keysOf(record: RecordSpec, order: SortKey[], alias: string, viewer: Viewer, backward: boolean): Key[] {
  return order.map(({ field, direction, nulls }) => ({
    ...sortValueOf(record, field, alias, viewer),
    descending: (direction === 'DESC') !== backward,
    nullsFirst: (nulls === 'FIRST') !== backward,
  }));
}

function sortValueOf(
  record: RecordSpec,
  field: string,
  alias: string,
  viewer: Viewer,
): Pick<Key, 'value' | 'type' | 'nullable'> {
  if (field === 'ID') return { value: column(alias, 'id'), type: 'uuid', nullable: false };
  const sortKey = record.sortKeys?.[field];
  if (sortKey) {
    if (sortKey.permission) demand(viewer, sortKey.permission);
    return { value: sortKey.value(alias, viewer), type: sortKey.type, nullable: true };
  }
  const spec = [...record.properties.values()].find(({ name, order }) => order && constantCase(name) === field)!;
  if (spec.permission) demand(viewer, spec.permission);
  const { type, value } = sortKeyOf(spec);
  return { value: value(alias, viewer), type, nullable: spec.nullable ?? spec.sorted !== undefined };
}

/** The value by which a property sorts, with its PostgreSQL type. */
export function sortKeyOf(spec: PropertySpec): { type: string; value: (alias: string, viewer: Viewer) => Fragment } {
  if (hasSortColumn(spec)) {
    const type = spec.kind === 'text' ? 'text' : spec.kind === 'enum' ? 'integer' : 'bigint';
    return { type, value: (alias) => column(alias, `${columnOf(spec)}_sort`) };
  }
  const types = {
    instant: 'timestamptz',
    date: 'date',
    int: 'integer',
    boolean: 'boolean',
    decimal: 'numeric',
  } as Record<string, string>;
  const { kind, sql: computed } = sortedOf(spec);
  return {
    type: types[kind] ?? 'text',
    value: (alias, viewer) => computed?.({ table: sql.ref(alias), viewer }) ?? column(alias, columnOf(spec)),
  };
}

export function orderByClause(keys: Key[]): Fragment {
  return sql.join(
    keys.map(({ value, descending, nullable, nullsFirst }) => {
      const direction = descending ? sql`desc` : sql`asc`;
      if (!nullable) return sql`${value} ${direction}`;
      return sql`${value} ${direction} ${nullsFirst ? sql`nulls first` : sql`nulls last`}`;
    }),
  );
}

/** Rows after the row with these sort values, in the order of the keys. */
export function afterCondition(keys: Key[], values: (string | null)[]): Fragment {
  const typed = keys.map(({ type }, n) => sql`${values[n]}::${sql.raw(type)}`);
  const oneWay = keys.every(({ nullable, descending }) => !nullable && descending === keys[0]!.descending);
  if (oneWay) {
    const comparison = keys[0]!.descending ? sql`<` : sql`>`;
    return sql`(${sql.join(keys.map(({ value }) => value))}) ${comparison} (${sql.join(typed)})`;
  }
  const steps = keys.map((key, n) => {
    const before = keys.slice(0, n).map((same, m) => equal(same, values[m]!, typed[m]!));
    return sql`(${sql.join([...before, beyond(key, values[n]!, typed[n]!)], ' and ')})`;
  });
  return or(steps);
}

function equal({ value }: Key, position: string | null, typed: Fragment): Fragment {
  return position === null ? sql`${value} is null` : sql`${value} = ${typed}`;
}

function beyond({ value, nullable, descending, nullsFirst }: Key, position: string | null, typed: Fragment): Fragment {
  if (position === null) return nullsFirst ? sql`${value} is not null` : sql`false`;
  const further = descending ? sql`${value} < ${typed}` : sql`${value} > ${typed}`;
  return nullable && !nullsFirst ? sql`(${further} or ${value} is null)` : further;
}
