import pg from 'pg';
import { migrations } from '../../migrations/index.js';
import config from '../../mikro-orm.config.js';
import { migrate } from '../../src/platform/database/migrate.js';
import { urls } from './database.js';

export interface OlderDatabase {
  /** Looks at, or arranges, its rows, past all policies. */
  sql: <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) => Promise<Row[]>;
  /** Runs the migrations that are left. */
  upgrade: () => Promise<void>;
  drop: () => Promise<void>;
}

let made = 0;

/** A database of its own, migrated up to and including this migration, for data that later ones have to bring along. */
export async function olderDatabase(last: string): Promise<OlderDatabase> {
  const database = `crm_older_${process.pid}_${++made}`;
  const at = (url: string) => Object.assign(new URL(url), { pathname: `/${database}` }).href;
  const end = migrations.findIndex(({ name }) => name === last) + 1;
  if (!end) throw new Error(`There is no migration ${last}`);
  await administer(`create database ${database} owner crm_owner`);
  const run = (list: typeof migrations) =>
    migrate(
      (url) => {
        const options = config(url);
        return { ...options, migrations: { ...options.migrations, migrationsList: list } };
      },
      at(urls.migrationDatabaseUrl),
      at(urls.databaseUrl),
    );
  await run(migrations.slice(0, end));
  const everything = new pg.Pool({ connectionString: at(urls.superuserUrl), max: 1 });
  // PostgreSQL ends what has not closed yet when the database is dropped, which is no news.
  everything.on('error', () => undefined);
  return {
    sql: async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await everything.query<Row>(text, values)).rows,
    upgrade: () => run(migrations),
    drop: async () => {
      await everything.end();
      await administer(`drop database ${database} with (force)`);
    },
  };
}

async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: urls.superuserUrl });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
