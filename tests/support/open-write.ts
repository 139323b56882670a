import pg from 'pg';
import { urls } from './database.js';

export interface OpenWrite {
  commit: () => Promise<void>;
  rollback: () => Promise<void>;
}

/** A transaction of somebody with direct access to the database, which stays open after its statement. */
export async function openWrite(statement: string, values: unknown[]): Promise<OpenWrite> {
  const client = new pg.Client({ connectionString: urls.superuserUrl });
  await client.connect();
  await client.query('begin');
  await client.query(statement, values);
  const end = async (command: string) => {
    await client.query(command);
    await client.end();
  };
  return { commit: () => end('commit'), rollback: () => end('rollback') };
}
