import { type ActiveOrganization, activeOrganizationOf, type Viewer } from '../auth/viewer.js';
import type { Lock } from '../database/entities.js';
import type { Fragment } from '../database/sql.js';
import { NotFound, VersionConflict } from '../errors.js';
import type { TenantRecord, VersionedRecord } from '../records/tenant-record.js';

/**
 * Who changes something, and the transaction in which it happens. There is one for a single mutation and one for each
 * row of a bulk call: actions cannot tell which.
 */
export interface ActionContext {
  readonly viewer: Viewer;
  /** Draws the next number of a record; on a connection of its own, so that it never waits for an open transaction. */
  nextCode(type: Type<object>): Promise<string>;
  /**
   * Records of the active organization that have these values, in order of their ids. In bulk, many at once share a
   * statement. Looking up a locked record again returns the same entity, unsaved changes included.
   */
  find<Entity extends TenantRecord>(type: Type<Entity>, values: Values<Entity>, lock: Lock): Promise<Entity[]>;
  /** The same by a condition on the table's columns; in bulk, too, one statement for each call. */
  findWhere<Entity extends object>(type: Type<Entity>, condition: Fragment, lock: Lock): Promise<Entity[]>;
  /** Records to be looked at and not to be changed, with the named properties only; else as `findWhere`. */
  findReadOnly<Entity extends object>(
    type: Type<Entity>,
    names: readonly (keyof Entity & string)[],
    condition: Fragment,
    lock: Lock,
  ): Promise<Readonly<Entity>[]>;
  /** Rows of a statement of one's own. */
  query<Row extends object>(statement: Fragment): Promise<Row[]>;
  /** A new record, which the next flush writes. */
  persist(record: object): void;
  /** A record that the next flush deletes. */
  remove(record: object): void;
  /** Writes all that has changed; in bulk, together with other rows. Rejects where something was not written. */
  flush(): Promise<void>;
  /**
   * What several records need alike, e.g. a lock on what they all belong to; in bulk it is done once for all of them.
   */
  once<Value>(key: string, work: () => Promise<Value>): Promise<Value>;
  /** What each record needs for itself, but can be had for many at once; in bulk, what is asked at the same time is. */
  batch<Value, Result>(work: Work<Value, Result>, value: Value): Promise<Result>;
  /**
   * Look-ups and locks whose first statements happen in this order; none needs what another finds. All are done; where
   * some fail, the first is told.
   */
  inOrder<Results extends unknown[]>(steps: Steps<Results>): Promise<Results>;
  /**
   * Asks again who the caller is, after locks were waited for: throws as the permission rule of the root field would if
   * the right is gone. From then on `viewer` is the new one.
   */
  renewRights(): Promise<void>;
}

/** Some of a record's values, by property. */
export type Values<Entity> = Partial<Record<keyof Entity & string, string | boolean | null | undefined>>;

export type Steps<Results extends unknown[]> = readonly [
  ...{ [Place in keyof Results]: () => Promise<Results[Place]> },
];

/** Work on many values, e.g. one statement for all of them; answers their results in the same order. */
export type Work<Value, Result> = (acting: ActionContext, values: readonly Value[]) => Promise<Result[]>;

type Type<Entity> = { new (): Entity };

/** The rules of root fields have refused suspended callers already. */
export const organizationOf = ({ viewer }: Pick<ActionContext, 'viewer'>): ActiveOrganization =>
  activeOrganizationOf(viewer);

/** A new record of the active organization. */
export function newRecord<Entity extends TenantRecord>(acting: ActionContext, type: Type<Entity>): Entity {
  return Object.assign(new type(), { organizationId: organizationOf(acting).id });
}

/** Loads a record of the active organization for changing it; NOT_FOUND on `path` when there is none. */
export async function lock<Entity extends TenantRecord>(
  acting: ActionContext,
  type: Type<Entity>,
  id: string,
  path = 'id',
): Promise<Entity> {
  return find(acting, type, id, path, 'update');
}

/** Loads a record that another one shall point to; it cannot change or go until the transaction ends. */
export async function lockShared<Entity extends TenantRecord>(
  acting: ActionContext,
  type: Type<Entity>,
  id: string,
  path: string,
): Promise<Entity> {
  return find(acting, type, id, path, 'share');
}

/** Looks a record up without holding it, where something above it is locked instead. */
export async function peek<Entity extends TenantRecord>(
  acting: ActionContext,
  type: Type<Entity>,
  id: string,
  path = 'id',
): Promise<Entity> {
  return find(acting, type, id, path, 'none');
}

async function find<Entity extends TenantRecord>(
  acting: ActionContext,
  type: Type<Entity>,
  id: string,
  path: string,
  lock: Lock,
): Promise<Entity> {
  const [found] = await acting.find(type, { id } as Values<Entity>, lock);
  if (!found) throw new NotFound(path);
  return found;
}

/** VERSION_CONFLICT when the caller has seen another version. */
export function checkVersion({ version }: VersionedRecord, expected: number | null | undefined): void {
  if (expected != null && expected !== version) throw new VersionConflict(version);
}
