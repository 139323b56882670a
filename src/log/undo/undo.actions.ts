import { demand } from '../../platform/auth/viewer.js';
import { postgresCode, sql } from '../../platform/database/sql.js';
import { BadInput, CodedError, Conflict, NotFound } from '../../platform/errors.js';
import type { Context } from '../../platform/graphql/context.js';
import { recordOf } from '../../platform/records/record.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';
import { translated } from '../../platform/tenancy/duplicates.js';
import type { SingleAction } from '../../platform/tenancy/single-action.js';
import { type LoggedType, loggedKinds } from '../record-types.js';
import { visibleSets } from '../seen.js';
import { takeBack } from './apply.js';
import { lockedRows, refuseUsed, type UndoneRecord, verdictOn } from './checks.js';
import { changesOf, type LoggedChange, mostChanges, recordsIn } from './plan.js';
import { stepsOf } from './steps.js';

/** Days for which a change set can be undone. */
const undoDays = 30;

/** Attempts to find rows that the database refuses; each finds one. */
const mostAttempts = 20;

/** Undoes what can be undone of a change set, in a savepoint; nothing in mode ATOMIC if something cannot be. */
export async function undoChangeSet(
  context: Context,
  { id, mode }: { id: string; mode: 'ATOMIC' | 'PER_ROW' },
): Promise<UndoneRecord[]> {
  const { action } = context;
  if (context.operations.length > 1)
    throw new BadInput([{ path: 'id', code: 'NOT_ALLOWED', message: 'undoChangeSet must be alone in its document' }]);
  const changes = await changesToUndo(action, id);
  demandRights(action, changes);
  await announce(context, id);
  const records = recordsIn(changes);
  const present = await lockedRows(action, records);
  const undone = records.map(
    (record): UndoneRecord => ({ record, verdict: verdictOn(record, present.get(record.id)) }),
  );
  await refuseUsed(action, undone);
  keepHistoryOfFailed(undone);
  await takeBackAll(action, undone);
  const failed = undone.filter(({ verdict }) => verdict.error);
  if (failed.length && (mode === 'ATOMIC' || failed.length === undone.length)) context.run!.refuse();
  return undone.filter(({ record }) => record.type !== 'DEAL_STAGE_CHANGE');
}

/** The changes of a change set that can be undone at all; throws NOT_FOUND and CONFLICT. */
async function changesToUndo(context: ActionContext, id: string): Promise<LoggedChange[]> {
  const [set] = await context.query<{ old: boolean }>(sql`
    select at < now() - make_interval(days => ${undoDays}::int) as old
    from change_sets t
    where organization_id = ${organizationOf(context).id}::uuid
      and id = ${id}::uuid
      and ${visibleSets(context.viewer)('t')}`);
  if (!set) throw new NotFound('id', 'There is no such change set in the active organization');
  if (set.old) throw new Conflict('UNDO_TOO_LATE', `Change sets can be undone for ${undoDays} days`);
  const changes = await changesOf(context, id);
  if (changes.some(isAboutAccess))
    throw new Conflict('ACCESS_CHANGE', 'The change set decided who may do what; change it back by hand');
  if (changes.length > mostChanges)
    throw new Conflict('UNDO_TOO_LARGE', `Change sets of more than ${mostChanges} changes cannot be undone`);
  return changes;
}

/** Columns of employees that decide who may do what. */
const accessOfEmployees = ['role_id', 'user_id', 'status'];

function isAboutAccess({ type, action, before, after }: LoggedChange): boolean {
  if (loggedKinds[type].isAccess) return true;
  if (type !== 'EMPLOYEE') return false;
  if (action === 'UPDATED') return accessOfEmployees.some((column) => column in after!);
  return Boolean((before ?? after)?.role_id ?? (before ?? after)?.user_id);
}

const inverse = { CREATED: 'delete', UPDATED: 'update', DELETED: 'create' } as const;

/** Throws FORBIDDEN unless the viewer may make each inverse change. */
function demandRights({ viewer }: ActionContext, changes: readonly LoggedChange[]): void {
  for (const { type, action } of changes) demand(viewer, permissionFor(type, action));
}

function permissionFor(type: LoggedType, action: LoggedChange['action']): string {
  if (type === 'ORGANIZATION') return 'organization:update';
  if (type === 'DEAL_STAGE_CHANGE') return 'deal:update';
  return `${recordOf(loggedKinds[type].record).resource}:${inverse[action]}`;
}

/** What the transaction writes from here on undoes the change set. */
async function announce({ action, changeSet }: Context, undoesId: string): Promise<void> {
  const facts = JSON.stringify({ ...changeSet, source: 'UNDO', undoesId });
  await action.query(sql`select set_config('app.change_set', ${facts}, true)`);
}

/** The stage history of a deal that fails stays with the deal. */
function keepHistoryOfFailed(undone: readonly UndoneRecord[]): void {
  const failed = new Map(undone.flatMap(({ record, verdict: { error } }) => (error ? [[record.id, error]] : [])));
  for (const one of undone) {
    const { before, after } = one.record.last;
    const error = one.record.type === 'DEAL_STAGE_CHANGE' && failed.get((before ?? after)?.deal_id as string);
    if (error) one.verdict = { ...one.verdict, error };
  }
}

/**
 * Takes back all changes of sound records. If the database refuses one, its record fails, and the others are taken back
 * without it.
 */
async function takeBackAll(action: SingleAction, undone: readonly UndoneRecord[]): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const steps = stepsOf(undone);
    let under = 0;
    try {
      await action.inSavepoint(async (nested) => {
        for (; under < steps.length; under += 1) await takeBack(nested, steps[under]!);
        // The order of stages is checked at the commit only.
        await nested.query(sql`set constraints all immediate`);
      });
      return;
    } catch (error) {
      const refusal = refusalOf(error);
      const step = steps[under] ?? steps.find(({ record }) => record.type === 'PIPELINE_STAGE');
      if (!refusal || !step || attempt === mostAttempts) throw error;
      const one = undone.find(({ record }) => record === step.record)!;
      one.verdict = { ...one.verdict, error: refusal };
      keepHistoryOfFailed(undone);
    }
  }
}

const violations: Record<string, [reason: string, message: string]> = {
  '23503': ['REFERENCE_GONE', 'The record refers to one that was deleted since, or is referred to'],
  '23505': ['VALUE_TAKEN', 'Another record has a unique value of the record by now'],
};

/** The coded error for a violated constraint; null for any other error. */
function refusalOf(error: unknown): CodedError | null {
  const coded = translated(error);
  if (coded instanceof CodedError) return coded;
  const violation = violations[String(postgresCode(error))];
  return violation ? new Conflict(...violation) : null;
}
