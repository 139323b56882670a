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

/** Ways to take back the changes of sound records, in the order to try them: the first one that succeeds counts. */
export function* waysOf(undone: readonly UndoneRecord[]): Generator<Step[]> {
  const deletes = undone.some((one) => one.isDeletion);
  const atOnce = stepsAtOnce(undone);
  yield atOnce;
  if (deletes) yield deletingFirst(atOnce);
  const oneByOne = stepsOneByOne(undone);
  if (deletes) yield deletingFirst(oneByOne);
  yield oneByOne;
}

/**
 * One step for each record, from its present state to the former one. What the set deleted is put back first, then
 * changed fields; what it created is deleted last. Values that were there only for a moment do not matter: others may
 * have taken them.
 */
function stepsAtOnce(undone: readonly UndoneRecord[]): Step[] {
  const steps = undone
    .filter((one) => one.isEffective)
    .map((of): Step => {
      const { first, last, changes, touched } = of.record;
      if (of.isDeletion) return { of, change: first, row: {} };
      if (last.action === 'DELETED')
        return { of, change: last, row: Object.assign({}, ...changes.map(({ before }) => before).toReversed()) };
      const former = [...touched].filter(([name]) => of.putsBack(name)).map(([name, { before }]) => [name, before]);
      return { of, change: last, row: Object.fromEntries(former) };
    });
  const places = ['DELETED', 'UPDATED', 'CREATED'];
  const place = ({ change }: Step) => places.indexOf(change.action);
  return referredFirst(steps.sort((one, other) => place(one) - place(other) || laterFirst(one, other)));
}

/** Each change by itself, the last one first, so that each statement meets the state after its change. */
const stepsOneByOne = (undone: readonly UndoneRecord[]): Step[] => {
  const transient = new Set(undone.flatMap(({ record }) => (record.wasTransient ? [record.id] : [])));
  return referredFirst(undone.flatMap((one) => stepsOn(one, transient)).sort(laterFirst));
};

const laterFirst = (one: Step, other: Step): number => (one.change.id < other.change.id ? 1 : -1);

/** The log has a deletion before the references that it emptied: what refers to a deleted record waits for it. */
function referredFirst(steps: readonly Step[]): Step[] {
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

/**
 * Deletions before everything else, so that others may have the unique values of the deleted records. These need no
 * other steps: once deleted, a record has nothing to release.
 */
function deletingFirst(steps: readonly Step[]): Step[] {
  const isDeletion = ({ of }: Step) => of.isDeletion;
  const deletions = steps.filter((step) => isDeletion(step) && step.change.action === 'CREATED');
  return [...deletions, ...steps.filter((step) => !isDeletion(step))];
}

function stepsOn(of: UndoneRecord, transient: ReadonlySet<string>): Step[] {
  if (!of.isEffective) return [];
  const { type, changes, first, touched } = of.record;
  const derived = derivedColumns(type);
  const fields = loggedFields(loggedKinds[type].record);
  return changes.flatMap((change) => {
    if (of.isDeletion && change === first) return [{ of, change, row: {} }];
    const values = Object.entries(change.before!).flatMap(([name, value]) => {
      if (change.action === 'UPDATED' && name in derived) return [];
      // A record to be deleted first releases the records to which it refers.
      const isReleased = of.isDeletion && fields.get(name)?.property.reference !== undefined;
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
