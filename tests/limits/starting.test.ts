import { existsSync, readFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { generateKey } from '../../src/platform/auth/tokens.js';
import { type Booted, boot, expectRefusal, newFolder, postgresIn, stop, urlOf } from '../support/boot.js';
import { begin, emptyDatabase } from '../support/commands.js';
import { eventually } from '../support/eventually.js';

const isLong = process.env.TEST_LONG === '1';
const urls = await emptyDatabase();

/** A way to the database whose state a test decides. Closed, nobody listens there. */
class Gate {
  private server: Server | null = null;
  private port = 0;
  private readonly sockets = new Set<Socket>();

  /** The settings of a server that comes through it. */
  async settings(): Promise<Record<string, string>> {
    const through = (url: string) => {
      const { username, password, pathname } = new URL(url);
      return `postgres://${username}:${password}@127.0.0.1:${this.port}${pathname}`;
    };
    return {
      NODE_ENV: 'production',
      DATA_FOLDER: newFolder(),
      DATABASE_URL: through(urls.DATABASE_URL),
      MIGRATION_DATABASE_URL: through(urls.MIGRATION_DATABASE_URL),
      TOKEN_KEYS: JSON.stringify([await generateKey()]),
    };
  }

  /** Lets connections through, or answers each with an error of PostgreSQL. */
  async open(code?: string): Promise<void> {
    await this.close();
    const folder = decodeURIComponent(new URL(urls.DATABASE_URL).hostname);
    this.server = createServer((socket) => {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      if (code) return void socket.once('data', () => socket.end(errorOf(code)));
      const inner = connect(join(folder, '.s.PGSQL.5432')).on('error', () => socket.destroy());
      socket.pipe(inner).pipe(socket);
    });
    await new Promise<void>((listening) => this.server!.listen(this.port, '127.0.0.1', listening));
    this.port = (this.server.address() as { port: number }).port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
    const { server } = this;
    this.server = null;
    if (server) await new Promise((closed) => server.close(closed));
  }
}

/** The message with which PostgreSQL refuses a connection. */
function errorOf(code: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0Mnot now\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

const gates: Gate[] = [];
afterAll(() => Promise.all(gates.map((gate) => gate.close())));

async function closedGate(): Promise<Gate> {
  const gate = new Gate();
  gates.push(gate);
  await gate.open();
  await gate.close();
  return gate;
}

const linesWith = ({ output }: Booted, text: string) =>
  output()
    .split('\n')
    .filter((line) => line.includes(text));

describe('a start on a database that is not there yet', () => {
  test('waits until it can be reached, has started and has a connection left', async () => {
    const gate = await closedGate();
    const server = boot(await gate.settings());
    const command = begin('migrate', await gate.settings());
    const waits = 'waits up to 60 seconds for the database';
    for (const started of [server, command])
      await eventually(() => expect(linesWith(started, waits)).toEqual([expect.stringContaining('ECONNREFUSED')]));
    for (const code of ['57P03', '53300']) {
      await gate.open(code);
      await new Promise((later) => setTimeout(later, 1_200));
    }
    expect([server.child.exitCode, command.child.exitCode]).toEqual([null, null]);
    await gate.open();
    expect((await fetch(`${await urlOf(server)}/health/ready`)).status).toBe(200);
    expect(await command.ended).toBe(0);
    // One line in all these seconds.
    for (const started of [server, command]) expect(linesWith(started, waits)).toHaveLength(1);
    expect(await stop(server)).toBe(0);
  });

  test.each(['28P01', '3D000'])('ends at once after the error %s, which no time heals', async (code) => {
    const gate = await closedGate();
    await gate.open(code);
    const server = boot(await gate.settings());
    expectRefusal(await server.ended, server.output(), /DATABASE_URL cannot be connected to: not now$/m);
    expect(server.output()).not.toContain('waits');
  });

  test('ends at a signal while it waits', async () => {
    const gate = await closedGate();
    const server = boot(await gate.settings());
    await eventually(() => linesWith(server, 'waits').length > 0);
    expect(await stop(server)).toBe(0);
    expect(server.output()).not.toMatch(/^\s+at /m);
  });

  (isLong ? test : test.skip)('says after 60 seconds what to do', async () => {
    const server = boot(await (await closedGate()).settings());
    expectRefusal(await server.ended, server.output(), /ECONNREFUSED.*lasted 6\d seconds: start the database/);
    expect(linesWith(server, 's so far').length).toBeGreaterThanOrEqual(4);
  });
});

test('a start says that another server migrates the database, and waits for it', async () => {
  const gate = await closedGate();
  await gate.open();
  const other = new pg.Client({ connectionString: urls.MIGRATION_DATABASE_URL });
  await other.connect();
  await other.query('select pg_advisory_lock(7206114055)');
  const settings = await gate.settings();
  const [server, interrupted] = [boot(settings), boot(settings)];
  for (const started of [server, interrupted])
    await eventually(() => linesWith(started, 'Waits for another server that migrates the database').length === 1);
  expect(await stop(interrupted)).toBe(0);
  await other.end();
  await urlOf(server);
  expect(server.output()).toMatch(/Goes on after \d+ s/);
  expect(await stop(server)).toBe(0);
});

test('a signal while the embedded PostgreSQL starts ends it too', async () => {
  const moments: [string, (folder: string) => boolean][] = [
    ['a new database is made', (folder) => existsSync(join(folder, 'postgres.part'))],
    ['PostgreSQL has just started', (folder) => postgresIn(folder) !== null],
    ['migrations run', (folder) => /ready to accept/.test(readFileSync(join(folder, 'postgres.log'), 'utf8'))],
  ];
  for (const [, isThere] of moments) {
    const folder = newFolder();
    const server = boot({ DATA_FOLDER: folder });
    await eventually(() => isThere(folder), { every: 5 });
    expect(await stop(server)).toBe(0);
    expect(postgresIn(folder)).toBeNull();
    expect(server.output()).not.toMatch(/^\s+at /m);
  }
});
