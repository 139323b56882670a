import { sql } from '../../platform/database/sql.js';
import { BadInput, Conflict, NotFound } from '../../platform/errors.js';
import type { Context } from '../../platform/graphql/context.js';
import { type ActionContext, organizationOf } from '../../platform/tenancy/action-context.js';
import { undoing } from '../erasure-turns.js';
import { listedSets } from '../own-sets.js';
import { mostUndone, undoDays } from '../undo-limits.js';
import { changesOf, type LoggedChange, recordsIn } from './changed-record.js';
import { misfits } from './field-rules.js';
import { lockedRows } from './locks.js';
import { demandRights, refuseFields } from './rights.js';
import { takeBack } from './take-back.js';
import { traceObstacles, UndoneRecord } from './undone-record.js';

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
  const undone = records.map((record) => new UndoneRecord(record, present.get(record.id), action.viewer));
  await refuseFields(action, undone);
  for (const { one, error, ...grounds } of await misfits(action, undone)) one.fail(error, grounds);
  const isRefused = () => {
    const failed = undone.filter(({ error }) => error);
    return failed.length > 0 && (mode === 'ATOMIC' || failed.length === undone.length);
  };
  await action
    .inSavepoint(async (nested) => {
      await takeBack(nested, undone);
      // The answer shows the records as they are without the undo.
      if (isRefused()) throw new Refused();
    })
    .catch((error: unknown) => {
      if (!(error instanceof Refused)) throw error;
      context.run!.refuse();
    });
  traceObstacles(undone);
  return undone.filter(({ record }) => record.type !== 'DEAL_STAGE_CHANGE');
}

/** Rolls the undo back. */
class Refused extends Error {}

/** The changes of a change set that can be undone at all; throws NOT_FOUND and CONFLICT. */
async function changesToUndo(context: ActionContext, id: string): Promise<LoggedChange[]> {
  // Undos of the same change set take turns: rows that are not there cannot be locked.
  await context.query(sql`select pg_advisory_xact_lock(hashtextextended(${id}, 0))`);
  await undoing(context);
  const [set] = await context.query<{ old: boolean }>(sql`
    select at < now() - make_interval(days => ${undoDays}::int) as old
    from change_sets t
    where organization_id = ${organizationOf(context).id}::uuid
      and id = ${id}::uuid
      and ${listedSets(context.viewer)('t')}`);
  if (!set) throw new NotFound('id', 'There is no such change set in the active organization');
  if (set.old) throw new Conflict('UNDO_TOO_LATE', `Change sets can be undone for ${undoDays} days`);
  const changes = await changesOf(context, id);
  if (changes.some(({ isAboutAccess }) => isAboutAccess))
    throw new Conflict('ACCESS_CHANGE', 'The change set decided who may do what; change it back by hand');
  if (changes.length > mostUndone)
    throw new Conflict('UNDO_TOO_LARGE', `Change sets of more than ${mostUndone} changes cannot be undone`);
  return changes;
}

/** The writes of the transaction undo the change set from here on. */
async function announce({ action, changeSet }: Context, undoesId: string): Promise<void> {
  const facts = JSON.stringify({ ...changeSet, source: 'UNDO', undoesId });
  await action.query(sql`select set_config('app.change_set', ${facts}, true)`);
}
