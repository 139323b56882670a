import type { Client } from 'pg';

/** Names that the database knows. */
let names: ReadonlySet<string> = new Set(['UTC']);

/**
 * Loads the names that the database knows, once before the server serves. Names without a slash are left out because
 * Node and the database disagree on them: `CET` is a fixed offset for PostgreSQL, and `IST` is one of three zones.
 */
export async function learnTimeZones(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(`select name from pg_timezone_names where name like '%/%'`);
  names = new Set(['UTC', ...rows.map(({ name }) => name)]);
}

/** Whether Node and the database can both compute days in a zone. */
export const isTimeZone = (name: string): boolean => names.has(name) && isKnownToNode(name);

/** Asked when a name is used: to ask for all of them took 0.2 s of each start. */
function isKnownToNode(timeZone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone }));
  } catch {
    return false;
  }
}
