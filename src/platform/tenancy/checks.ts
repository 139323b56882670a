import { NotFound, type Refusal, refuse, type Taken } from '../errors.js';
import type { TenantRecord, VersionedRecord } from '../records/tenant-record.js';
import type { VerbArguments } from '../schema/arguments.js';
import { type ActionContext, checkVersion, lock, type Values } from './action-context.js';

type Awaitable<Value> = Value | Promise<Value>;

/** What a field of an input points to or claims, and what follows for the record that gets it. */
export interface Link<Found, Owner> {
  find: () => Awaitable<Found>;
  /** NOT_FOUND where the field names nothing; the record itself may be missing, too. */
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

/** What has to hold before anything is changed, apart from the input, which was checked before the action began. */
interface Checks<Finding extends Steps> {
  /**
   * Everything that the arguments name, in the one order of locks; no step needs what another finds. `record`, where
   * there is one, is changed or new.
   */
  find: Finding;
  rights?: (found: Found<Finding>) => Awaitable<Refusal[]>;
  /** The version in which the caller has seen `record`. */
  expectedVersion?: number | null;
  state?: (found: Found<Finding>) => Awaitable<Refusal[]>;
}

/**
 * The order in which every action refuses, whatever it checks: all that is missing first, then rights, then the
 * version, then all that the stored state does not allow.
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
  refuse([...missing, ...links.map(([name, link]) => link.missing?.(found[name] as never, record))]);
  const told = (phase: 'rights' | 'state') => links.map(([name, link]) => link[phase]?.(found[name] as never, record));
  refuse([...((await rights?.(found)) ?? []), ...told('rights')]);
  if (expectedVersion != null) checkVersion(record, expectedVersion);
  refuse([...((await state?.(found)) ?? []), ...told('state')]);
  return found;
}

/** Locks the record that a verb is about, in the version that the caller has seen. */
export async function lockSeen<Entity extends TenantRecord>(
  context: ActionContext,
  type: new () => Entity,
  { id, expectedVersion }: VerbArguments,
): Promise<Entity> {
  const { record } = await check(context, { find: { record: () => lock(context, type, id) }, expectedVersion });
  return record;
}

/** Looks for something only where the input names it. */
export const given = <Value, Result>(
  value: Value | null | undefined,
  find: (value: Value) => Promise<Result>,
): Promise<Result | null> => (value == null ? Promise.resolve(null) : find(value));

/** A value that only one record of its kind may have. */
export const unclaimed = <Entity extends TenantRecord>(
  context: ActionContext,
  type: new () => Entity,
  field: keyof Entity & string,
  value: string | null | undefined,
  taken: (existingId: string) => Taken,
): Link<Entity[], Entity> => ({
  find: async () => (await given(value, (one) => context.find(type, { [field]: one } as Values<Entity>, 'none'))) ?? [],
  state: (holders, record) => {
    const other = holders.find(({ id }) => id !== record.id);
    return other && value !== record[field] && taken(other.id);
  },
});

/** Records that a list of ids names; all that are missing are told, each by its place in the list. */
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
