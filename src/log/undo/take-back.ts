import { postgresCode, sql } from '../../platform/database/sql.js';
import { Conflict } from '../../platform/errors.js';
import type { SingleAction } from '../../platform/tenancy/single-action.js';
import { loggedFields } from '../field-changes.js';
import { loggedKinds } from '../record-types.js';
import type { ChangedRecord } from './changed-record.js';
import { contradicting, contradiction } from './invariants.js';
import { usedAmong } from './references.js';
import { send } from './statements.js';
import { batchesOf, type Step, stepsOf } from './steps.js';
import { schemaChanged, storable } from './tables.js';
import { type Failure, keepHistories, type UndoneRecord } from './undone-record.js';

/** Takes back all changes of sound records. Records that fail in one round are left out of the next one. */
export async function takeBack(action: SingleAction, undone: readonly UndoneRecord[]): Promise<void> {
  for (let round = 0; round <= undone.length; round += 1) {
    keepHistories(undone);
    const failures = await failuresOf(action, undone);
    if (!failures.length) return;
    for (const { one, error } of failures) one.fail(error);
  }
  throw new Error('The records of an undo fail again and again');
}

/** The records that cannot be taken back with the others; if there are none, all are. */
async function failuresOf(action: SingleAction, undone: readonly UndoneRecord[]): Promise<Failure[]> {
  const used = await usedAmong(action, undone);
  if (used.length) return used;
  const { steps, lossy } = await storable(action, stepsOf(undone));
  if (lossy.length) return lossy;
  // If the database refuses something, each step by itself tells the records that fail.
  const failures =
    (await attempt(action, (nested) => together(nested, undone, steps))) ??
    (await attempt(action, (nested) => singly(nested, undone, steps)));
  if (!failures) throw new Error('The database refuses an undo without a record that is at fault');
  return failures;
}

/** Rolls an attempt back. */
class TakenBack extends Error {}

/** The failures of an attempt, which is rolled back if there are any; null if the database refuses something. */
async function attempt(
  action: SingleAction,
  work: (nested: SingleAction) => Promise<Failure[]>,
): Promise<Failure[] | null> {
  let failures: Failure[] = [];
  try {
    await action.inSavepoint(async (nested) => {
      failures = await work(nested);
      if (failures.length) throw new TakenBack();
    });
    return failures;
  } catch (error) {
    if (error instanceof TakenBack) return failures;
    if (conflictOf(error)) return null;
    throw error;
  }
}

async function together(
  action: SingleAction,
  undone: readonly UndoneRecord[],
  steps: readonly Step[],
): Promise<Failure[]> {
  for (const batch of batchesOf(steps)) await send(action, batch);
  await checkOrders(action);
  return contradicting(action, undone);
}

async function singly(
  action: SingleAction,
  undone: readonly UndoneRecord[],
  steps: readonly Step[],
): Promise<Failure[]> {
  const failed = new Map<UndoneRecord, Failure>();
  for (const step of steps) {
    if (failed.has(step.of)) continue;
    for (const failure of await tried(action, (nested) => send(nested, [step]), [step.of]))
      failed.set(failure.one, failure);
  }
  if (failed.size) return [...failed.values()];
  const stages = undone.filter((one) => one.isEffective && one.record.type === 'PIPELINE_STAGE');
  const misplaced = await tried(action, checkOrders, stages);
  return misplaced.length ? misplaced : contradicting(action, undone);
}

/** The failures of records on which the database refuses some work; throws if there are none to blame. */
async function tried(
  action: SingleAction,
  work: (nested: SingleAction) => Promise<void>,
  records: readonly UndoneRecord[],
): Promise<Failure[]> {
  try {
    await action.inSavepoint(work);
    return [];
  } catch (error) {
    const conflict = conflictOf(error);
    if (!conflict || !records.length) throw error;
    return records.map((one) => ({ one, error: one.isDeletion ? contradiction() : conflict(one.record) }));
  }
}

/** The order of stages is checked at the commit only. */
const checkOrders = async (action: SingleAction): Promise<void> => {
  await action.query(sql`set constraints all immediate`);
};

/** The conflict that a refusal of the database means for a record; null for other errors. */
function conflictOf(error: unknown): ((record: ChangedRecord) => Conflict) | null {
  const code = String(postgresCode(error));
  if (code === '23503') return () => new Conflict('REFERENCE_GONE', 'The record refers to one that was deleted since');
  if (code === '23505')
    return (record) => new Conflict('VALUE_TAKEN', `Another record has the same ${uniqueField(error, record)} by now`);
  if (code === '23514') return contradiction;
  // A value that is missing, or that does not fit the type of its column.
  if (code === '23502' || code.startsWith('22')) return schemaChanged;
  return null;
}

/** The field of a violated unique key such as `customers_email_key`; PostgreSQL tells no columns under policies. */
function uniqueField(error: unknown, { type, spec }: ChangedRecord): string {
  const { constraint = '' } = ((error as { cause?: object }).cause ?? error) as { constraint?: string };
  const key = constraint.slice(spec.table.length + 1, -'_key'.length);
  const names = [...loggedFields(loggedKinds[type].record).values()].map(({ name }) => name);
  return names.find((name) => name === key || name === `${key}Id`) ?? 'unique value';
}
