import { ReflectMetadataProvider } from '@mikro-orm/decorators/legacy';
import { type EntityManager, MikroORM, type Options, type PostgreSqlDriver } from '@mikro-orm/postgresql';
import pg, { type Pool } from 'pg';
import type { Class } from '../class.js';
import { announcing, type ChangeSetFacts, writtenChangeSet } from './change-set.js';
import { Client, type Transcript } from './driver/client.js';
import { clientOf, Dialect, type Transaction } from './driver/dialect.js';
import { Driver } from './driver/row-driver.js';
import { KnownAway } from './faults.js';
import { startOptions } from './session-settings.js';
import { settings } from './snapshot.js';
import type { Statement } from './sql.js';

export type { EntityManager } from '@mikro-orm/postgresql';
export type Orm = MikroORM;

/**
 * Dates and timestamps stay text, as PostgreSQL prints them: a JavaScript Date would drop microseconds and shift days.
 */
function textForTimes(): pg.TypeOverrides {
  const types = new pg.TypeOverrides();
  const { DATE, TIMESTAMP, TIMESTAMPTZ, INTERVAL } = pg.types.builtins;
  for (const type of [DATE, TIMESTAMP, TIMESTAMPTZ, INTERVAL]) types.setTypeParser(type, String);
  return types;
}

/** Options of every connection of the serving role. */
const connectionOptions = {
  Client,
  // Admission bounds the wait for a connection. To open one takes several answers, for which a busy server is late.
  connectionTimeoutMillis: 3000,
  pipeline: true,
  keepAlive: true,
  // Connections are replaced from time to time, since they keep prepared statements that are no longer used.
  maxUses: 20_000,
  application_name: 'too-good-crm',
  types: textForTimes(),
};

/**
 * Turns off the accessors that keep both sides of a relation in sync: no relation here has two sides. Accessors slow
 * down each new entity and keep it in memory until the next major garbage collection. MikroORM patches the entity
 * classes on the first init, so every init in a process must pass this option.
 */
export const plainProperties = { propagationOnPrototype: false } as const;

/** A pool that gives no connections while PostgreSQL is known to be away, since a new one could take long to fail. */
export class GuardedPool extends pg.Pool {
  isAway = false;

  override connect(): Promise<pg.PoolClient>;
  override connect(
    callback: (error: Error | undefined, client: pg.PoolClient | undefined, done: () => void) => void,
  ): void;
  override connect(
    callback?: (error: Error | undefined, client: pg.PoolClient | undefined, done: () => void) => void,
  ): Promise<pg.PoolClient> | undefined {
    if (!this.isAway) {
      if (!callback) return super.connect();
      super.connect(callback);
      return undefined;
    }
    const error = new KnownAway();
    if (!callback) return Promise.reject(error);
    callback(error, undefined, () => undefined);
    return undefined;
  }
}

/**
 * Opens a connection pool whose statements PostgreSQL cancels when they exceed a timeout. The pool calls `onBroken` for
 * each idle connection that breaks, and replaces it. If a query is running on it, that query rejects instead. Without
 * prepared statements, a pooler may give each transaction another connection.
 */
export function openPool(
  connectionString: string,
  max: number,
  onBroken: (error: Error) => void,
  preparesStatements = true,
): GuardedPool {
  const options = preparesStatements ? { options: startOptions } : { isShared: true };
  return new GuardedPool({ connectionString, max, ...connectionOptions, ...options }).on('error', onBroken);
}

/** Opens the ORM on a pool; closing the ORM ends the pool. */
export const openOrm = (pool: Pool, entities: Class[]): Promise<Orm> => MikroORM.init(ormOptions(pool, entities));

export function ormOptions(pool: Pool, entities: Class[]): Options {
  return {
    driver: Driver as typeof PostgreSqlDriver,
    driverOptions: new Dialect(pool),
    metadataProvider: ReflectMetadataProvider,
    clientUrl: pool.options.connectionString,
    // The database exists already: migrations have run on it.
    ensureDatabase: false,
    entities: entities,
    // An id and its relation share a column. The relation is neither written nor read, since the ORM could not map a
    // foreign key of two columns onto it.
    discovery: { checkDuplicateFieldNames: false, checkNonPersistentCompositeProps: false },
    // A lookup must not flush an action's unfinished changes.
    flushMode: 'commit',
    // One statement writes all rows of a bulk call.
    batchSize: 1000,
    ...plainProperties,
  };
}

/** Sends a custom statement in the transaction. */
export async function send<Row>(em: EntityManager, { text, values }: Statement): Promise<Row[]> {
  const client = await clientOf(transactionOf(em));
  return (await client.query<Row & object>({ text, values })).rows;
}

/** Writes all changes; rejects if one of them could not be written. */
export async function flush(em: EntityManager): Promise<void> {
  const driver = em.getDriver() as PostgreSqlDriver & Pick<Driver, 'pipelined'>;
  await driver.pipelined(transactionOf(em), () => em.flush());
}

/** Stops the transaction, whatever it does: it is rolled back, and its statements reject. */
export async function abandon(em: EntityManager, cancellers: Pool): Promise<void> {
  await (await clientOf(transactionOf(em))).abandon(cancellers);
}

/** The statements that the transaction has sent and will send. */
export async function transcriptOf(em: EntityManager): Promise<Transcript> {
  return (await clientOf(transactionOf(em))).transcript!;
}

const transactionOf = (em: EntityManager): Transaction => em.getTransactionContext<Transaction>()!;

/**
 * Sets the user and organization that row-level security applies to the statements of this transaction, and announces
 * the change set of its writes.
 */
export async function actAs(
  em: EntityManager,
  userId: string | null,
  organizationId: string | null,
  changeSet?: ChangeSetFacts,
): Promise<void> {
  const commands = [settings(userId, organizationId), ...(changeSet ? [announcing(changeSet)] : [])];
  await (await clientOf(transactionOf(em))).query(commands.join('; '));
}

/** Asks for the id of the change set that was written; null if nothing has changed. The answer is not awaited. */
export async function askForChangeSet(em: EntityManager): Promise<{ answer: Promise<string | null> }> {
  const client = await clientOf(transactionOf(em));
  return { answer: writtenChangeSet(client) };
}
