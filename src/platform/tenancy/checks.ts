import { NotFound, type Refusal, refuse, type Taken } from '../errors.js';
import type { TenantRecord, VersionedRecord } from '../records/tenant-record.js';
import type { VerbArguments } from '../schema/arguments.js';
import { type ActionContext, checkVersion, lock, type Values } from './action-context.js';

type Awaitable<Value> = Value | Promise<Value>;

/** A field of an input that refers to records or claims a value, with the checks that follow. */
export interface Link<Found, Owner> {
  find: () => Awaitable<Found>;
  /** NOT_FOUND if the field names a missing record. `owner`, the record with the field, may itself be missing. */
  missing?: (found: Found, owner: Owner | undefined) => Refusal;
  /** Rights that depend on what was found. */
  rights?: (found: Found, owner: Owner) => Refusal;
  state?: (found: Found, owner: Owner) => Refusal;
}

// biome-ignore lint/suspicious/noExplicitAny: each step finds something else
type Steps = Record<string, (() => any) | Link<any, any>>;

type FoundBy<Step> = Step extends { find: () => infer Answer }
  ? Awaited<Answer>
  : Step extends () => infer Answer
    ? Awaited<Answer>
    : never;
type Found<Finding> = { [Name in keyof Finding]: FoundBy<Finding[Name]> };

/** Preconditions of a change. The input itself was checked before the action began. */
interface Checks<Finding extends Steps> {
  /**
   * Independent lookups of everything that the arguments name, in the order of their locks. `record`, if present, is
   * the record that is changed or created.
   */
  find: Finding;
  rights?: (found: Found<Finding>) => Awaitable<Refusal[]>;
  /** The version of `record` that the caller has read. */
  expectedVersion?: number | null;
  state?: (found: Found<Finding>) => Awaitable<Refusal[]>;
}

/**
 * Runs the checks in the order that all actions share: missing records first, then rights, then the version, then
 * conflicts with the stored state. Each step reports all of its refusals together.
 */
export async function check<Finding extends Steps>(
  context: ActionContext,
  { find, rights, expectedVersion, state }: Checks<Finding>,
): Promise<Found<Finding>> {
  const names = Object.keys(find);
  const links = names.flatMap((name) => (typeof find[name] === 'function' ? [] : [[name, find[name]!] as const]));
  const missing: Refusal[] = names.map(() => null);
  const results = await context.inOrder(
    names.map((name, n) => async () => {
      const step = find[name]!;
      try {
        return await (typeof step === 'function' ? step() : step.find());
      } catch (error) {
        if (!(error instanceof NotFound)) throw error;
        missing[n] = error;
        return undefined;
      }
    }),
  );
  const found = Object.fromEntries(names.map((name, n) => [name, results[n]])) as Found<Finding>;
  const record = (found as { record?: VersionedRecord }).record!;
  refuse([...missing, ...links.map(([name, link]) => link.missing?.(found[name], record))]);
  const refusalsOf = (phase: 'rights' | 'state') => links.map(([name, link]) => link[phase]?.(found[name], record));
  refuse([...((await rights?.(found)) ?? []), ...refusalsOf('rights')]);
  if (expectedVersion != null) checkVersion(record, expectedVersion);
  refuse([...((await state?.(found)) ?? []), ...refusalsOf('state')]);
  return found;
}

/** Locks the record of a verb and checks its version; throws NOT_FOUND or VERSION_CONFLICT. */
export async function lockSeen<Entity extends TenantRecord>(
  context: ActionContext,
  type: new () => Entity,
  { id, expectedVersion }: VerbArguments,
): Promise<Entity> {
  const { record } = await check(context, { find: { record: () => lock(context, type, id) }, expectedVersion });
  return record;
}

/** Runs a lookup only if the input gives a value for it. */
export const ifGiven = <Value, Result>(
  value: Value | null | undefined,
  find: (value: Value) => Promise<Result>,
): Promise<Result | null> => (value == null ? Promise.resolve(null) : find(value));

/** Checks that no other record of the type has a unique value. */
export const unclaimed = <Entity extends TenantRecord>(
  context: ActionContext,
  type: new () => Entity,
  field: keyof Entity & string,
  value: string | null | undefined,
  taken: (existingId: string) => Taken,
): Link<Entity[], Entity> => ({
  find: async () =>
    (await ifGiven(value, (unique) => context.find(type, { [field]: unique } as Values<Entity>, 'none'))) ?? [],
  state: (holders, record) => {
    const holder = holders.find(({ id }) => id !== record.id);
    return holder && value !== record[field] && taken(holder.id);
  },
});

/** The records with these ids; NOT_FOUND names all missing ones by their index in the list. */
export const namedRecords = <Entity extends TenantRecord>(
  context: ActionContext,
  type: new () => Entity,
  ids: readonly string[],
  path: string,
): Link<Entity[], unknown> => ({
  find: async () =>
    (await Promise.all(ids.map((id) => context.find(type, { id } as Values<Entity>, 'share')))).map(
      ([found]) => found!,
    ),
  missing: (found) => {
    const paths = ids.flatMap((_, n) => (found[n] ? [] : [`${path}.${n}`]));
    return paths.length > 0 && new NotFound(paths);
  },
});
