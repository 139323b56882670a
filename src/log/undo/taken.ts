import { holds } from '../../platform/auth/viewer.js';
import { and, type Fragment, sql } from '../../platform/database/sql.js';
import { Conflict } from '../../platform/errors.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';
import { loggedFields } from '../field-changes.js';
import { loggedKinds } from '../record-types.js';
import type { Failure, UndoneRecord } from './undone-record.js';

/** The columns of a unique index. */
interface Key {
  columns: string[];
  /** The condition of a partial index. */
  condition: string | null;
}

/**
 * Records whose former unique values now belong to records that the undo leaves alone. They fail in any case, and
 * thousands of them cost as many statements as one.
 */
export async function takenAmong(context: ActionContext, undone: readonly UndoneRecord[]): Promise<Failure[]> {
  const effective = undone.filter((one) => one.isEffective);
  const except = effective.map(({ record }) => record.id);
  const failures: Failure[] = [];
  const returning = effective.filter((one) => !one.isDeletion);
  for (const [table, ofTable] of Map.groupBy(returning, ({ record }) => record.spec.table)) {
    // The order of stages is checked at the commit only.
    const areChecked = sql`
      i.indrelid = to_regclass(${table}) and i.indisunique and i.indimmediate and not i.indisprimary`;
    const rows = formerRows(ofTable);
    for (const key of await keysWhere(context, areChecked)) {
      const holders = await holdersOf(context, table, rows, key, except);
      for (const one of ofTable) {
        const holder = holders.get(one.record.id);
        if (holder) failures.push(valueTaken(context, one, key, holder));
      }
    }
  }
  return failures;
}

/** The conflict of a record whose former values a unique index refuses. */
export async function valueTakenBy(context: ActionContext, one: UndoneRecord, index: string): Promise<Failure> {
  const [key = { columns: [], condition: null }] = await keysWhere(context, sql`i.indexrelid = to_regclass(${index})`);
  const holders = await holdersOf(context, one.record.spec.table, formerRows([one]), key, []);
  return valueTaken(context, one, key, holders.get(one.record.id));
}

function valueTaken(
  { viewer }: ActionContext,
  one: UndoneRecord,
  { columns, condition }: Key,
  holder: string | undefined,
): Failure {
  const { type } = one.record;
  const own = columns.filter((column) => !['organization_id', 'pipeline_id'].includes(column));
  const column = (own.at(-1) ?? condition?.match(/is_\w+/)?.[0] ?? '').replace(/_sort$/, '');
  const field = loggedFields(loggedKinds[type].record).get(column)?.name ?? 'unique value';
  const seen = holder && holds(viewer, loggedKinds[type].permission) ? { existingId: holder } : {};
  const error = new Conflict('VALUE_TAKEN', `Another record has the same ${field} by now`, seen);
  return { one, error, conflicts: one.conflictOn(column, { obstacle: one.record.obstacleOn(column, holder) }) };
}

const keysWhere = (context: ActionContext, condition: Fragment): Promise<Key[]> =>
  context.query<Key>(sql`
    select array(
        select a.attname::text
        from unnest(i.indkey::smallint[]) with ordinality as k(number, place)
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
        order by k.place
      ) as columns,
      pg_get_expr(i.indpred, i.indrelid) as condition
    from pg_index i
    where ${condition}`);

const formerRows = (ofTable: readonly UndoneRecord[]): string =>
  JSON.stringify(ofTable.map(({ former, record }) => ({ ...former, id: record.id })));

/** By record, the id of another one that has the former values of a unique key; `rows` are all of one table. */
async function holdersOf(
  context: ActionContext,
  tableName: string,
  rows: string,
  { columns, condition }: Key,
  except: readonly string[],
): Promise<Map<string, string>> {
  if (!columns.length) return new Map();
  const table = sql.ref(tableName);
  const isIndexed = condition ? sql.raw(condition) : sql`true`;
  const equal = columns.map((column): Fragment => {
    const value = column.endsWith('_sort')
      ? sql`folded(former.${sql.ref(column.slice(0, -'_sort'.length))})`
      : sql`former.${sql.ref(column)}`;
    return sql`t.${sql.ref(column)} = ${value}`;
  });
  const found = await context.query<{ id: string; holder: string }>(sql`
    select distinct on (former.id) former.id, t.id as holder
    from (
      select *
      from jsonb_populate_recordset(null::${table}, ${rows}::jsonb)
      where ${isIndexed}
    ) as former
    join (select * from ${table} where ${isIndexed}) as t on ${and(equal)}
    where t.organization_id = ${organizationOf(context).id}::uuid
      and t.id <> former.id
      and t.id <> all(${except}::uuid[])
    order by former.id, t.id`);
  return new Map(found.map(({ id, holder }) => [id, holder]));
}
