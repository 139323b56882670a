import { LockMode } from '@mikro-orm/core';
import { type ActiveOrganization, activeOrganizationOf, type Viewer } from '../auth/viewer.js';
import type { Lock } from '../database/entities.js';
import { type EntityManager, writeNow } from '../database/orm.js';
import { type Fragment, isCollision, sql } from '../database/sql.js';
import { Collision, type Conflict, NotFound, VersionConflict } from '../errors.js';
import type { CodeKind } from './codes.js';
import type { TenantRecord, VersionedRecord } from './tenant-record.js';

/** Who changes something, and the transaction in which it happens. A request's context is one. */
export interface Acting {
  em: EntityManager;
  viewer: Viewer;
  /** Draws the next number of a kind; on a connection of its own, so that it never waits for an open transaction. */
  draw: (kind: CodeKind) => Promise<string>;
  /** Records of the active organization by a column, in order of their ids. In bulk, many at once share a statement. */
  find: Find;
  /**
   * What several records need alike, e.g. a lock on what they all belong to; in bulk it is done once for all of them.
   */
  shared: <Value>(key: string, work: () => Promise<Value>) => Promise<Value>;
  /** What each record needs for itself, but can be had for many at once; in bulk, what is asked at the same time is. */
  together: <Value, Result>(work: Work<Value, Result>, value: Value) => Promise<Result>;
  /** Look-ups and locks that are to happen in this order, of which none needs what another finds. */
  inOrder: <Results extends unknown[]>(steps: Steps<Results>) => Promise<Results>;
  /**
   * Asks again who the caller is, after locks were waited for: throws as the permission rule of the root field would if
   * the right is gone. From then on `viewer` is the new one.
   */
  renewRights: () => Promise<void>;
}

export type Steps<Results extends unknown[]> = readonly [
  ...{ [Place in keyof Results]: () => Promise<Results[Place]> },
];

/** Work on many values, e.g. one statement for all of them; answers their results in the same order. */
export type Work<Value, Result> = (acting: Acting, values: readonly Value[]) => Promise<Result[]>;

/** Columns by which records are found for changing. */
export type KeyColumn = keyof typeof keyTypes;

type Find = <Entity extends TenantRecord>(
  type: Type<Entity>,
  column: KeyColumn,
  value: string,
  lock: Lock,
) => Promise<Entity[]>;

const keyTypes = {
  id: 'uuid',
  email: 'text',
  code: 'text',
  external_id: 'text',
  user_id: 'uuid',
  lead_id: 'uuid',
  converted_customer_id: 'uuid',
};

/** How a record is found by some values of a column, in one statement. */
export function byColumn(organizationId: string, column: KeyColumn, values: readonly string[]): Fragment {
  const type = sql.raw(keyTypes[column]);
  // A single value is compared as such: PostgreSQL would plan each statement with an array anew.
  const isOneOf = values.length === 1 ? sql`= ${values[0]}::${type}` : sql`= any(${values}::${type}[])`;
  return sql`organization_id = ${organizationId}::uuid and ${sql.ref(column)} ${isOneOf}`;
}

type Type<Entity> = { new (): Entity };

/** Whether the caller is suspended there, the rules of the root fields have asked. */
export const organizationOf = ({ viewer }: Pick<Acting, 'viewer'>): ActiveOrganization => activeOrganizationOf(viewer);

/** A new record of the active organization. */
export function newRecord<Entity extends TenantRecord>(acting: Acting, type: Type<Entity>): Entity {
  return Object.assign(new type(), { organizationId: organizationOf(acting).id });
}

/** Loads a record of the active organization for changing it; NOT_FOUND on `path` when there is none. */
export async function lock<Entity extends TenantRecord>(
  acting: Acting,
  type: Type<Entity>,
  id: string,
  path = 'id',
): Promise<Entity> {
  return find(acting, type, id, path, 'update');
}

/** Loads a record that another one shall point to; it cannot change or go until the transaction ends. */
export async function hold<Entity extends TenantRecord>(
  acting: Acting,
  type: Type<Entity>,
  id: string,
  path: string,
): Promise<Entity> {
  return find(acting, type, id, path, 'share');
}

/** Looks a record up without holding it, where something above it is locked instead. */
export async function glimpse<Entity extends TenantRecord>(
  acting: Acting,
  type: Type<Entity>,
  id: string,
  path = 'id',
): Promise<Entity> {
  return find(acting, type, id, path, 'none');
}

async function find<Entity extends TenantRecord>(
  acting: Acting,
  type: Type<Entity>,
  id: string,
  path: string,
  lock: Lock,
): Promise<Entity> {
  const [found] = await acting.find(type, 'id', id, lock);
  if (!found) throw new NotFound(path);
  return found;
}

/** How rows are found that shall be changed together: locked, and always in the same order. */
export const lockedInOrder = { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } } as const;

/** VERSION_CONFLICT when the caller has seen another version. */
export function checkVersion({ version }: VersionedRecord, expected: number | null | undefined): void {
  if (expected != null && expected !== version) throw new VersionConflict(version);
}

interface Duplicate {
  conflict: () => Conflict;
  isHidden: boolean;
}

const duplicates = new Map<string, Duplicate>();

/**
 * Says what the caller is told when two of them collide in a unique constraint at the same moment. The next attempt
 * looks the value up and finds the record that has it, unless that record is hidden from the caller.
 */
export function onDuplicate(constraint: string, conflict: () => Conflict, { isHidden = false } = {}): void {
  duplicates.set(constraint, { conflict, isHidden });
}

/** The coded error for a violated constraint, or the error itself. */
export const translated = (error: unknown): unknown => duplicateOf(error)?.conflict() ?? error;

/** Why another attempt may do better: it sees what others did meanwhile, or they are out of its way. */
export function collisionOf(error: unknown): 'overtaken' | 'deadlock' | null {
  if (error instanceof Collision || duplicateOf(error)?.isHidden === false) return 'overtaken';
  return isCollision(error) ? 'deadlock' : null;
}

/** A collision concerns the document as a whole, whatever caused it. */
const duplicateOf = (error: unknown): Duplicate | undefined =>
  error instanceof Collision ? undefined : duplicates.get(violatedBy(error) ?? '');

/**
 * Flushes. Where somebody else has taken a unique value meanwhile, the document is done again: the next time theirs is
 * found.
 */
export async function flushOrAgain({ em }: Pick<Acting, 'em'>, constraint: string): Promise<void> {
  try {
    await writeNow(em);
  } catch (error) {
    throw violatedBy(error) === constraint ? new Collision(`${constraint} was violated`, { cause: error }) : error;
  }
}

const violatedBy = (error: unknown): string | undefined =>
  (error as { constraint?: string })?.constraint ?? (error as { cause?: { constraint?: string } })?.cause?.constraint;
