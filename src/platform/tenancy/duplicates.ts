import type { Orm } from '../database/orm.js';
import { isCollision } from '../database/sql.js';
import { Collision, type Conflict } from '../errors.js';
import type { ActionContext } from './action-context.js';

type Type<Entity> = { new (): Entity };

/** A unique constraint, by the properties that its entity declares it over, the organization left out. */
interface UniqueKey {
  type: Type<object>;
  properties: readonly string[];
}

interface Duplicate {
  conflict: () => Conflict;
  isHidden: boolean;
}

const keys = new Set<UniqueKey>();
/** Names of the constraints, as the entities have them. */
const names = new Map<UniqueKey, string>();
const duplicates = new Map<UniqueKey, Duplicate>();

/** Declared when its file is loaded: `findConstraints` finds those that are known then. */
export function uniqueKey<Entity extends object>(
  type: Type<Entity>,
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
 * Says what the caller is told when two of them collide in a unique constraint at the same moment. The next attempt
 * looks the value up and finds the record that has it, unless that record is hidden from the caller.
 */
export function onDuplicate(key: UniqueKey, conflict: () => Conflict, { isHidden = false } = {}): void {
  duplicates.set(key, { conflict, isHidden });
}

/** The coded error for a violated constraint, or the error itself. */
export const translated = (error: unknown): unknown => duplicateOf(error)?.conflict() ?? error;

/** Why another attempt may do better: it sees what others did meanwhile, or they are out of its way. */
export type CollisionKind = 'overtaken' | 'aborted';

export function collisionOf(error: unknown): CollisionKind | null {
  if (error instanceof Collision || duplicateOf(error)?.isHidden === false) return 'overtaken';
  return isCollision(error) ? 'aborted' : null;
}

/** A collision concerns the document as a whole, whatever caused it. */
function duplicateOf(error: unknown): Duplicate | undefined {
  if (error instanceof Collision) return undefined;
  const violated = violatedBy(error);
  const [, duplicate] = [...duplicates].find(([key]) => violated !== undefined && names.get(key) === violated) ?? [];
  return duplicate;
}

/** Flushes. If somebody else has taken the value meanwhile, the document is done again and finds their record. */
export async function flushOrAgain(acting: ActionContext, key: UniqueKey): Promise<void> {
  try {
    await acting.flush();
  } catch (error) {
    const name = violatedBy(error);
    throw name && name === names.get(key) ? new Collision(`${name} was violated`, { cause: error }) : error;
  }
}

const violatedBy = (error: unknown): string | undefined =>
  (error as { constraint?: string })?.constraint ?? (error as { cause?: { constraint?: string } })?.cause?.constraint;
