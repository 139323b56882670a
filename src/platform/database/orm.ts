import { ReflectMetadataProvider } from '@mikro-orm/decorators/legacy';
import { type EntityManager, MikroORM, type Options, type PostgreSqlDriver } from '@mikro-orm/postgresql';
import pg, { type Pool } from 'pg';
import type { Class } from '../class.js';
import { Client } from './driver/client.js';
import { clientOf, Dialect, type Transaction } from './driver/dialect.js';
import { Driver } from './driver/row-driver.js';
import { settings } from './snapshot.js';
import { type Statement, sql } from './sql.js';

export type { EntityManager } from '@mikro-orm/postgresql';
export type Orm = MikroORM;

const limits = {
  statement_timeout: 5000,
  lock_timeout: 2000,
  idle_in_transaction_session_timeout: 10_000,
};

/** Days and moments arrive as PostgreSQL writes them: a Date would lose what is finer than a millisecond, and days. */
function textOfTimes(): pg.TypeOverrides {
  const types = new pg.TypeOverrides();
  const { DATE, TIMESTAMP, TIMESTAMPTZ, INTERVAL } = pg.types.builtins;
  for (const type of [DATE, TIMESTAMP, TIMESTAMPTZ, INTERVAL]) types.setTypeParser(type, String);
  return types;
}

/** What every connection of the serving role has in common. */
const connectionOptions = {
  Client,
  connectionTimeoutMillis: 1000,
  pipeline: true,
  // A new connection has no prepared statements of long ago.
  maxUses: 20_000,
  application_name: 'too-good-crm',
  types: textOfTimes(),
  options: `-c timezone=UTC ${Object.entries(limits)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ')}`,
};

/**
 * Turns off the accessors that keep both sides of a relation in sync: no relation here has two sides. Accessors slow
 * down each new entity and keep it in memory until the next major garbage collection. MikroORM patches the entity
 * classes on the first init, so every init in a process must pass this option.
 */
export const plainProperties = { propagationOnPrototype: false } as const;

/** PostgreSQL itself ends what takes too long. */
export const openPool = (connectionString: string, max: number): Pool => {
  const pool = new pg.Pool({ connectionString, max, ...connectionOptions });
  // An idle connection that breaks is replaced; what it broke under reports it.
  pool.on('error', () => undefined);
  return pool;
};

/** The ORM on a pool, which ends with it. */
export const openOrm = (pool: Pool, entities: Class[]): Promise<Orm> => MikroORM.init(ormOptions(pool, entities));

export function ormOptions(pool: Pool, entities: Class[]): Options {
  return {
    driver: Driver as typeof PostgreSqlDriver,
    driverOptions: new Dialect(pool),
    metadataProvider: ReflectMetadataProvider,
    clientUrl: pool.options.connectionString,
    // Migrations have made it.
    ensureDatabase: false,
    entities: entities as never,
    // An id and its relation share a column. The relation is neither written nor read, since the ORM could not map a
    // foreign key of two columns onto it.
    discovery: { checkDuplicateFieldNames: false, checkNonPersistentCompositeProps: false },
    // What an action has not flushed yet must not be written by a look-up in between.
    flushMode: 'commit',
    // Rows of a bulk call are written by one statement.
    batchSize: 1000,
    ...plainProperties,
  };
}

/** Sends a statement of our own in the transaction. */
export async function send<Row>(em: EntityManager, { text, values }: Statement): Promise<Row[]> {
  const client = await clientOf(transactionOf(em));
  return (await client.query<Row & object>({ text, values })).rows;
}

/** Writes what has changed, or throws why something was not written. */
export async function flush(em: EntityManager): Promise<void> {
  const driver = em.getDriver() as unknown as Driver;
  await driver.pipelined(transactionOf(em), () => em.flush());
}

const transactionOf = (em: EntityManager): Transaction => em.getTransactionContext<Transaction>()!;

/** Says for whom and in which organization the statements of this transaction run; row-level security obeys it. */
export async function actAs(em: EntityManager, userId: string, organizationId: string | null): Promise<void> {
  await send(em, sql.raw(settings(userId, organizationId)));
}
