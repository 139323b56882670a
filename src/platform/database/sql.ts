import { OptimisticLockError } from '@mikro-orm/core';
import { DummyDriver, Kysely, PostgresAdapter, PostgresQueryCompiler, type RawBuilder, sql } from 'kysely';

export { type RawBuilder, sql } from 'kysely';

// Only compiles: statements are sent by the reader or the entity manager, which know their transaction.
const compiler = new Kysely<never>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: () => {
      throw new Error('The compiler has no database to look into');
    },
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

export interface Statement {
  text: string;
  values: unknown[];
}

export function compile(fragment: RawBuilder<unknown>): Statement {
  const { sql: text, parameters } = fragment.compile(compiler);
  return { text, values: [...parameters] };
}

export type Fragment = RawBuilder<unknown>;

export const and = (conditions: Fragment[]): Fragment =>
  conditions.length ? sql.join(conditions, sql` and `) : sql`true`;

export const or = (conditions: Fragment[]): Fragment =>
  conditions.length ? sql`(${sql.join(conditions, sql` or `)})` : sql`false`;

/** `alias.column`, both trusted names of our own. */
export const column = (alias: string, name: string): Fragment => sql.ref(`${alias}.${name}`);

/** PostgreSQL's own code of an error, also where the ORM has wrapped it. */
export const postgresCode = (error: unknown): unknown =>
  (error as { code?: unknown })?.code ?? (error as { cause?: { code?: unknown } })?.cause?.code;

/** A deadlock, a serialization failure, or a row that changed after it was read: another attempt may succeed. */
export const isCollision = (error: unknown): boolean =>
  error instanceof OptimisticLockError || ['40P01', '40001'].includes(String(postgresCode(error)));
