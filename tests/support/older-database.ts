import pg from 'pg';
import { v7 } from 'uuid';
import config from '../../mikro-orm.config.js';
import { databaseNames as names } from '../../src/crm/database-names.js';
import { withClient } from '../../src/platform/database/connection.js';
import { migrate } from '../../src/platform/database/migrate.js';
import { urls, urlsOf } from './database.js';

export interface OlderDatabase {
  name: string;
  /** Looks at, or arranges, its rows, past all policies. */
  sql: <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) => Promise<Row[]>;
  /** Rows of a table, each a minute younger than the last, with what every row needs; answers their ids. */
  insert: (table: string, rows: object[], organizationId?: string) => Promise<string[]>;
  /** Runs the migrations that are left. */
  upgrade: () => Promise<void>;
  drop: () => Promise<void>;
}

let made = 0;

/** A database of its own, migrated up to and including this migration, for data that later ones have to bring along. */
export async function olderDatabase(last: string): Promise<OlderDatabase> {
  const database = `crm_older_${process.pid}_${++made}`;
  const { databaseUrl, migrationDatabaseUrl, superuserUrl } = urlsOf(database);
  await administer(`create database ${database} owner crm_owner`);
  const run = (to?: string) => migrate({ config, names }, { databaseUrl, migrationDatabaseUrl }, to);
  await run(last);
  const everything = new pg.Pool({ connectionString: superuserUrl, max: 1 });
  // Dropping the database ends the connections that are still open; the pool may ignore that.
  everything.on('error', () => undefined);
  let minutes = 0;
  return {
    name: database,
    sql: async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await everything.query<Row>(text, values)).rows,
    insert: async (table, rows, organizationId) => {
      const full = rows.map((row) => {
        minutes += 1;
        const at = new Date(Date.UTC(2026, 0, 1, 0, minutes)).toISOString();
        const ofTenant = organizationId && { organization_id: organizationId };
        return { id: v7(), version: 1, created_at: at, updated_at: at, ...ofTenant, ...row };
      });
      for (const row of full) {
        const columns = Object.keys(row)
          .map((column) => `"${column}"`)
          .join(', ');
        await everything.query(
          `insert into ${table} (${columns}) select ${columns} from json_populate_record(null::${table}, $1)`,
          [JSON.stringify(row)],
        );
      }
      return full.map(({ id }) => id);
    },
    upgrade: async () => void (await run()),
    drop: async () => {
      await everything.end();
      await administer(`drop database ${database} with (force)`);
    },
  };
}

const administer = (statement: string) => withClient(urls.superuserUrl, (client) => client.query(statement));

export const oldCustomer = (fields: object) => ({
  code: `CUST-${v7()}`,
  name: 'Some Customer',
  email: `${v7()}@customers.example`,
  customer_type: 'INDIVIDUAL',
  status: 'ACTIVE',
  tags: [],
  ...fields,
});

export const oldStage = (pipeline_id: string, name: string, order: number) => ({
  pipeline_id,
  name,
  order,
  probability: 0,
  is_active: true,
  is_closed_won: false,
  is_closed_lost: false,
});
