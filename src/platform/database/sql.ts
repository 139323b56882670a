import { OptimisticLockError } from '@mikro-orm/core';
import template, { join, raw, type Sql } from 'sql-template-tag';

/** A piece of SQL with its values. */
export type Fragment = Sql;

/** Template tag for fragments: `${…}` takes a value, which is bound as a parameter, or another fragment. */
export const sql = Object.assign(template, {
  /** Trusted SQL text, never a caller's. */
  raw,
  /** A quoted name; `alias.column` is quoted as two. */
  ref,
  join: (fragments: readonly unknown[], separator = ', '): Fragment =>
    fragments.length ? join(fragments, separator) : nothing,
});

const nothing = raw('');
const refs = new Map<string, Fragment>();

/** Caches without a limit, since only our own tables, columns and aliases have names. */
function ref(name: string): Fragment {
  let known = refs.get(name);
  if (!known) {
    const quoted = name.split('.').map((part) => `"${part}"`);
    known = raw(quoted.join('.'));
    refs.set(name, known);
  }
  return known;
}

export interface Statement {
  text: string;
  values: unknown[];
}

/** A row of a result, by the names of its columns. */
export type Row = Record<string, unknown>;

/** Runs statements in the transaction of the operation. */
export interface QueryRunner {
  query<Found extends object = Row>(statement: Statement): Promise<Found[]>;
}

export const compile = ({ text, values }: Fragment): Statement => ({ text, values });

export const and = (conditions: Fragment[]): Fragment =>
  conditions.length ? sql.join(conditions, ' and ') : sql`true`;

export const or = (conditions: Fragment[]): Fragment =>
  conditions.length ? sql`(${sql.join(conditions, ' or ')})` : sql`false`;

/** `alias.column`; both names are trusted. */
export const column = (alias: string, name: string): Fragment => sql.ref(`${alias}.${name}`);

/** A moment as ISO 8601 text in UTC. */
export const instant = (moment: Fragment): Fragment =>
  sql`to_char((${moment}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** PostgreSQL's error code, also of an error that the ORM has wrapped. */
export const postgresCode = (error: unknown): unknown =>
  (error as { code?: unknown })?.code ?? (error as { cause?: { code?: unknown } })?.cause?.code;

/** A deadlock, a serialization failure, or a row that changed after it was read: another attempt may succeed. */
export const isCollision = (error: unknown): boolean =>
  error instanceof OptimisticLockError || ['40P01', '40001'].includes(String(postgresCode(error)));
