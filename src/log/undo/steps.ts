import type { UndoneRecord } from './checks.js';
import type { ChangedRecord, LoggedChange } from './plan.js';

/** A change to be taken back, and the columns of it that are. */
export interface Step {
  record: ChangedRecord;
  change: LoggedChange;
  columns: ReadonlySet<string>;
}

/**
 * The changes of sound records, the last one first, so that each statement meets the state after its change. Only what
 * refers to a deleted record waits until that is back: the log has a deletion before the references that it emptied.
 */
export function stepsOf(undone: readonly UndoneRecord[]): Step[] {
  const steps = undone.flatMap(stepsOn).sort((one, other) => (one.change.id < other.change.id ? 1 : -1));
  const waiting = new Map(steps.flatMap((step) => (step.change.action === 'DELETED' ? [[step.record.id, step]] : [])));
  const ordered = new Set<Step>();
  const add = (step: Step): void => {
    if (ordered.has(step)) return;
    waiting.delete(step.record.id);
    for (const value of Object.values(step.change.before ?? {})) {
      const needed = typeof value === 'string' && waiting.get(value);
      if (needed) add(needed);
    }
    ordered.add(step);
  };
  for (const step of steps) add(step);
  return [...ordered];
}

function stepsOn({ record, verdict: { error, effect, columns } }: UndoneRecord): Step[] {
  if (error || effect === 'UNCHANGED') return [];
  if (effect === 'DELETED') return [{ record, change: record.first, columns }];
  return record.changes.map((change) => ({
    record,
    change,
    columns: effect === 'UPDATED' ? columns : new Set(Object.keys(change.before!)),
  }));
}
