import {
  type EntityDictionary,
  type EntityMetadata,
  type EntityName,
  type FilterQuery,
  type NativeDeleteOptions,
  type NativeInsertUpdateManyOptions,
  type NativeInsertUpdateOptions,
  OptimisticLockError,
  type QueryResult,
} from '@mikro-orm/core';
import type { QueryResult as PgResult } from 'pg';
import { and, compile, type Fragment, sql } from '../sql.js';
import { clientOf, type Transaction } from './dialect.js';
import { KeyedDriver, tenantKey, type Values } from './keyed-driver.js';

/**
 * The keyed driver, with faster statements for the same writes:
 * - A single row is written with bound parameters, so that the statement can be prepared; the ORM puts values into the
 *   SQL text. A flush pipelines these statements.
 * - Many rows of one organization are updated or deleted by a statement that names the organization once. The ORM
 *   repeats it for each row and column, which takes PostgreSQL a third longer for a thousand rows.
 * - Many long rows are inserted by several statements: to write one of megabytes would keep the event loop for half a
 *   second.
 *
 * The ORM still inserts several rows at once, and writes values that are SQL or structures. The version property is
 * always called `version`.
 */
export class Driver extends KeyedDriver {
  /** Writes that a running flush has sent, by transaction. */
  private readonly sent = new WeakMap<object, Promise<void>[]>();

  /**
   * Runs a flush and resolves when everything is written. Rejects with the first error in the order of the statements.
   */
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
    const parts = inParts(rows as Values[]);
    if (parts.length > 1) {
      const results: QueryResult<T>[] = [];
      for (const part of parts)
        results.push(await super.nativeInsertMany(type, part as EntityDictionary<T>[], options, transform));
      return { ...results[0]!, rows: results.flatMap((result) => result.rows ?? []) };
    }
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

  override async nativeUpdateMany<T extends object>(
    type: EntityName<T>,
    where: FilterQuery<T>[],
    changes: EntityDictionary<T>[],
    options: NativeInsertUpdateManyOptions<T> = {},
    transform?: (sql: string, values: unknown[]) => string,
  ): Promise<QueryResult<T>> {
    for (const condition of where) this.demandOrganization(type, condition);
    const meta = this.metadata.get(type);
    const keys = where as Values[];
    const organizationId = commonValue(keys.map((key) => key.organizationId));
    if (!organizationId || transform || hasJson(meta) || !changes.every(isPlain))
      return super.nativeUpdateMany(type, where, changes, options, transform);
    const rows = keys.map(({ id }, place) => ({ id, changes: inColumns(meta, changes[place]!) }));
    const changed = new Set(rows.flatMap((row) => Object.keys(row.changes)));
    const columns = [...changed].map((column) => `"${column}"`).join(', ');
    const [next, version] = meta.versionProperty ? [', version = t.version + 1', ', t.version'] : ['', ''];
    // Columns that a row does not change keep their values.
    const update = `
      update "${meta.tableName}" as t
      set (${columns}) = (select ${columns} from jsonb_populate_record(t, given.changes))${next}
      from jsonb_to_recordset(?) as given (id uuid, changes jsonb)
      where t.organization_id = ?
        and t.id = given.id
      returning t.organization_id, t.id${version}`;
    return this.rethrow(this.execute(update, [JSON.stringify(rows), organizationId], 'run', options.ctx));
  }

  override async nativeDelete<T extends object>(
    type: EntityName<T>,
    where: FilterQuery<T>,
    options?: NativeDeleteOptions<T>,
  ): Promise<QueryResult<T>> {
    const { $in: keys = [] } = ((where as Values)[tenantKey] ?? {}) as { $in?: Values[] };
    const organizationId = commonValue(keys.map((key) => key.organizationId));
    const condition = organizationId ? { organizationId, id: { $in: keys.map(({ id }) => id) } } : where;
    return super.nativeDelete(type, condition as FilterQuery<T>, options);
  }

  /** Writes one row. During a flush, resolves as soon as it is sent; otherwise when it is written. */
  private async write(transaction: Transaction, change: Fragment): Promise<void> {
    const client = await clientOf(transaction);
    const answer: Promise<PgResult> = this.rethrow(client.query(compile(change)));
    const write = answer.then(({ rowCount }) => {
      if (rowCount !== 1) throw new OptimisticLockError('The row has changed since it was read');
    });
    const writes = this.sent.get(transaction);
    if (!writes) return write;
    // `pipelined` awaits it and rejects; this handler only prevents an unhandled rejection until then.
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

/** Characters of the texts that one statement inserts. */
const mostCharacters = 512 * 1024;

/** Rows in their order, in parts that have no more characters than allowed, or a single row. */
function inParts(rows: Values[]): Values[][] {
  const parts: Values[][] = [];
  let left = 0;
  for (const row of rows) {
    const length = lengthOf(row);
    if (!parts.length || length > left) {
      parts.push([]);
      left = mostCharacters;
    }
    parts.at(-1)!.push(row);
    left -= length;
  }
  return parts;
}

const lengthOf = (row: Values): number =>
  Object.values(row).reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 0), 0);

/** The value that all of `values` equal; undefined if they differ. */
function commonValue<Value>(values: Value[]): Value | undefined {
  const [first, ...rest] = new Set(values);
  return rest.length === 0 ? first : undefined;
}

/** Whether all are plain values, and none is SQL, an operator or a structure. */
const isPlain = (values: object): boolean =>
  Object.values(values).every((value) => value === null || value instanceof Date || typeof value !== 'object');

/** The ORM passes JSON values as text, which `jsonb_populate_record` would store as a JSON string. */
const hasJson = ({ props }: EntityMetadata): boolean => props.some(({ columnTypes }) => columnTypes.includes('jsonb'));

const inColumns = ({ properties }: EntityMetadata, values: Values): Values =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [properties[name]!.fieldNames[0]!, value]));

const rowOf = <T>(row: Values) => ({ affectedRows: 1, row }) as QueryResult<T>;
