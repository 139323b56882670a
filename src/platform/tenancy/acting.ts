import { LockMode } from '@mikro-orm/core';
import { type ActiveOrganization, membershipOf, type Viewer } from '../auth/viewer.js';
import { entities, type Lock } from '../database/entities.js';
import type { EntityManager } from '../database/orm.js';
import { sql } from '../database/sql.js';
import { Collision, type Conflict, NotFound, VersionConflict } from '../errors.js';
import type { TenantRecord, VersionedRecord } from './tenant-record.js';

/** Who changes something, and the transaction in which it happens. A request's context is one. */
export interface Acting {
  em: EntityManager;
  viewer: Viewer;
  /** Draws the next number of a kind; on a connection of its own, so that it never waits for an open transaction. */
  draw: (kind: CodeKind) => Promise<string>;
}

export type CodeKind = 'CUST' | 'LEAD' | 'DEAL' | 'EMP' | 'VEN' | 'PIPE';

type Type<Entity> = { new (): Entity };

export const organizationOf = ({ viewer }: Pick<Acting, 'viewer'>): ActiveOrganization => membershipOf(viewer);

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
  const own = sql`organization_id = ${organizationOf(acting).id}::uuid and id = ${id}::uuid`;
  const [found] = await entities(acting.em, type, own, lock);
  if (!found) throw new NotFound(path);
  return found;
}

/** How rows are found that shall be changed together: locked, and always in the same order. */
export const lockedInOrder = { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } } as const;

/** VERSION_CONFLICT when the caller has seen another version. */
export function checkVersion({ version }: VersionedRecord, expected: number | null | undefined): void {
  if (expected != null && expected !== version) throw new VersionConflict(version);
}

const translations = new Map<string, () => Conflict>();

/** Says what the caller is told when two of them collide in a unique constraint at the same moment. */
export function onDuplicate(constraint: string, conflict: () => Conflict): void {
  translations.set(constraint, conflict);
}

/** The coded error for a violated constraint, or the error itself. */
export function translated(error: unknown): unknown {
  const constraint = violatedBy(error);
  return (constraint && translations.get(constraint)?.()) || error;
}

/**
 * Flushes. Where somebody else has taken a unique value meanwhile, the document is done again: the next time theirs is
 * found.
 */
export async function flushOrAgain({ em }: Pick<Acting, 'em'>, constraint: string): Promise<void> {
  try {
    await em.flush();
  } catch (error) {
    throw violatedBy(error) === constraint ? new Collision(`${constraint} was violated`, { cause: error }) : error;
  }
}

const violatedBy = (error: unknown): string | undefined =>
  (error as { constraint?: string })?.constraint ?? (error as { cause?: { constraint?: string } })?.cause?.constraint;
