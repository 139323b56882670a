import pg from 'pg';
import { settings } from '../../src/platform/database/snapshot.js';
import { idOf } from './dice.js';

// The same dates whenever it is loaded, so that content and ids are the same, too.
export const firstDay = new Date('2023-07-01T00:00:00Z');
const lastDay = new Date('2026-07-01T00:00:00Z');

/** The span in which everything is created, as SQL. */
export const start = `timestamptz ${pg.escapeLiteral(firstDay.toISOString())}`;
export const end = `timestamptz ${pg.escapeLiteral(lastDay.toISOString())}`;

/** One organization in the making. Its number tells its rows from those of the others. */
export interface BulkTenant {
  client: pg.Client;
  number: number;
  organizationId: string;
}

export const organizationIdOf = (number: number): string => idOf(`organization ${number}`, firstDay);

export async function actAs(client: pg.Client, userId: string, organizationId: string): Promise<void> {
  await client.query(settings(userId, organizationId));
}

/** Adds a few rows, whose keys are the columns; the many are made by SQL itself. */
export async function addRows(client: pg.Client, table: string, rows: Record<string, unknown>[]): Promise<void> {
  const columns = Object.keys(rows[0]!).map(pg.escapeIdentifier).join(', ');
  await client.query(
    `insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, $1)`,
    [JSON.stringify(rows)],
  );
}

/** What the first rows of a table have in common: they are as old as the organization. */
export const founding = ({ number }: BulkTenant, name: string) => ({
  id: idOf(`${name} of ${number}`, firstDay),
  version: 1,
  created_at: firstDay,
  updated_at: firstDay,
});
