import { sql } from '../../platform/database/sql.js';
import type { SingleAction } from '../../platform/tenancy/single-action.js';
import { goneAmong } from './gone.js';
import { contradicting, contradiction } from './invariants.js';
import { usedAmong } from './references.js';
import { failureOf, kindOfRefusal, referenceGone } from './refusals.js';
import { send } from './statements.js';
import { batchesOf, type Step, waysOf } from './steps.js';
import { storable } from './tables.js';
import { takenAmong } from './taken.js';
import { type Failure, keepHistories, type UndoneRecord } from './undone-record.js';

/** Takes back all changes of sound records. Records that fail in one round are left out of the next one. */
export async function takeBack(action: SingleAction, undone: readonly UndoneRecord[]): Promise<void> {
  for (let round = 0; round <= undone.length; round += 1) {
    keepHistories(undone);
    const failures = await failuresOf(action, undone);
    if (!failures.length) return;
    for (const { one, error, ...grounds } of failures) one.fail(error, grounds);
  }
  throw new Error('The records of an undo fail again and again');
}

/** The records that cannot be taken back with the others; if there are none, all are. */
async function failuresOf(action: SingleAction, undone: readonly UndoneRecord[]): Promise<Failure[]> {
  const used = await usedAmong(action, undone);
  if (used.length) return used;
  const ways: Step[][] = [];
  for (const way of waysOf(undone)) {
    const { steps, lossy } = await storable(action, way);
    if (lossy.length) return lossy;
    const failures = await attempt(action, (nested) => together(nested, undone, steps));
    if (failures) return failures;
    ways.push(steps);
  }
  return blamed(action, undone, ways);
}

/**
 * The records at fault, after the database has refused every way as a whole: those whose unique values are taken, or
 * that would refer to what is gone. If there is none, tries each way record by record, and returns those that fail in
 * all ways, or else those that fail in the last way in which any does.
 */
async function blamed(
  action: SingleAction,
  undone: readonly UndoneRecord[],
  ways: readonly Step[][],
): Promise<Failure[]> {
  for (const sought of [takenAmong, goneAmong]) {
    // The database refuses it if former values do not fit the present types.
    const known = await attempt(action, (nested) => sought(nested, undone));
    if (known?.length) return known;
  }
  let latest: Failure[] = [];
  let common: Failure[] | null = null;
  for (const steps of ways) {
    const failures = await attempt(action, (nested) => singly(nested, undone, steps));
    if (!failures?.length) continue;
    latest = failures;
    const failing = new Set(failures.map(({ one }) => one));
    common = (common ?? failures).filter(({ one }) => failing.has(one));
  }
  if (!latest.length) throw new Error('The database refuses an undo without a record that is at fault');
  return common?.length ? common : latest;
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
    if (kindOfRefusal(error)) return null;
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
  const failures = new Failures(action);
  for (const batch of batchesOf(steps)) await failures.find(batch);
  if (failures.all.length) return failures.all;
  const misplaced = await misplacedStages(action, undone);
  return misplaced.length ? misplaced : contradicting(action, undone);
}

/** The stages whose order the database refuses; throws if there are none to blame. */
async function misplacedStages(action: SingleAction, undone: readonly UndoneRecord[]): Promise<Failure[]> {
  const stages = undone.filter(({ record }) => record.type === 'PIPELINE_STAGE');
  const failures: Failure[] = [];
  try {
    await action.inSavepoint(checkOrders);
  } catch (error) {
    const moved = stages.filter((one) => one.isEffective);
    if (!kindOfRefusal(error) || !moved.length) throw error;
    for (const one of moved) failures.push(await failureOf(action, one, error));
  }
  const staying = stages.find(({ error }) => error);
  const isOccupied = ({ one, conflicts = [] }: Failure) =>
    conflicts.some(({ obstacle }) => obstacle.recordId !== one.record.id);
  // A stage of the change set that stays is in the way of all others; otherwise the one that took the place of any is.
  const occupied = failures.find(isOccupied);
  const obstacle = staying ? staying.obstacle : occupied?.conflicts?.[0]?.obstacle;
  return failures.map((failure) => {
    if (!staying && isOccupied(failure)) return failure;
    const { one } = failure;
    return { one, error: contradiction(), obstacle, conflicts: obstacle ? one.conflictOn('order', { obstacle }) : [] };
  });
}

/** Finds the records whose steps the database refuses, by halves, so that a few among thousands cost few statements. */
class Failures {
  private readonly failed = new Map<UndoneRecord, Failure>();
  /** Ids of records that are not there, to which others therefore cannot refer. */
  private readonly missing = new Set<unknown>();

  constructor(private readonly action: SingleAction) {}

  get all(): Failure[] {
    return [...this.failed.values()];
  }

  async find(steps: readonly Step[]): Promise<void> {
    const sound: Step[] = [];
    for (const step of steps.filter(({ of }) => !this.failed.has(of))) {
      const column = this.missingReference(step);
      if (column) this.add(referenceGone(step.of, column, step.row[column]), step);
      else sound.push(step);
    }
    const [step] = sound;
    if (!step) return;
    try {
      await this.action.inSavepoint((nested) => send(nested, sound));
    } catch (error) {
      if (!kindOfRefusal(error)) throw error;
      if (sound.length === 1) return this.add(await failureOf(this.action, step.of, error, step.row), step);
      const half = sound.length >> 1;
      await this.find(sound.slice(0, half));
      await this.find(sound.slice(half));
    }
  }

  /** The column by which a step would refer to a record that is not there. */
  private missingReference({ row }: Step): string | undefined {
    return Object.keys(row).find((name) => this.missing.has(row[name]));
  }

  private add(failure: Failure, { of, change }: Step): void {
    this.failed.set(of, failure);
    if (change.action === 'DELETED') this.missing.add(of.record.id);
    const { error, conflicts: [conflict] = [] } = failure;
    const id = conflict?.obstacle.recordId;
    if (error.extensions.reason === 'REFERENCE_GONE' && id !== of.record.id) this.missing.add(id);
  }
}

/** The order of stages is checked at the commit only. */
const checkOrders = async (action: SingleAction): Promise<void> => {
  await action.query(sql`set constraints all immediate`);
};
