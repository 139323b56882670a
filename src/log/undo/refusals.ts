import { postgresCode, sql } from '../../platform/database/sql.js';
import { Conflict } from '../../platform/errors.js';
import type { ActionContext } from '../../platform/tenancy/action-context.js';
import type { StoredRow } from './changed-record.js';
import { contradiction } from './invariants.js';
import { conflictsOver } from './rule-conflicts.js';
import { schemaChanged } from './tables.js';
import { valueTakenBy } from './taken.js';
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
  if (kind === 'CONTRADICTION') {
    const conflicts = await conflictsOver(context, [one], columnsOfCheck(one, constraint));
    return { one, error: contradiction(), conflicts: conflicts.get(one.record.id) };
  }
  if (kind === 'SCHEMA_CHANGED') return { one, error: schemaChanged() };
  if (kind === 'VALUE_TAKEN') return valueTakenBy(context, one, constraint);
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

/** A statement for the columns that a check reads. */
const columnsOfCheck = ({ record }: UndoneRecord, constraint: string) => sql`
  select a.attname
  from pg_constraint k
  join pg_attribute a on a.attrelid = k.conrelid and a.attnum = any(k.conkey)
  where k.conname = ${constraint}
    and k.conrelid = to_regclass(${record.spec.table})`;
