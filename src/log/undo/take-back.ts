import { postgresCode, sql } from '../../platform/database/sql.js';
import { Conflict } from '../../platform/errors.js';
import type { SingleAction } from '../../platform/tenancy/single-action.js';
import { loggedFields } from '../field-changes.js';
import { loggedKinds } from '../record-types.js';
import { takeBack } from './apply.js';
import { keepHistories, type UndoneRecord } from './checks.js';
import type { ChangedRecord } from './plan.js';
import { refuseUsed } from './references.js';
import { contradiction, refuseContradictions } from './rules.js';
import { batchesOf, type Step, stepsOf } from './steps.js';

/**
 * Takes back all changes of sound records. If something refuses them, each step is tried by itself, which tells the
 * records that fail; then the others are taken back without these.
 */
export async function takeBackAll(action: SingleAction, undone: readonly UndoneRecord[]): Promise<void> {
  const failures = () => undone.filter(({ error }) => error).length;
  for (;;) {
    keepHistories(undone);
    await refuseUsed(action, undone);
    keepHistories(undone);
    const steps = stepsOf(undone);
    const before = failures();
    if (await succeeds(action, (nested) => together(nested, undone, steps))) return;
    if (failures() > before) continue;
    if (await succeeds(action, (nested) => singly(nested, undone, steps))) return;
  }
}

/** Rolls an attempt back. */
class Refused extends Error {}

/** Whether an attempt succeeds; otherwise it is rolled back. */
async function succeeds(action: SingleAction, attempt: (nested: SingleAction) => Promise<void>): Promise<boolean> {
  try {
    await action.inSavepoint(attempt);
    return true;
  } catch (error) {
    if (error instanceof Refused || violated(error)) return false;
    throw error;
  }
}

async function together(action: SingleAction, undone: readonly UndoneRecord[], steps: readonly Step[]): Promise<void> {
  for (const batch of batchesOf(steps)) await takeBack(action, batch);
  await checkOrders(action);
  if (await refuseContradictions(action, undone)) throw new Refused();
}

async function singly(action: SingleAction, undone: readonly UndoneRecord[], steps: readonly Step[]): Promise<void> {
  const tried = async (work: (nested: SingleAction) => Promise<void>, of: readonly UndoneRecord[]) => {
    await action.inSavepoint(work).catch((error: unknown) => {
      if (!violated(error)) throw error;
      for (const one of of) one.fail(one.leaves ? contradiction() : violated(error)!(error, one.record));
    });
  };
  const sound = undone.filter((one) => one.changes);
  for (const step of steps) if (!step.of.error) await tried((nested) => takeBack(nested, [step]), [step.of]);
  if (sound.every(({ error }) => !error)) {
    const stages = sound.filter(({ record }) => record.type === 'PIPELINE_STAGE');
    await tried(checkOrders, stages);
    await refuseContradictions(action, undone);
  }
  if (sound.some(({ error }) => error)) throw new Refused();
}

/** The order of stages is checked at the commit only. */
const checkOrders = async (action: SingleAction): Promise<void> => {
  await action.query(sql`set constraints all immediate`);
};

const violations: Record<string, (error: unknown, record: ChangedRecord) => Conflict> = {
  '23503': () => new Conflict('REFERENCE_GONE', 'The record refers to one that was deleted since'),
  '23505': (error, record) =>
    new Conflict('VALUE_TAKEN', `Another record has the same ${uniqueField(error, record)} by now`),
  '23514': contradiction,
};

const violated = (error: unknown) => violations[String(postgresCode(error))];

/** The field of a violated unique key such as `customers_email_key`; PostgreSQL tells no columns under policies. */
function uniqueField(error: unknown, { type, spec }: ChangedRecord): string {
  const { constraint = '' } = ((error as { cause?: object }).cause ?? error) as { constraint?: string };
  const key = constraint.slice(spec.table.length + 1, -'_key'.length);
  const names = [...loggedFields(loggedKinds[type].record).values()].map(({ name }) => name);
  return names.find((name) => name === key || name === `${key}Id`) ?? 'unique value';
}
