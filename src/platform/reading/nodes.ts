import type { GraphQLObjectType, GraphQLResolveInfo } from 'graphql';
import type { Class } from '../class.js';
import { and, column, sql } from '../database/sql.js';
import type { TypedRow } from '../records/node.js';
import { type RecordSpec, recordOf } from '../records/record.js';
import { base, from } from './projection.js';
import type { Narrowing, Reader } from './reader.js';
import { Selection } from './selection.js';

/** The rows of a record that the viewer may read by their ids. */
export interface ReadableRows {
  type: Class;
  narrowing?: Narrowing;
  /** Rows of every organization that the narrowing lets through. */
  everywhere?: boolean;
}

interface Kind extends ReadableRows {
  record: RecordSpec;
  selection: Selection;
}

/**
 * Records by their ids, in that order, with null for those that the viewer cannot read. One statement finds the types,
 * and one statement for each type reads its records. If the selection names fields of one type only, that type is read
 * first: often all ids are of that type, e.g. when a client refetches a record, and no other statement is needed.
 */
export async function readNodes(
  read: Reader,
  readable: readonly ReadableRows[],
  ids: readonly string[],
  info: GraphQLResolveInfo,
): Promise<(TypedRow | null)[]> {
  const found = new Map<string, TypedRow>();
  const missing = () => [...new Set(ids)].filter((id) => !found.has(id));
  const find = async (kind: Kind, wanted: readonly string[]): Promise<void> => {
    const rows = await read.byKeys(kind.type, 'id', wanted, kind.selection, kind);
    for (const [id, [row]] of rows) found.set(id, Object.assign(row!, { id, __typename: kind.record.name }));
  };

  const kinds = readable.map((rows): Kind => {
    const record = recordOf(rows.type);
    const type = info.schema.getType(record.name) as GraphQLObjectType;
    return { ...rows, record, selection: Selection.ofType(info, type) };
  });
  const selected = kinds.filter(({ selection }) => !isKnownByType(selection));
  const likely = selected.length === 1 ? selected[0] : undefined;
  if (likely) await find(likely, missing());

  const remaining = kinds.filter((kind) => kind !== likely);
  if (missing().length > 0 && remaining.length > 0) {
    const places = await placesOf(read, remaining, missing());
    await Promise.all(
      [...Map.groupBy(places, ({ type }) => type)].map(async ([type, placesOfType]) => {
        const kind = remaining.find(({ record }) => record.name === type)!;
        const wanted = placesOfType.map(({ id }) => id);
        if (!isKnownByType(kind.selection)) await find(kind, wanted);
        else for (const id of wanted) found.set(id, { id, __typename: type });
      }),
    );
  }
  return ids.map((id) => found.get(id) ?? null);
}

/** Whether only the id and the type are selected. */
const isKnownByType = (selection: Selection): boolean =>
  [...selection.names()].every((name) => name === 'id' || name === '__typename');

interface Place {
  type: string;
  id: string;
}

/** Finds the type of each id: one lookup by primary key in each table. */
async function placesOf(read: Reader, kinds: readonly Kind[], ids: readonly string[]): Promise<Place[]> {
  const id = column(base, 'id');
  const wanted = ids.length === 1 ? sql`${id} = ${ids[0]}::uuid` : sql`${id} = any(${ids}::uuid[])`;
  const tables = kinds.map(({ record, narrowing, everywhere }) => {
    const rows = and([...(everywhere ? [] : read.tenant(record)), wanted, ...(narrowing ? [narrowing(base)] : [])]);
    return sql`
      select ${sql.raw(`'${record.name}'`)} as type, ${id}
      from ${from(record)}
      where ${rows}`;
  });
  return read.query<Place>(sql.join(tables, ' union all '));
}
