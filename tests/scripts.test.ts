import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { sql, urls } from './support/database.js';
import { keys, origin } from './support/server.js';
import { newTenant, type Person, password } from './support/tenant.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'crm-scripts-'));
});
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const started: ChildProcess[] = [];

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs one of the example scripts as a caller would. */
async function script(name: string, args: string[], { username }: Person, url = `${origin}/graphql`): Promise<Ended> {
  const child = spawn(process.execPath, [`tests/scripts/${name}.mjs`, ...args], {
    env: { PATH: process.env.PATH, CRM_URL: url, CRM_USERNAME: username, CRM_PASSWORD: password },
  });
  started.push(child);
  const [stdout, stderr]: [string[], string[]] = [[], []];
  child.stdout.on('data', (text) => stdout.push(String(text)));
  child.stderr.on('data', (text) => stderr.push(String(text)));
  const [code] = await once(child, 'close');
  return { code, stdout: stdout.join(''), stderr: stderr.join('') };
}

function csv(count: number, name = (n: number) => `Customer ${n}`): string {
  const file = join(folder, `${count}-${Date.now()}-${Math.random()}.csv`);
  const lines = Array.from({ length: count }, (_, n) => `X-${n},"${name(n)}, Inc.",x${n}@csv.example,`);
  writeFileSync(file, `externalId,name,email,phone\n${lines.join('\n')}\n`);
  return file;
}

const stored = (organizationId: string) =>
  sql<{ external_id: string; name: string; code: string; version: number }>(
    'select external_id, name, code, version from customers where organization_id = $1',
    [organizationId],
  );

describe('the script that upserts customers', () => {
  test('loads a file, and loads it again without changing anything', async () => {
    const { id, owner } = await newTenant();
    const file = csv(450);
    const first = await script('upsert-customers', [file], owner);
    expect(first).toMatchObject({ code: 0 });
    expect(JSON.parse(first.stdout)).toEqual({ created: 450, updated: 0, unchanged: 0, failed: 0 });
    expect(first.stderr).toContain('450/450');
    const before = await stored(id);
    expect(before).toHaveLength(450);
    const withoutJournal = await script('upsert-customers', [file, join(folder, 'another.journal')], owner);
    expect(withoutJournal.code).toBe(0);
    expect(await stored(id)).toEqual(before);
    const withJournal = await script('upsert-customers', [file], owner);
    expect(JSON.parse(withJournal.stdout)).toEqual({ created: 0, updated: 0, unchanged: 0, failed: 0 });
  });

  test('tells which rows failed and why, and loads the others', async () => {
    const { id, owner } = await newTenant();
    const file = join(folder, 'broken.csv');
    writeFileSync(file, 'externalId,name,email\nA,Ada,ada@csv.example\nB,Bea,nonsense\n');
    const { code, stderr } = await script('upsert-customers', [file], owner);
    expect(code).toBe(1);
    expect(stderr).toContain('B: BAD_USER_INPUT at input.email');
    expect((await stored(id)).map(({ external_id }) => external_id)).toEqual(['A']);
  });

  test('loses and doubles nothing while the server is killed twenty times', async () => {
    const { id, owner } = await newTenant();
    const [count, rounds] = [8000, 20];
    const file = csv(count);
    const journal = `${file}.journal`;
    const port = await freePort();
    const start = () => startServer(port);
    let server = await start();
    const running = script('upsert-customers', [file], owner, `http://127.0.0.1:${port}/graphql`);
    for (let round = 0; round < rounds; round += 1) {
      await sleep(100 + Math.random() * 800);
      server.kill('SIGKILL');
      await once(server, 'exit');
      const acknowledged = linesOf(journal);
      const there = new Set((await stored(id)).map(({ external_id }) => external_id));
      expect(acknowledged.filter((key) => !there.has(key))).toEqual([]);
      server = await start();
    }
    const { code, stderr } = await running;
    expect({ code, stderr: code ? stderr : '' }).toEqual({ code: 0, stderr: '' });
    server.kill('SIGTERM');
    await once(server, 'exit');
    const rows = await stored(id);
    expect(rows).toHaveLength(count);
    expect(new Set(rows.map(({ external_id }) => external_id)).size).toBe(count);
    expect(new Set(rows.map((row) => row.code)).size).toBe(count);
    expect(rows.filter(({ version }) => version !== 1)).toEqual([]);
    expect(linesOf(journal)).toHaveLength(count);
  }, 240_000);
});

const linesOf = (file: string): string[] => {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
};

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  return port;
}

/** The built server as a process of its own, on the database of this test. */
async function startServer(port: number): Promise<ChildProcess> {
  const server = spawn(process.execPath, ['dist/src/main.js'], {
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      LOG_LEVEL: 'silent',
      DATABASE_URL: urls.databaseUrl,
      MIGRATION_DATABASE_URL: urls.migrationDatabaseUrl,
      TOKEN_KEYS: JSON.stringify(keys),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(server);
  await new Promise<void>((ready, refused) => {
    server.stdout!.on('data', (text) => String(text).includes('is ready') && ready());
    server.once('exit', (code) => refused(new Error(`The server ended with ${code}`)));
  });
  return server;
}

describe('the script that hands overdue deals over', () => {
  test('rehearses first and does it when told so', async () => {
    const tenant = await newTenant();
    const [from, to] = [await tenant.employee({ firstName: 'Fay' }), await tenant.employee({ firstName: 'Tom' })];
    const { createCustomer: customer } = await tenant.owner.request<{ createCustomer: { id: string } }>(
      'mutation { createCustomer(input: { name: "Acme", email: "acme@deals.example" }) { id } }',
    );
    const Create = gql`
      mutation ($rows: [CreateDealRow!]!) {
        createDeals(rows: $rows) { results { id } }
      }
    `;
    const rows = Array.from({ length: 3 }, (_, n) => ({
      input: { title: `Deal ${n}`, customerId: customer.id, assignedToId: from },
    }));
    const { createDeals } = await tenant.owner.request<{ createDeals: { results: { id: string }[] } }>(Create, {
      rows,
    });
    const ids = createDeals.results.map(({ id }) => id);
    await sql(`update deals set expected_close_date = current_date - 10 where id = any($1)`, [ids.slice(0, 2)]);
    const holders = async () =>
      (
        await sql<{ holder: string }>('select assigned_to_id as holder from deals where id = any($1) order by id', [
          ids,
        ])
      ).map(({ holder }) => holder);
    const rehearsed = await script('hand-over-overdue-deals', [from, to], tenant.owner);
    expect(rehearsed).toMatchObject({ code: 0, stderr: '' });
    expect(rehearsed.stdout).toContain('2 overdue deals could be handed over');
    expect(await holders()).toEqual([from, from, from]);
    const done = await script('hand-over-overdue-deals', [from, to, '--yes'], tenant.owner);
    expect(done.stdout).toContain('2 overdue deals handed over');
    expect(await holders()).toEqual([to, to, from]);
  });
});
