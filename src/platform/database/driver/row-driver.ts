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
 * The keyed driver, with faster statements for the same writes. The ORM puts values into the SQL text; here they are
 * bound, so that statements can be prepared:
 * - A single row is written by its columns. A flush pipelines these statements.
 * - Many rows of one organization are one JSON value, which PostgreSQL reads faster than SQL of the same length. Their
 *   statement names the organization once; the ORM repeats it for each row, and in updates for each column.
 *
 * The ORM still writes values that are SQL or structures, and rows of several organizations. The version property is
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
    const meta = this.metadata.get(type);
    const version = meta.versionProperty ? { version: 1 } : {};
    const given = (rows as Values[]).map((row) => ({ ...version, ...row }));
    const isOne = given.length === 1;
    if (!options.ctx || transform || !given.every(isPlain) || !(isOne || canBeJson(meta, given)))
      return super.nativeInsertMany(type, rows, options, transform);
    await this.write(options.ctx, isOne ? this.insertOf(type, given[0]!) : insertOfAll(meta, given), given.length);
    return resultOf(given.map((row: Values) => (meta.versionProperty ? { version: row.version } : {})));
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
    return resultOf([next]);
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
    if (!options.ctx || !organizationId || transform || hasJson(meta) || !changes.every(isPlain))
      return super.nativeUpdateMany(type, where, changes, options, transform);
    const rows = keys.map(({ id }, place) => ({ id, changes: inColumns(meta, changes[place]!) }));
    const columns = namesIn(rows.map((row) => row.changes));
    const [next, version] = meta.versionProperty ? [sql`, version = t.version + 1`, sql`, t.version`] : [sql``, sql``];
    const client = await clientOf(options.ctx);
    // Columns that a row does not change keep their values.
    const update = sql`
      update ${sql.ref(meta.tableName)} as t
      set (${columns}) = (select ${columns} from jsonb_populate_record(t, given.changes))${next}
      from jsonb_to_recordset(${JSON.stringify(rows)}) as given (id uuid, changes jsonb)
      where t.organization_id = ${organizationId}
        and t.id = given.id
      returning t.organization_id, t.id${version}`;
    const answer: PgResult<Values> = await this.rethrow(client.query(compile(update)));
    return resultOf(answer.rows);
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

  /** Writes rows. During a flush, resolves as soon as it is sent; otherwise when they are written. */
  private async write(transaction: Transaction, change: Fragment, rows = 1): Promise<void> {
    const client = await clientOf(transaction);
    const answer: Promise<PgResult> = this.rethrow(client.query(compile(change)));
    const write = answer.then(({ rowCount }) => {
      if (rowCount !== rows) throw new OptimisticLockError('The row has changed since it was read');
    });
    const writes = this.sent.get(transaction);
    if (!writes) return write;
    // `pipelined` awaits it and rejects; this handler only prevents an unhandled rejection until then.
    write.catch(() => undefined);
    writes.push(write);
  }

  private insertOf<T extends object>(type: EntityName<T>, row: Values): Fragment {
    const columns = this.columnsOf(type, row);
    const names = sql.join(columns.map(([column]) => column));
    const values = sql.join(columns.map(([, value]) => value));
    return sql`insert into ${this.tableOf(type)} (${names}) values (${values})`;
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

function insertOfAll(meta: EntityMetadata, rows: Values[]): Fragment {
  const [{ organizationId }] = rows as [Values];
  const given = rows.map(({ organizationId: _, ...row }) => inColumns(meta, row));
  const [table, columns] = [sql.ref(meta.tableName), namesIn(given)];
  return sql`
    insert into ${table} (organization_id, ${columns})
    select ${organizationId}::uuid, ${columns}
    from jsonb_populate_recordset(null::${table}, ${JSON.stringify(given)})`;
}

/**
 * Whether all rows belong to one organization, and none lacks a value that others have and for which PostgreSQL has a
 * default: JSON has none.
 */
function canBeJson(meta: EntityMetadata, rows: Values[]): boolean {
  const isMixed = (name: string) => new Set(rows.map((row) => row[name] === undefined)).size > 1;
  const isOfOne = commonValue(rows.map(({ organizationId }) => organizationId)) !== undefined;
  return isOfOne && !hasJson(meta) && !meta.props.some((one) => one.defaultRaw !== undefined && isMixed(one.name));
}

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

/** The columns that any of the rows has. */
const namesIn = (rows: Values[]): Fragment => sql.join([...new Set(rows.flatMap(Object.keys))].map(sql.ref));

const resultOf = <T>(rows: Values[]) => ({ affectedRows: rows.length, row: rows[0] ?? {}, rows }) as QueryResult<T>;
