import pg from 'pg';
import { thisPeer } from './peer.js';
import { screensOf } from './screens.js';

// One statement a screen, written by hand and prepared, in the same round trip as its transaction.

const { databaseUrl, connections, userId, organizationId, subjects } = thisPeer();

pg.types.setTypeParser(pg.types.builtins.DATE, String);
// `2026-07-01 09:30:00.5+00` as ISO 8601 with milliseconds.
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => {
  const fraction = text.slice(20, text.indexOf('+', 19));
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction.padEnd(3, '0')}Z`;
});

const pool = new pg.Pool({
  connectionString: databaseUrl,
  max: connections,
  options: '-c timezone=UTC',
  pipeline: true,
} as pg.PoolConfig);
const settings = `select set_config('app.user_id', $1, true), set_config('app.organization_id', $2, true)`;

const screens = new Map(screensOf(subjects).map(({ operation, bare }) => [operation, bare]));

/** The data of a screen, in the shape of its answer. */
export async function dataOf(operation: string): Promise<object> {
  const { text, values, shape } = screens.get(operation)!;
  const client = await pool.connect();
  const sent = [
    client.query('begin read only'),
    client.query({ name: 'settings', text: settings, values: [userId, organizationId] }),
    client.query({ name: operation, text, values: values ?? [] }),
    client.query('commit'),
  ] as const;
  try {
    const [, , { rows }] = await Promise.all(sent);
    return shape(rows);
  } finally {
    client.release();
  }
}
