import { ReflectMetadataProvider } from '@mikro-orm/decorators/legacy';
import { type EntityManager, MikroORM, type PostgreSqlDriver } from '@mikro-orm/postgresql';
import pg, { type Pool } from 'pg';
import type { Class } from '../records/property.js';
import { Driver, type Transaction } from './driver.js';
import { type Statement, sql } from './sql.js';
import { Client } from './statements.js';

export type { EntityManager } from '@mikro-orm/postgresql';
export type Orm = MikroORM;

const limits = {
  statement_timeout: 5000,
  lock_timeout: 2000,
  idle_in_transaction_session_timeout: 10_000,
};

/** What every connection of the serving role has in common. */
export const connectionOptions = {
  Client,
  connectionTimeoutMillis: 1000,
  pipeline: true,
  // A new connection has no prepared statements of long ago.
  maxUses: 20_000,
  application_name: 'too-good-crm',
  options: `-c timezone=UTC ${Object.entries(limits)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ')}`,
};

/**
 * No relation of ours has another side to be kept in step, and accessors made for each entity are slow and keep it in
 * memory until the next major garbage collection. Whoever opens the ORM first says so for all: the classes are the same.
 */
export const plainProperties = { propagationOnPrototype: false } as const;

/** Opens the pool of the serving role; PostgreSQL itself ends what takes too long. */
export async function openOrm(databaseUrl: string, entities: Class[], poolSize: number): Promise<Orm> {
  return MikroORM.init({
    driver: Driver as typeof PostgreSqlDriver,
    metadataProvider: ReflectMetadataProvider,
    clientUrl: databaseUrl,
    // Migrations have made it.
    ensureDatabase: false,
    entities: entities as never,
    // An id and the relation made of it share their column; the relation is neither written nor read, which the ORM could
    // not do with a key of two columns.
    discovery: { checkDuplicateFieldNames: false, checkNonPersistentCompositeProps: false },
    // What an action has not flushed yet must not be written by a look-up in between.
    flushMode: 'commit',
    // Rows of a bulk call are written by one statement.
    batchSize: 1000,
    ...plainProperties,
    pool: { min: 0, max: poolSize },
    driverOptions: connectionOptions,
  });
}

export const poolOf = async (orm: Orm): Promise<Pool> => (await orm.em.getConnection().getNativeClient()) as Pool;

/** Sends a statement of our own in the transaction. */
export async function send<Row>(em: EntityManager, { text, values }: Statement): Promise<Row[]> {
  return (await transactionOf(em).query({ text, values })).rows;
}

/** Flushes and sends the last statement of the transaction, which is committed in the same round trip. */
export async function sendLast<Row>(em: EntityManager, { text, values }: Statement): Promise<Row[]> {
  await em.flush();
  return (await transactionOf(em).last({ text, values })).rows;
}

/** Waits for all that was flushed, or throws why something was not written. */
export const written = (em: EntityManager): Promise<void> => transactionOf(em).written();

/** Flushes, and waits for it. */
export async function writeNow(em: EntityManager): Promise<void> {
  await em.flush();
  await written(em);
}

const transactionOf = (em: EntityManager): Transaction => em.getTransactionContext<Transaction>()!;

/** Says for whom and in which organization the statements of this transaction run; row-level security obeys it. */
export async function actAs(em: EntityManager, userId: string, organizationId: string | null): Promise<void> {
  await send(em, sql.raw(settings(userId, organizationId)));
}

/** Commands, which cost PostgreSQL less than calls of `set_config`: it neither plans them nor answers rows. */
export function settings(userId: string, organizationId: string | null): string {
  const [user, organization] = [userId, organizationId ?? nowhere].map(pg.escapeLiteral);
  return `set local app.user_id = ${user}; set local app.organization_id = ${organization}`;
}

/** The organization of those who act in none: no row belongs to it. */
export const nowhere = '00000000-0000-0000-0000-000000000000';
