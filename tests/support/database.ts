import { afterAll } from '@jest/globals';
import pg from 'pg';

interface Urls {
  databaseUrl: string;
  migrationDatabaseUrl: string;
  superuserUrl: string;
}

/** The database of this Jest worker. */
export const urls: Urls = JSON.parse(process.env[`TEST_DATABASE_${process.env.JEST_WORKER_ID}`]!);

/** The URLs of another database of the same server. */
export function urlsOf(database: string): Urls {
  const at = (url: string) => Object.assign(new URL(url), { pathname: `/${database}` }).href;
  return {
    databaseUrl: at(urls.databaseUrl),
    migrationDatabaseUrl: at(urls.migrationDatabaseUrl),
    superuserUrl: at(urls.superuserUrl),
  };
}

/** A database with the demo dataset, of the only test file that asks for it. */
export const demoDatabaseUrl = process.env.TEST_DATABASE_DEMO!;

const everything = new pg.Pool({ connectionString: urls.superuserUrl, max: 2 });
afterAll(() => everything.end());

/** Looks at, or arranges, rows of any organization, past all policies. */
export async function sql<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
  return (await everything.query<Row>(text, values)).rows;
}

/** Id of the first row that a statement finds. */
export const idOf = async (text: string, values: unknown[]) => (await sql<{ id: string }>(text, values))[0]!.id;
