import { setTimeout as pause } from 'node:timers/promises';
import pg, { type Pool } from 'pg';
import { ConfigError } from '../config.js';
import { isConnectionLost, isLoginRefused } from './faults.js';
import { postgresCode, type QueryRunner, type Row, type Statement } from './sql.js';
import { Waiting } from './waiting.js';

/** Milliseconds for which a start waits for a database, between two tries, and for one to answer. */
const patience = { total: 60_000, pause: 1_000, answer: 10_000 };

/**
 * Runs `work` on a dedicated connection. If `variable` names the environment variable with the URL, waits up to 60
 * seconds for a database that is starting or cannot be reached yet, and throws a ConfigError that names the variable if
 * connecting fails.
 */
export async function withClient<Value>(
  connectionString: string,
  work: (client: pg.Client) => Promise<Value>,
  variable?: string,
): Promise<Value> {
  const client = await (variable ? connectPatiently(connectionString, variable) : connect({ connectionString }));
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export async function connect(settings: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(settings);
  // The next query of a broken connection rejects. Without a listener the event would end the process.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function connectPatiently(connectionString: string, variable: string): Promise<pg.Client> {
  const waiting = new Waiting();
  for (const deadline = Date.now() + patience.total; ; await pause(patience.pause)) {
    try {
      const client = await connect({ connectionString, connectionTimeoutMillis: patience.answer });
      // A pooler takes connections although PostgreSQL is away.
      await client.query('select 1').catch(async (error) => {
        await client.end();
        throw error;
      });
      waiting.end();
      return client;
    } catch (error) {
      const { message, code } = error as NodeJS.ErrnoException;
      const fault = `${variable} cannot be connected to: ${message || code}`;
      if (!mayPass(error)) throw new ConfigError(fault);
      if (Date.now() > deadline)
        throw new ConfigError(
          `${fault}; that lasted ${waiting.seconds} seconds: start the database, make room for one more connection, ` +
            'or correct the address',
        );
      waiting.tell(`${fault}; waits up to ${patience.total / 1000} seconds for the database`);
    }
  }
}

/** Whether the database may accept the connection soon: it is starting, out of reach, or has no connection left. */
function mayPass(error: unknown): boolean {
  const { message } = error as Error;
  if (isLoginRefused(error)) return false;
  return isConnectionLost(error) || postgresCode(error) === '53300' || message === 'timeout expired';
}

/** Runs each statement in a transaction of its own. */
export const runnerOn = (pool: Pool): QueryRunner => ({
  query: async <Found extends object = Row>({ text, values }: Statement) =>
    (await pool.query<Found>(text, values)).rows,
});

/** Reads by one statement. If the connection is lost before the answer, reads again on another, once. */
export async function readFrom<Found extends object = Row>(pool: Pool, { text, values }: Statement): Promise<Found[]> {
  const read = async () => (await pool.query<Found>(text, values)).rows;
  return read().catch((error: unknown) => {
    if (isConnectionLost(error)) return read();
    throw error;
  });
}
