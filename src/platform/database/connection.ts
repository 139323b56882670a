import pg, { type Pool } from 'pg';
import { ConfigError } from '../config.js';
import { isConnectionLost } from './faults.js';
import type { Row, Statement } from './sql.js';

/**
 * Runs `work` on a dedicated connection. If connecting fails and `variable` names the environment variable with the
 * URL, throws a ConfigError that names it.
 */
export async function withClient<Value>(
  connectionString: string,
  work: (client: pg.Client) => Promise<Value>,
  variable?: string,
): Promise<Value> {
  const client = new pg.Client({ connectionString });
  // The next query of a broken connection rejects. Without a listener the event would end the process.
  client.on('error', () => undefined);
  await client.connect().catch((error: NodeJS.ErrnoException) => {
    throw variable ? new ConfigError(`${variable} cannot be connected to: ${error.message || error.code}`) : error;
  });
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Reads by one statement. If the connection is lost before the answer, reads again on another, once. */
export async function readFrom<Found extends object = Row>(pool: Pool, { text, values }: Statement): Promise<Found[]> {
  const read = async () => (await pool.query<Found>(text, values)).rows;
  return read().catch((error: unknown) => {
    if (isConnectionLost(error)) return read();
    throw error;
  });
}
