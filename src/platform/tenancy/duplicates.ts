import type { Constructor } from '../class.js';
import type { Orm } from '../database/orm.js';
import { isCollision } from '../database/sql.js';
import { Collision, type Conflict } from '../errors.js';
import type { ActionContext } from './action-context.js';

/** A unique constraint, identified by its entity and properties, without the organization. */
interface UniqueKey {
  type: Constructor<object>;
  properties: readonly string[];
}

interface Duplicate {
  conflict: () => Conflict;
  isHidden: boolean;
}

const keys = new Set<UniqueKey>();
/** Names of the constraints in the database. */
const names = new Map<UniqueKey, string>();
const duplicates = new Map<UniqueKey, Duplicate>();

/**
 * Declares a unique key. Call it at the top level of a module: `findConstraints` looks up the keys declared until then.
 */
export function uniqueKey<Entity extends object>(
  type: Constructor<Entity>,
  ...properties: readonly (keyof Entity & string)[]
): UniqueKey {
  const key = { type, properties };
  keys.add(key);
  return key;
}

/** Finds the constraint of every key; throws when an entity declares none over those properties. */
export function findConstraints(orm: Pick<Orm, 'getMetadata'>): void {
  for (const key of keys) {
    const { type, properties } = key;
    const { uniques } = orm.getMetadata().get(type);
    const wanted = properties.join();
    const found = uniques.find((unique) => withoutOrganization(unique.properties) === wanted);
    if (!found?.name) throw new Error(`${type.name} declares no unique constraint over ${properties.join(' and ')}`);
    names.set(key, found.name);
  }
}

const withoutOrganization = (properties: string | string[] = []): string =>
  [properties]
    .flat()
    .filter((name) => name !== 'organizationId')
    .join();

/**
 * Sets the error for two transactions that write the same unique value at the same time. The document is retried, and
 * the next attempt finds the other record. If that record is hidden from the caller (`isHidden`), a retry could not
 * find it, and the caller gets the error at once.
 */
export function onDuplicate(key: UniqueKey, conflict: () => Conflict, { isHidden = false } = {}): void {
  duplicates.set(key, { conflict, isHidden });
}

/** The coded error for a violated constraint, or the error itself. */
export const translated = (error: unknown): unknown => duplicateOf(error)?.conflict() ?? error;

/** The reason for a retry: it finds the record of a faster transaction, or PostgreSQL aborted the first attempt. */
export type CollisionKind = 'overtaken' | 'aborted';

export function collisionOf(error: unknown): CollisionKind | null {
  if (error instanceof Collision || duplicateOf(error)?.isHidden === false) return 'overtaken';
  return isCollision(error) ? 'aborted' : null;
}

/** The rule for a violated constraint; none for a Collision, which always retries the whole document. */
function duplicateOf(error: unknown): Duplicate | undefined {
  if (error instanceof Collision) return undefined;
  const violated = violatedBy(error);
  const [, duplicate] = [...duplicates].find(([key]) => violated !== undefined && names.get(key) === violated) ?? [];
  return duplicate;
}

/** Flushes. If another transaction has taken the value meanwhile, the document is retried and finds its record. */
export async function flushOrRetry(context: ActionContext, key: UniqueKey): Promise<void> {
  try {
    await context.flush();
  } catch (error) {
    const name = violatedBy(error);
    throw name && name === names.get(key) ? new Collision(`${name} was violated`, { cause: error }) : error;
  }
}

const violatedBy = (error: unknown): string | undefined =>
  (error as { constraint?: string })?.constraint ?? (error as { cause?: { constraint?: string } })?.cause?.constraint;
