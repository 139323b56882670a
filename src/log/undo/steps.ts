import { loggedFields } from '../field-changes.js';
import { loggedKinds } from '../record-types.js';
import type { LoggedChange, StoredRow } from './changed-record.js';
import { derivedColumns } from './derived-columns.js';
import type { UndoneRecord } from './undone-record.js';

/** A change to be taken back. */
export interface Step {
  of: UndoneRecord;
  change: LoggedChange;
  /** The former values of the columns that are put back. */
  row: StoredRow;
}

/**
 * The changes of sound records, the last one first, so that each statement meets the state after its change. Only what
 * refers to a deleted record waits until that is back: the log has a deletion before the references that it emptied.
 */
export function stepsOf(undone: readonly UndoneRecord[]): Step[] {
  const isReleasing = undone.some((one) => one.isDeletion && one.record.changes.length > 1);
  const wanted = isReleasing ? wantedValues(undone) : new Set<string>();
  const transient = new Set(undone.flatMap(({ record }) => (record.wasTransient ? [record.id] : [])));
  const steps = undone
    .flatMap((one) => stepsOn(one, transient, wanted))
    .sort((one, other) => (one.change.id < other.change.id ? 1 : -1));
  const waiting = new Map(
    steps.flatMap((step) => (step.change.action === 'DELETED' ? [[step.change.recordId, step]] : [])),
  );
  const ordered = new Set<Step>();
  const add = (step: Step): void => {
    if (ordered.has(step)) return;
    waiting.delete(step.change.recordId);
    for (const value of Object.values(step.row)) {
      const needed = typeof value === 'string' && waiting.get(value);
      if (needed) add(needed);
    }
    ordered.add(step);
  };
  for (const step of steps) add(step);
  return [...ordered];
}

/** The values of unique keys that records get back, by type and column. */
function wantedValues(undone: readonly UndoneRecord[]): ReadonlySet<string> {
  const wanted = new Set<string>();
  for (const one of undone) {
    if (!one.isEffective || one.isDeletion) continue;
    const { type, spec, changes } = one.record;
    for (const { before } of changes)
      for (const [name, value] of Object.entries(before ?? {}))
        if (value !== null && value !== false && spec.keyColumns.has(name) && one.putsBack(name))
          wanted.add(valueKey(type, name, value));
  }
  return wanted;
}

const valueKey = (type: string, name: string, value: unknown) => `${type} ${name} ${JSON.stringify(value)}`;

function stepsOn(of: UndoneRecord, transient: ReadonlySet<string>, wanted: ReadonlySet<string>): Step[] {
  if (!of.isEffective) return [];
  const { type, changes, first, touched } = of.record;
  const derived = derivedColumns(type);
  const fields = loggedFields(loggedKinds[type].record);
  return changes.flatMap((change) => {
    if (of.isDeletion && change === first) return [{ of, change, row: {} }];
    const values = Object.entries(change.before!).flatMap(([name, value]) => {
      if (change.action === 'UPDATED' && name in derived) return [];
      // A record to be deleted first releases the records to which it refers, and keys that others get back.
      const isReference = fields.get(name)?.property.reference !== undefined;
      const isReleased = of.isDeletion && (isReference || wanted.has(valueKey(type, name, change.after?.[name])));
      if (!isReleased && !of.putsBack(name)) return [];
      // Omits references to records that the set both created and deleted.
      return [[name, transient.has(value as string) ? touched.get(name)?.before : value]];
    });
    return values.length ? [{ of, change, row: Object.fromEntries(values) }] : [];
  });
}

/** Successive steps of the same kind, each on another record, which one statement does. */
export function batchesOf(steps: readonly Step[]): Step[][] {
  const batches: Step[][] = [];
  let taken = new Set<string>();
  for (const step of steps) {
    const batch = batches.at(-1);
    const isAlike = batch && kindOf(batch[0]!) === kindOf(step) && !taken.has(step.change.recordId);
    if (isAlike) batch.push(step);
    else {
      batches.push([step]);
      taken = new Set();
    }
    taken.add(step.change.recordId);
  }
  return batches;
}

/** Deletions may have been logged with the columns of an older schema. */
const kindOf = ({ change: { type, action }, row }: Step): string =>
  action === 'DELETED' ? `${type} ${action} ${Object.keys(row).sort()}` : `${type} ${action}`;
