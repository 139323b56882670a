import { type ActiveOrganization, activeOrganizationOf, type Viewer } from '../auth/viewer.js';
import type { Constructor } from '../class.js';
import type { MemberConsent, Registration } from '../config.js';
import type { Lock } from '../database/entities.js';
import type { Fragment } from '../database/sql.js';
import { NotFound, VersionConflict } from '../errors.js';
import type { TenantRecord, VersionedRecord } from '../records/tenant-record.js';

/** Settings of the server that decide about changes. */
export interface ServerSettings {
  /** Decides whether anybody, only the first user, or nobody may register. */
  registration: Registration;
  memberConsent: MemberConsent;
  /** Whether messages can be sent. */
  sendsMail: boolean;
  /** Whether addresses to which the server sends must be https. */
  httpsOnly: boolean;
}

/**
 * The viewer who changes something, and the transaction of the change. A single mutation has one, and so has each row
 * of a bulk call; actions cannot tell which.
 */
export interface ActionContext {
  readonly viewer: Viewer;
  readonly settings: ServerSettings;
  /** Draws the next number of a record, on a separate connection, so that it never waits for an open transaction. */
  nextCode(type: Constructor<object>): Promise<string>;
  /**
   * Records of the active organization with these values, ordered by id. A bulk call batches lookups into one
   * statement. Looking up a locked record again returns the same entity, unsaved changes included.
   */
  find<Entity extends TenantRecord>(type: Constructor<Entity>, values: Values<Entity>, lock: Lock): Promise<Entity[]>;
  /** The same by a condition on the table's columns. Bulk calls do not batch it. */
  findWhere<Entity extends object>(type: Constructor<Entity>, condition: Fragment, lock: Lock): Promise<Entity[]>;
  /** Like `findWhere`, but for read-only records with the named properties only. */
  findReadOnly<Entity extends object>(
    type: Constructor<Entity>,
    names: readonly (keyof Entity & string)[],
    condition: Fragment,
    lock: Lock,
  ): Promise<Readonly<Entity>[]>;
  /** Rows of a custom statement. */
  query<Row extends object>(statement: Fragment): Promise<Row[]>;
  /** Adds a new record, which the next flush inserts. */
  persist(record: object): void;
  /** Marks a record, which the next flush deletes. */
  remove(record: object): void;
  /** Counts records that are about to change although the caller does not name them; throws if they are too many. */
  reach(records: number): void;
  /**
   * Writes all changes; a bulk call batches them with those of other rows. Rejects if a change could not be written.
   */
  flush(): Promise<void>;
  /**
   * Work that many records share, e.g. a lock on their common parent; a bulk call does it once for each key.
   */
  once<Value>(key: string, work: () => Promise<Value>): Promise<Value>;
  /** Work that each record needs, but that can be done for many at once; a bulk call batches it. */
  batch<Value, Result>(work: Work<Value, Result>, value: Value): Promise<Result>;
  /**
   * Independent lookups and locks, whose first statements run in this order. All of them run to the end; if several
   * fail, rejects with the first error.
   */
  inOrder<Results extends unknown[]>(steps: Steps<Results>): Promise<Results>;
  /**
   * Looks the viewer up again after waiting for locks, and updates `viewer`. Throws as the permission rule of the root
   * field does if the right is gone.
   */
  renewRights(): Promise<void>;
}

/** Values of a record to look it up by. */
export type Values<Entity> = Partial<Record<keyof Entity & string, string | boolean | null | undefined>>;

export type Steps<Results extends unknown[]> = readonly [
  ...{ [Place in keyof Results]: () => Promise<Results[Place]> },
];

/** Work on many values, e.g. by one statement; returns the results in the same order. */
export type Work<Value, Result> = (context: ActionContext, values: readonly Value[]) => Promise<Result[]>;

/** The active organization. The permission rules of root fields have refused suspended callers already. */
export const organizationOf = ({ viewer }: Pick<ActionContext, 'viewer'>): ActiveOrganization =>
  activeOrganizationOf(viewer);

/** A new record of the active organization. */
export function newRecord<Entity extends TenantRecord>(context: ActionContext, type: Constructor<Entity>): Entity {
  return Object.assign(new type(), { organizationId: organizationOf(context).id });
}

/** Loads and locks a record of the active organization to change it; throws NOT_FOUND on `path` if it is missing. */
export async function lock<Entity extends TenantRecord>(
  context: ActionContext,
  type: Constructor<Entity>,
  id: string,
  path = 'id',
): Promise<Entity> {
  return find(context, type, id, path, 'update');
}

/** Loads a record for a reference to it; the shared lock keeps it from changing or being deleted until the end. */
export async function lockShared<Entity extends TenantRecord>(
  context: ActionContext,
  type: Constructor<Entity>,
  id: string,
  path: string,
): Promise<Entity> {
  return find(context, type, id, path, 'share');
}

/** Looks a record up without locking it, for use when its parent is locked instead. */
export async function peek<Entity extends TenantRecord>(
  context: ActionContext,
  type: Constructor<Entity>,
  id: string,
  path = 'id',
): Promise<Entity> {
  return find(context, type, id, path, 'none');
}

async function find<Entity extends TenantRecord>(
  context: ActionContext,
  type: Constructor<Entity>,
  id: string,
  path: string,
  lock: Lock,
): Promise<Entity> {
  const found = await findOne(context, type, { id } as Values<Entity>, lock);
  if (!found) throw new NotFound(path);
  return found;
}

/** The first record of the active organization with these values; null if there is none. */
export async function findOne<Entity extends TenantRecord>(
  context: Pick<ActionContext, 'find'>,
  type: Constructor<Entity>,
  values: Values<Entity>,
  lock: Lock,
): Promise<Entity | null> {
  return (await context.find(type, values, lock))[0] ?? null;
}

/** Throws VERSION_CONFLICT if the caller has read another version. */
export function checkVersion({ version }: VersionedRecord, expected: number | null | undefined): void {
  if (expected != null && expected !== version) throw new VersionConflict(version);
}
