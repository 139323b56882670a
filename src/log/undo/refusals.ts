import { holds } from '../../platform/auth/viewer.js';
import { and, type Fragment, postgresCode, sql } from '../../platform/database/sql.js';
import { Conflict } from '../../platform/errors.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';
import { loggedFields } from '../field-changes.js';
import { loggedKinds } from '../record-types.js';
import type { FieldConflict, StoredRow } from './changed-record.js';
import { contradiction } from './invariants.js';
import { isLaterByOthers } from './later-sets.js';
import { schemaChanged } from './tables.js';
import type { Failure, UndoneRecord } from './undone-record.js';

type Kind = 'REFERENCE_GONE' | 'VALUE_TAKEN' | 'CONTRADICTION' | 'SCHEMA_CHANGED';

/** The error of an undo that the database refuses; null for other errors. */
export function kindOfRefusal(error: unknown): Kind | null {
  const code = String(postgresCode(error));
  if (code === '23503') return 'REFERENCE_GONE';
  if (code === '23505') return 'VALUE_TAKEN';
  if (code === '23514') return 'CONTRADICTION';
  // A value that is missing, or that does not fit the type of its column.
  return code === '23502' || code.startsWith('22') ? 'SCHEMA_CHANGED' : null;
}

/** The conflict of a record whose values the database refuses, with the field at fault as far as a constraint tells. */
export async function failureOf(
  context: ActionContext,
  one: UndoneRecord,
  error: unknown,
  row: StoredRow = one.former,
): Promise<Failure> {
  const kind = kindOfRefusal(error);
  const { constraint = '' } = ((error as { cause?: object }).cause ?? error) as { constraint?: string };
  if (one.isDeletion) return { one, error: contradiction() };
  if (kind === 'CONTRADICTION')
    return { one, error: contradiction(), conflicts: await conflictsOfCheck(context, one, constraint) };
  if (kind === 'SCHEMA_CHANGED') return { one, error: schemaChanged() };
  if (kind === 'VALUE_TAKEN') return valueTaken(context, one, constraint);
  const column = columnOf(one, constraint);
  return referenceGone(one, column, row[column]);
}

/** Names of foreign keys are like `customers_organization_id_assigned_to_id_foreign`. */
const columnOf = ({ record }: UndoneRecord, constraint: string): string =>
  constraint.slice(record.spec.table.length + 1, -'_foreign'.length).replace(/^organization_id_/, '');

/** The conflict of a record that would refer by this value to one that is not there. */
export function referenceGone(one: UndoneRecord, column: string, value: unknown): Failure {
  const error = new Conflict('REFERENCE_GONE', 'The record refers to one that was deleted since');
  const obstacle = one.record.obstacleOn(column, typeof value === 'string' ? value : undefined);
  return { one, error, conflicts: one.conflictOn(column, { obstacle }) };
}

/** The conflicts of a check that the former values break: its columns that others have changed since. */
async function conflictsOfCheck(
  context: ActionContext,
  one: UndoneRecord,
  constraint: string,
): Promise<FieldConflict[]> {
  const { record } = one;
  const columns = await context.query<{ name: string; expected: unknown }>(sql`
    select a.attname as name, later.before -> a.attname as expected
    from pg_constraint k
    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = any(k.conkey)
    cross join lateral (
      select c.before
      from changes c
      where c.organization_id = ${organizationOf(context).id}::uuid
        and c.record_id = ${record.id}::uuid
        and ${isLaterByOthers('c', sql`${record.last.id}::uuid`)}
        and c.after ? a.attname
      order by c.id
      limit 1
    ) as later
    where k.conname = ${constraint}
      and k.conrelid = to_regclass(${record.spec.table})`);
  return columns.flatMap(({ name, expected }) => one.conflictOn(name, { expected }));
}

async function valueTaken(context: ActionContext, one: UndoneRecord, constraint: string): Promise<Failure> {
  const { type } = one.record;
  const { columns, condition } = await keyNamed(context, constraint);
  const own = columns.filter((column) => !['organization_id', 'pipeline_id'].includes(column));
  const column = (own.at(-1) ?? condition?.match(/is_\w+/)?.[0] ?? '').replace(/_sort$/, '');
  const field = loggedFields(loggedKinds[type].record).get(column)?.name ?? 'unique value';
  const holder = await holderOf(context, one, columns, condition);
  const seen = holder && holds(context.viewer, loggedKinds[type].permission) ? { existingId: holder } : {};
  const error = new Conflict('VALUE_TAKEN', `Another record has the same ${field} by now`, seen);
  return { one, error, conflicts: one.conflictOn(column, { obstacle: one.record.obstacleOn(column, holder) }) };
}

interface Key {
  columns: string[];
  /** The condition of a partial index. */
  condition: string | null;
}

async function keyNamed(context: ActionContext, name: string): Promise<Key> {
  const [key] = await context.query<Key>(sql`
    select array(
        select a.attname::text
        from unnest(i.indkey::smallint[]) with ordinality as k(number, place)
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
        order by k.place
      ) as columns,
      pg_get_expr(i.indpred, i.indrelid) as condition
    from pg_index i
    where i.indexrelid = to_regclass(${name})`);
  return key ?? { columns: [], condition: null };
}

/** Id of the other record that has the former values of a unique key. */
async function holderOf(
  context: ActionContext,
  { record, former }: UndoneRecord,
  columns: readonly string[],
  condition: string | null,
): Promise<string | undefined> {
  if (!columns.length) return undefined;
  const name = sql.ref(record.spec.table);
  const equal = columns.map((column): Fragment => {
    const value = column.endsWith('_sort')
      ? sql`folded(former.${sql.ref(column.slice(0, -'_sort'.length))})`
      : sql`former.${sql.ref(column)}`;
    return sql`t.${sql.ref(column)} = ${value}`;
  });
  const [found] = await context.query<{ id: string }>(sql`
    select t.id
    from (select * from ${name} where ${condition ? sql.raw(condition) : sql`true`}) as t,
      jsonb_populate_record(null::${name}, ${JSON.stringify(former)}::jsonb) as former
    where ${and([sql`t.organization_id = ${organizationOf(context).id}::uuid`, ...equal])}
      and t.id <> ${record.id}::uuid
    limit 1`);
  return found?.id;
}
