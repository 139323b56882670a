import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { ready, thisPeer } from './peer.js';
import { screensOf } from './screens.js';

// The practical limit: one statement a screen, written by hand and prepared, in the same round trip as its transaction.

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

async function answer(operation: string): Promise<string> {
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
    return JSON.stringify({ data: shape(rows) });
  } finally {
    client.release();
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const server = createServer((request, response) => {
  bodyOf(request)
    .then((body) => answer(JSON.parse(body).operationName))
    .then(
      (text) => response.setHeader('content-type', 'application/json').end(text),
      (error: Error) => response.writeHead(500).end(JSON.stringify({ errors: [{ message: error.message }] })),
    );
});
server.listen(0, '127.0.0.1', () => ready((server.address() as AddressInfo).port));
