import type { Client } from 'pg';

let names: ReadonlySet<string> = new Set(['UTC']);

/**
 * Loads the names that both Node and the database know, once before the server serves. Names without a slash are left
 * out because the two disagree on them: `CET` is a fixed offset for PostgreSQL, and `IST` is one of three zones.
 */
export async function learnTimeZones(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(`select name from pg_timezone_names where name like '%/%'`);
  names = new Set(['UTC', ...rows.map(({ name }) => name).filter(isKnownToNode)]);
}

/** Whether Node and the database can both compute days in a zone. */
export const isTimeZone = (name: string): boolean => names.has(name);

function isKnownToNode(timeZone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone }));
  } catch {
    return false;
  }
}
