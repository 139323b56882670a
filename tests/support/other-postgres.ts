import { execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withClient } from '../../src/platform/database/connection.js';
import { eventually } from './eventually.js';

/** A PostgreSQL that is installed on this machine, with an empty database as `docs/deploy.md` has it made. */
export interface OtherPostgres {
  version: string;
  /** An empty database. */
  settings: { DATABASE_URL: string; MIGRATION_DATABASE_URL: string };
  /** Connects as a superuser. */
  superuserUrl: string;
  /** Folder of its data. */
  data: string;
  /** The user that the programs run as, with the working directory. */
  as: SpawnOptions;
  stop: () => Promise<void>;
}

/** Starts the programs in this folder, such as `/usr/lib/postgresql/15/bin`; as `postgres`, since root may not. */
export async function startOtherPostgres(programs: string): Promise<OtherPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'crm-other-'));
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres']));
  const account = process.getuid?.() === 0 ? { uid: id('-u'), gid: id('-g') } : {};
  chmodSync(folder, 0o755);
  if (account.uid) chownSync(folder, account.uid, account.gid);
  const data = join(folder, 'data');
  const as = { ...account, cwd: folder };
  const initdb = ['-D', data, '-U', 'super', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  execFileSync(join(programs, 'initdb'), initdb, { ...as, stdio: 'pipe' });
  const port = await freePort();
  const options = ['-D', data, '-p', String(port), '-k', folder, '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'];
  const child = spawn(join(programs, 'postgres'), options, { ...as, stdio: 'ignore' });
  const ended = once(child, 'exit');
  const url = (user: string, database = 'crm') => `postgres://${user}:password@127.0.0.1:${port}/${database}`;
  const administer = (statement: string) =>
    withClient(url('super', 'postgres'), (client) => client.query<{ server_version: string }>(statement));
  await eventually(() => administer('select 1').then(...([() => true, () => false] as const)), { within: 10_000 });
  await administer(`create role crm_owner login createrole password 'password'`);
  await administer('create database crm owner crm_owner');
  const { rows } = await administer('show server_version');
  return {
    version: rows[0]!.server_version,
    settings: { DATABASE_URL: url('crm_app'), MIGRATION_DATABASE_URL: url('crm_owner') },
    superuserUrl: url('super'),
    data,
    as,
    async stop() {
      child.kill('SIGINT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
