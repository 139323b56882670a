import type { Client } from 'pg';

let names: ReadonlySet<string> = new Set(['UTC']);

/**
 * Names that Node and the database both know, read once before the server serves. Those without a slash mean other
 * things to each of them: `CET` is a fixed offset for PostgreSQL, and `IST` one of three zones.
 */
export async function learnTimeZones(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(`select name from pg_timezone_names where name like '%/%'`);
  names = new Set(['UTC', ...rows.map(({ name }) => name).filter(isKnownToNode)]);
}

/** Whether days can be counted in a zone, by whoever counts them. */
export const isTimeZone = (name: string): boolean => names.has(name);

function isKnownToNode(timeZone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone }));
  } catch {
    return false;
  }
}
