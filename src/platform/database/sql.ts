import { OptimisticLockError } from '@mikro-orm/core';
import template, { join, raw, type Sql } from 'sql-template-tag';

/** A piece of SQL with its values. */
export type Fragment = Sql;

/** Makes fragments: what stands in `${…}` is a value that travels apart, or another fragment. */
export const sql = Object.assign(template, {
  /** SQL text of our own, never of a caller's. */
  raw,
  /** A name, quoted; `alias.column` is two. */
  ref,
  join: (fragments: readonly unknown[], separator = ', '): Fragment =>
    fragments.length ? join(fragments, separator) : nothing,
});

const nothing = raw('');
const refs = new Map<string, Fragment>();

/** Names are those of our tables, columns and aliases, so there are not many. */
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

/** A row as PostgreSQL answers it, by the names of its columns. */
export type Row = Record<string, unknown>;

/** Where statements go: the transaction of the operation. */
export interface Rows {
  query(statement: Statement): Promise<Row[]>;
}

export const compile = ({ text, values }: Fragment): Statement => ({ text, values });

export const and = (conditions: Fragment[]): Fragment =>
  conditions.length ? sql.join(conditions, ' and ') : sql`true`;

export const or = (conditions: Fragment[]): Fragment =>
  conditions.length ? sql`(${sql.join(conditions, ' or ')})` : sql`false`;

/** `alias.column`, both trusted names of our own. */
export const column = (alias: string, name: string): Fragment => sql.ref(`${alias}.${name}`);

/** PostgreSQL's own code of an error, also where the ORM has wrapped it. */
export const postgresCode = (error: unknown): unknown =>
  (error as { code?: unknown })?.code ?? (error as { cause?: { code?: unknown } })?.cause?.code;

/** A deadlock, a serialization failure, or a row that changed after it was read: another attempt may succeed. */
export const isCollision = (error: unknown): boolean =>
  error instanceof OptimisticLockError || ['40P01', '40001'].includes(String(postgresCode(error)));
