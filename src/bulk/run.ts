import type { GraphQLInputObjectType } from 'graphql';
import { BadInput, CodedError, type Fault } from '../platform/errors.js';
import type { Context } from '../platform/graphql/context.js';
import { limits } from '../platform/graphql/limits.js';
import { badInput, checkRow } from '../platform/records/check.js';
import type { TenantRecord, VersionedRecord } from '../platform/records/tenant-record.js';
import { type BulkMode, errorsOf, type Outcome, type RowOutcome } from './envelope.js';
import { FlushFailed } from './flush.js';
import { namesIn, type Row, uniqueIn } from './rows.js';
import type { Touches } from './touches.js';
import { RowAction, Wave } from './wave.js';

export const mostRows = limits.bulkRows;

/**
 * Runs the single mutation's action for a row. Returns the record, the id of a deleted record, or the id of the record
 * of the answer with another one that was written for it.
 */
export type Act = (context: RowAction, row: Row) => Promise<VersionedRecord | { deleted: string } | Written>;

interface Written {
  id: string;
  written: VersionedRecord;
}

export interface Call {
  /** The type of the records. */
  type: new () => TenantRecord;
  rows: Row[];
  /** Coercion errors by row; the values concerned are left out of the row. */
  misfits?: (readonly Fault[])[];
  mode: BulkMode;
  /** Missing if the rows are made by the server. */
  rowType?: GraphQLInputObjectType;
  act: Act;
  touches: Touches;
}

/** Runs all rows in a savepoint. If a row fails in mode ATOMIC, the savepoint is rolled back. */
export async function runRows(
  context: Context,
  { type, rows, misfits, mode, rowType, act, touches }: Call,
): Promise<Outcome> {
  if (rows.length < 1 || rows.length > mostRows)
    throw new BadInput([{ path: 'rows', code: 'OUT_OF_RANGE', message: `must be 1 to ${mostRows}` }]);
  const outcomes = rows.map(
    ({ ref = null }, index): RowOutcome => ({ index, ref, status: 'FAILED', id: null, errors: [] }),
  );
  const sound = outcomes.filter((outcome) => {
    const unfit = misfits?.[outcome.index] ?? [];
    const row = rows[outcome.index] as Record<string, unknown>;
    const faults = [...unfit, ...(rowType ? checkRow(rowType, row, context.viewer, unfit.length === 0) : [])];
    // The single mutation also refuses invalid input before it runs its action.
    if (faults.length) outcome.errors.push(...errorsOf(badInput(faults)));
    return faults.length === 0;
  });
  let added: ReadonlySet<string> = new Set();
  try {
    await context.action.inSavepoint(async (action) => {
      ({ added } = action);
      const touched = await touches(
        new RowAction(new Wave(action), 0),
        sound.map(({ index }) => rows[index]!),
      );
      const keys = sound.map(({ index }, place) => new Set([...keysOf(rows[index]!), ...touched[place]!]));
      for (const wave of wavesOf(sound, keys)) {
        await runWave(new Wave(action), wave, rows, act);
        // Each flush compares all managed entities: without this, a thousand waves would take quadratic time.
        action.clear();
      }
      if (mode === 'ATOMIC' && outcomes.some(({ status }) => status === 'FAILED')) throw new TakenBack();
    });
  } catch (error) {
    if (!(error instanceof TakenBack)) throw error;
    for (const outcome of outcomes) {
      if (outcome.status !== 'FAILED') Object.assign(outcome, { status: 'NOT_ATTEMPTED', id: null });
    }
    forget(outcomes, (id) => added.has(id));
  }
  const isRefused = outcomes.every(({ status }) => status === 'FAILED' || status === 'NOT_ATTEMPTED');
  if (isRefused) context.run!.refuse();
  await identify(new Wave(context.action), type, outcomes, rows);
  if (isRefused) forget(outcomes, (id) => context.run!.takesBack(id));
  return { mode, rows: outcomes };
}

/** Removes the ids of records that are taken back: the answer would name what is no longer there. */
function forget(outcomes: RowOutcome[], isGone: (id: string) => boolean): void {
  for (const outcome of outcomes) {
    if (outcome.id && isGone(outcome.id)) outcome.id = null;
    for (const fault of outcome.errors) if (fault.existingId && isGone(fault.existingId)) fault.existingId = null;
  }
}

/** Sets the record id of rows that failed or were not attempted, if the record exists. */
async function identify(wave: Wave, type: new () => TenantRecord, outcomes: RowOutcome[], rows: Row[]): Promise<void> {
  const isMisnamed = ({ errors }: RowOutcome) =>
    errors.some(({ code, path }) => code === 'BAD_USER_INPUT' && /^(id|by)\b/.test(path ?? ''));
  await Promise.all(
    outcomes
      .filter((outcome) => !outcome.id && !isMisnamed(outcome))
      .map(async (outcome) => {
        const [named] = namesIn(rows[outcome.index] ?? {});
        const [record] = named ? await wave.find(type, { [named[0]]: named[1] }, 'none') : [];
        outcome.id = record?.id ?? null;
      }),
  );
}

class TakenBack extends Error {}

async function runWave(wave: Wave, outcomes: RowOutcome[], rows: Row[], act: Act): Promise<void> {
  const actions = outcomes.map((_, place) => new RowAction(wave, place));
  const results = await wave.run(actions, (action, place) => act(action, rows[outcomes[place]!.index]!));
  for (const [place, result] of results.entries()) {
    const [outcome, row] = [outcomes[place]!, actions[place]!];
    if (result.status === 'fulfilled') {
      const record = result.value;
      if ('deleted' in record) Object.assign(outcome, { status: 'DELETED', id: record.deleted });
      else Object.assign(outcome, { status: statusOf(row, record), id: record.id });
      continue;
    }
    const { reason } = result;
    if (reason instanceof FlushFailed) throw reason.cause;
    if (!(reason instanceof CodedError)) throw reason;
    outcome.errors.push(...errorsOf(reason));
    outcome.id = row.subject;
  }
}

/** The status of the record in the answer: one that was written for another record changes that one. */
const statusOf = (row: RowAction, record: VersionedRecord | Written) => {
  if (!('written' in record)) return row.statusOf(record);
  return row.statusOf(record.written) === 'UNCHANGED' ? 'UNCHANGED' : 'UPDATED';
};

/**
 * Splits rows into waves. Rows that touch the same record or unique value run one after the other in the order of the
 * call, as if they were sent separately. Rows connected only through other rows also run in turn, since a row may
 * cause the next to touch the same record. All other rows run in parallel.
 */
function wavesOf(outcomes: RowOutcome[], keys: Set<string>[]): RowOutcome[][] {
  const leader = outcomes.map((_, place) => place);
  const lead = (place: number): number => (leader[place] === place ? place : lead(leader[place]!));
  const first = new Map<string, number>();
  for (const [place, touched] of keys.entries())
    for (const key of touched) {
      const [earlier, own] = [lead(first.get(key) ?? place), lead(place)];
      leader[Math.max(earlier, own)] = Math.min(earlier, own);
      first.set(key, earlier);
    }
  const connected = Map.groupBy(outcomes, (_, place) => lead(place));
  const groups = [...connected.values()];
  const most = Math.max(0, ...groups.map(({ length }) => length));
  return Array.from({ length: most }, (_, turn) => groups.flatMap((rows) => rows[turn] ?? []));
}

const keysOf = (row: Row): string[] => [...namesIn(row), ...uniqueIn(row)].map(([name, value]) => `${name}:${value}`);
