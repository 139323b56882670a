import {
  type EntityDictionary,
  type EntityName,
  type FilterQuery,
  type NativeInsertUpdateManyOptions,
  type NativeInsertUpdateOptions,
  OptimisticLockError,
  type QueryResult,
} from '@mikro-orm/core';
import { PostgreSqlConnection } from '@mikro-orm/postgresql';
import type { QueryResult as PgResult } from 'pg';
import { isPlain, KeyedDriver, type Values } from './keyed-driver.js';
import { and, compile, type Fragment, postgresCode, type Statement, sql } from './sql.js';
import type { PooledClient } from './statements.js';

/** Fails where a write did not do what it should. */
type Check = (answer: Promise<PgResult>) => Promise<unknown>;

/**
 * A transaction of the ORM, or a savepoint in one. Its statements are sent when they are asked for and not when the
 * last one was answered, so that those asked for at once travel together; PostgreSQL does them in their order. Nobody
 * waits for a write alone: what is wrong with one is told to whoever asks or commits next.
 */
export class Transaction {
  private writes: Promise<void> = Promise.resolve();
  private isOver = false;
  private isReleased = false;

  private constructor(
    private readonly client: PooledClient,
    private readonly depth: number,
  ) {}

  static begin(client: PooledClient): Transaction {
    client.query('begin');
    return new Transaction(client, 0);
  }

  /** A savepoint in this one. */
  async nested(): Promise<Transaction> {
    await this.written();
    const nested = new Transaction(this.client, this.depth + 1);
    this.client.query(`savepoint ${nested.savepoint}`);
    return nested;
  }

  query(statement: Statement): Promise<PgResult> {
    return this.afterWrites(this.send(statement));
  }

  /** Sends a write, of which `check` says what became of it. */
  write(statement: Statement, check: Check): void {
    this.writes = this.afterWrites(check(this.send(statement))).then(() => undefined);
    this.writes.catch(() => undefined);
  }

  private send(statement: Statement): Promise<PgResult> {
    return this.isOver ? Promise.reject(new Error('This transaction is over')) : this.client.query(statement);
  }

  /** The first fault is the one to report: PostgreSQL does nothing after it. */
  private async afterWrites<Answer>(answer: Promise<Answer>): Promise<Answer> {
    answer.catch(() => undefined);
    await this.writes;
    return answer;
  }

  /** Everything was written, or throws why not. */
  written(): Promise<void> {
    return this.writes;
  }

  /** Sends the last statement and the commit in one go. After anything that went wrong, PostgreSQL commits nothing. */
  async last(statement: Statement): Promise<PgResult> {
    if (this.isOver || this.depth) throw new Error('Only a transaction that still goes on has a last statement');
    const answer = this.query(statement);
    this.isOver = true;
    const committed = this.client.query('commit');
    committed.catch(() => undefined);
    const result = await answer;
    await committed;
    this.release();
    return result;
  }

  /** As the ORM asks. */
  async executeQuery({ sql: text, parameters }: { sql: string; parameters: unknown[] }) {
    const { rows, rowCount } = await this.query({ text, values: parameters });
    return { rows, numAffectedRows: rowCount ?? undefined };
  }

  /** Whoever commits in vain rolls back, which gives the connection back. */
  async commit(): Promise<void> {
    await this.written();
    this.isOver = true;
    if (this.depth) return void this.client.query(`release ${this.savepoint}`);
    await this.client.query('commit');
    this.release();
  }

  /** Does nothing to what is committed: the connection may be somebody else's by now. */
  async rollback(): Promise<void> {
    if (this.isReleased) return;
    this.isOver = true;
    if (this.depth) return void (await this.client.query(`rollback to ${this.savepoint}`));
    // A connection that cannot roll back is closed, which does.
    const isBroken = await this.client.query('rollback').then(
      () => false,
      () => true,
    );
    this.release(isBroken);
  }

  private release(isBroken = false): void {
    this.isReleased = true;
    this.client.release(isBroken);
  }

  private get savepoint(): string {
    return `nested_${this.depth}`;
  }
}

/** The ORM's connection, in transactions of the usual kind: we ask for no isolation level nor settings with them. */
class Connection extends PostgreSqlConnection {
  override async begin({ ctx }: { ctx?: unknown } = {}): Promise<never> {
    if (ctx) return (await (ctx as Transaction).nested()) as never;
    const pool = await this.getNativeClient();
    return Transaction.begin((await pool.connect()) as PooledClient) as never;
  }

  override commit(transaction: unknown): Promise<void> {
    return (transaction as Transaction).commit();
  }

  override rollback(transaction: unknown): Promise<void> {
    return (transaction as Transaction).rollback();
  }

  /** The query builder ends only a pool that it has used itself. */
  override async close(force?: boolean): Promise<void> {
    const pool = await this.getNativeClient();
    await super.close(force);
    if (!pool.ended) await pool.end();
  }
}

/**
 * PostgreSQL's driver, but one that writes single rows by statements that are the same whatever their values, so that they
 * are prepared; the ORM's own have the values in them. What is not a plain row in a transaction is left to the ORM. A
 * version is always called `version`.
 */
export class Driver extends KeyedDriver {
  protected override readonly connection = new Connection(this.config);

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
    const insert = sql`insert into ${this.tableOf(type)} (${names}) values (${values})`;
    return this.send(insert, version, options.ctx, (answer) => this.rethrow(answer));
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
    const update = sql`update ${this.tableOf(type)} set ${sql.join(sets)} where ${and(is)} returning 1`;
    // PostgreSQL itself refuses the version that is gone, and with it what was sent behind: it divides by no rows. So no
    // trigger or generated column may divide by zero.
    const checked = sql`with updated as (${update}) select 1 / count(*) from updated`;
    return this.send(checked, next, options.ctx, (answer) => this.rethrow(answer).catch(staleVersion));
  }

  /** Answers what the row will be when it was written. */
  private send<T>(change: Fragment, row: Values, ctx: unknown, check: Check): QueryResult<T> {
    (ctx as Transaction).write(compile(change), check);
    return { affectedRows: 1, insertId: undefined as never, row };
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

function staleVersion(error: unknown): never {
  if (postgresCode(error) !== '22012') throw error;
  throw new OptimisticLockError('The row has changed since it was read');
}
