import pg from 'pg';
import { settings } from '../../src/platform/database/snapshot.js';
import { idOf } from './dice.js';

// Fixed dates, so that each loading gives the same content and the same ids.
export const firstDay = new Date('2023-07-01T00:00:00Z');
const lastDay = new Date('2026-07-01T00:00:00Z');

/** The span in which all records are created, as SQL. */
export const start = `timestamptz ${pg.escapeLiteral(firstDay.toISOString())}`;
export const end = `timestamptz ${pg.escapeLiteral(lastDay.toISOString())}`;

/** An organization while it is filled. Its number distinguishes its rows from those of other organizations. */
export interface BulkTenant {
  client: pg.Client;
  number: number;
  organizationId: string;
}

export const organizationIdOf = (number: number): string => idOf(`organization ${number}`, firstDay);

export async function actAs(client: pg.Client, userId: string, organizationId: string): Promise<void> {
  await client.query(settings(userId, organizationId));
}

/** Adds a few rows, whose keys are the columns. Large sets are made by SQL itself. */
export async function addRows(client: pg.Client, table: string, rows: Record<string, unknown>[]): Promise<void> {
  const columns = Object.keys(rows[0]!).map(pg.escapeIdentifier).join(', ');
  await client.query(
    `insert into ${table} (${columns})
     select ${columns}
     from jsonb_populate_recordset(null::${table}, $1)`,
    [JSON.stringify(rows)],
  );
}

/** Common columns of the first rows of a table, which are as old as the organization. */
export const founding = ({ number }: BulkTenant, name: string) => ({
  id: idOf(`${name} of ${number}`, firstDay),
  version: 1,
  created_at: firstDay,
  updated_at: firstDay,
});
