import pg from 'pg';
import { sql, urls } from './database.js';
import { eventually, settled } from './eventually.js';

/** Rows that somebody else holds, until they are let go. */
export interface Held {
  /** Does something with them first, if told. */
  letGo: (last?: string) => Promise<void>;
}

/** Locks rows from outside, as another server would. */
export async function hold(statement: string, values: unknown[]): Promise<Held> {
  const other = new pg.Client({ connectionString: urls.superuserUrl });
  await other.connect();
  await other.query('begin');
  await other.query(`${statement} for update`, values);
  return {
    async letGo(last) {
      if (last) await other.query(last);
      await other.query('commit');
      await other.end();
    },
  };
}

/** Waits until this number of connections wait for a lock. */
export async function waiting(count: number): Promise<void> {
  await eventually(
    async () => {
      const waiters = await sql(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      if (waiters.length < count) throw new Error(`${waiters.length} wait for a lock, not ${count}`);
    },
    { every: 10 },
  );
}

/** The number of deadlocks in this database; PostgreSQL updates it once a second. */
export async function deadlocks(): Promise<number> {
  const counted = async () => {
    const [row] = await sql<{ deadlocks: number }>(
      'select deadlocks::int from pg_stat_database where datname = current_database()',
    );
    return row!.deadlocks;
  };
  await settled(counted, { quiet: 1200 });
  return counted();
}
