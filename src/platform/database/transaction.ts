import type { Pool } from 'pg';
import type { PooledClient } from './driver/client.js';
import { settings } from './snapshot.js';
import type { QueryRunner, Row, Statement } from './sql.js';

const begin = {
  reads: 'begin isolation level repeatable read read only',
  writes: 'begin',
};

/** Runs `work` in a transaction of its own in an organization, outside of requests: as no user. */
export async function transaction<Value>(
  pool: Pool,
  { kind, organizationId }: { kind: keyof typeof begin; organizationId: string },
  work: (queries: QueryRunner) => Promise<Value>,
): Promise<Value> {
  const client = (await pool.connect()) as PooledClient;
  const queries = {
    query: async <Found extends object = Row>({ text, values }: Statement) =>
      (await client.query<Found>(text, values)).rows,
  };
  try {
    client.sendUnawaited(`${begin[kind]}; ${settings(null, organizationId)}`);
    const value = await work(queries);
    await client.commit();
    client.release();
    return value;
  } catch (error) {
    // Without its connection, the transaction is rolled back.
    client.release(true);
    throw error;
  }
}
