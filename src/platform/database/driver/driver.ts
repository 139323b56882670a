import {
  type EntityDictionary,
  type EntityName,
  type FilterQuery,
  type NativeInsertUpdateManyOptions,
  type NativeInsertUpdateOptions,
  OptimisticLockError,
  type QueryResult,
} from '@mikro-orm/core';
import type { QueryResult as PgResult } from 'pg';
import { and, compile, type Fragment, sql } from '../sql.js';
import { clientOf, type Transaction } from './dialect.js';
import { isPlain, KeyedDriver, type Values } from './keyed-driver.js';

/**
 * The ORM's driver, but for single rows: their values travel as parameters, so that the statements are prepared (the
 * ORM puts values into the text), and during a flush they are sent without waiting in between.
 *
 * Left to the ORM: several rows at once, and values that are SQL or structures. A version is always called `version`.
 */
export class Driver extends KeyedDriver {
  /** Writes that were sent by a flush, by its transaction. */
  private readonly sent = new WeakMap<object, Promise<void>[]>();

  /** Runs a flush; when this resolves, everything is written. Rejects with the first fault, which PostgreSQL met first. */
  async pipelined(transaction: Transaction, flush: () => Promise<void>): Promise<void> {
    const writes: Promise<void>[] = [];
    this.sent.set(transaction, writes);
    try {
      await flush();
    } finally {
      this.sent.delete(transaction);
      await Promise.all(writes);
    }
  }

  override async nativeInsertMany<T extends object>(
    type: EntityName<T>,
    rows: EntityDictionary<T>[],
    options: NativeInsertUpdateManyOptions<T> = {},
    transform?: (sql: string) => string,
  ): Promise<QueryResult<T>> {
    const [row] = rows as Values[];
    if (!options.ctx || rows.length !== 1 || transform || !isPlain(row!))
      return super.nativeInsertMany(type, rows, options, transform);
    const version = this.metadata.get(type).versionProperty ? { version: row!.version ?? 1 } : {};
    const columns = this.columnsOf(type, { ...row, ...version });
    const names = sql.join(columns.map(([column]) => column));
    const values = sql.join(columns.map(([, value]) => value));
    await this.write(options.ctx, sql`insert into ${this.tableOf(type)} (${names}) values (${values})`);
    return rowOf(version);
  }

  override async nativeUpdate<T extends object>(
    type: EntityName<T>,
    where: FilterQuery<T>,
    changes: EntityDictionary<T>,
    options: NativeInsertUpdateOptions<T> = {},
  ): Promise<QueryResult<T>> {
    this.demandOrganization(type, where);
    const { version } = where as Values;
    if (!options.ctx || options.upsert || typeof version !== 'number' || !isPlain(where as Values) || !isPlain(changes))
      return super.nativeUpdate(type, where, changes, options);
    const next = { version: version + 1 };
    const sets = this.columnsOf(type, { ...changes, ...next }).map(([column, value]) => sql`${column} = ${value}`);
    const is = this.columnsOf(type, where as Values).map(([column, value]) => sql`${column} = ${value}`);
    await this.write(options.ctx, sql`update ${this.tableOf(type)} set ${sql.join(sets)} where ${and(is)}`);
    return rowOf(next);
  }

  /** Writes one row. Resolves when it is sent, where a flush waits for it; else when it is written. */
  private async write(transaction: Transaction, change: Fragment): Promise<void> {
    const client = await clientOf(transaction);
    const answer: Promise<PgResult> = this.rethrow(client.query(compile(change)));
    const write = answer.then(({ rowCount }) => {
      if (rowCount !== 1) throw new OptimisticLockError('The row has changed since it was read');
    });
    const writes = this.sent.get(transaction);
    if (!writes) return write;
    // Whoever runs the flush is told.
    write.catch(() => undefined);
    writes.push(write);
  }

  private tableOf<T extends object>(type: EntityName<T>): Fragment {
    return sql.ref(this.metadata.get(type).tableName);
  }

  private columnsOf<T extends object>(type: EntityName<T>, values: Values): [Fragment, unknown][] {
    const { properties } = this.metadata.get(type);
    return Object.entries(values).map(([name, value]) => [
      sql.ref((properties as Record<string, { fieldNames: string[] }>)[name]!.fieldNames[0]!),
      value instanceof Date ? value.toISOString() : value,
    ]);
  }
}

const rowOf = <T>(row: Values): QueryResult<T> => ({ affectedRows: 1, insertId: undefined as never, row });
