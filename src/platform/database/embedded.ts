import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import pg from 'pg';
import { type Config, ConfigError, type DatabaseUrls } from '../config.js';
import type { KeeperMessage, KeeperOptions } from './embedded-keeper.js';

export interface EmbeddedCluster {
  /** Makes the database when it is missing, as a copy of another one if named. */
  database(name: string, template?: string): Promise<DatabaseUrls>;
  /** For looking at everything, as tests do. */
  superuserUrl(name: string): string;
  stop(): Promise<void>;
}

interface Secrets {
  superuser: string;
  owner: string;
  app: string;
}

const durable: string[] = ['-c', 'max_connections=100'];
const throwAway = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=200'];
const patience = 15_000;

/** The configured database, or the embedded one; `stop` ends what was started for it. */
export async function openDatabase({ database, dataFolder }: Config) {
  if (database) return { ...database, isEmbedded: false, stop: async () => undefined };
  const cluster = await startEmbedded(dataFolder, 'durable');
  return { ...(await cluster.database('crm')), isEmbedded: true, stop: cluster.stop };
}

/** Starts the PostgreSQL that comes with the project in `folder`; `throwAway` trades crash safety for speed. */
export async function startEmbedded(folder: string, mode: 'durable' | 'throwAway'): Promise<EmbeddedCluster> {
  mkdirSync(folder, { recursive: true });
  // PostgreSQL may run as another user, who has to get through; what is secret has a mode of its own.
  chmodSync(folder, 0o755);
  const secrets = secretsOf(folder);
  await waitForPredecessor(folder);
  const { keeper, port } = await startKeeper({
    folder: resolve(folder),
    password: secrets.superuser,
    flags: mode === 'durable' ? durable : throwAway.flatMap((flag) => ['-c', flag]),
    throwAway: mode === 'throwAway',
  });
  const url = (user: string, password: string, name: string) =>
    `postgres://${user}:${password}@127.0.0.1:${port}/${name}`;
  const asSuperuser = url('postgres', secrets.superuser, 'postgres');
  await makeOwner(asSuperuser, secrets.owner);
  return {
    superuserUrl: (name) => url('postgres', secrets.superuser, name),
    async database(name, template) {
      await makeDatabase(asSuperuser, name, template);
      return {
        databaseUrl: url('crm_app', secrets.app, name),
        migrationDatabaseUrl: url('crm_owner', secrets.owner, name),
      };
    },
    stop: () =>
      new Promise((done) => {
        keeper.once('exit', () => done());
        keeper.disconnect();
      }),
  };
}

function secretsOf(folder: string): Secrets {
  const file = join(folder, 'secrets.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Secrets;
  const secret = () => randomBytes(18).toString('base64url');
  const secrets: Secrets = { superuser: secret(), owner: secret(), app: secret() };
  writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
  return secrets;
}

/** After a killed server its keeper may still be stopping PostgreSQL; anybody else's is not waited for. */
async function waitForPredecessor(folder: string): Promise<void> {
  const pidFile = join(folder, 'postgres', 'postmaster.pid');
  const runs = () => {
    if (!existsSync(pidFile)) return null;
    const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
    try {
      process.kill(pid, 0);
      return pid;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EPERM' ? pid : null;
    }
  };
  for (const until = Date.now() + patience; runs() !== null; ) {
    if (Date.now() > until)
      throw new ConfigError(
        `The embedded PostgreSQL in ${folder} is in use by process ${runs()}: stop that server first, or set DATA_FOLDER`,
      );
    await new Promise((tick) => setTimeout(tick, 100));
  }
}

async function startKeeper(options: KeeperOptions): Promise<{ keeper: ChildProcess; port: number }> {
  const module = new URL(`./embedded-keeper${extname(import.meta.url)}`, import.meta.url);
  const keeper = fork(module, [JSON.stringify(options)], { detached: true, stdio: 'ignore', execArgv: [] });
  return new Promise((started, refused) => {
    keeper.once('message', (message: KeeperMessage) => {
      if ('ready' in message) started({ keeper, port: message.ready.port });
      else refused(new Error(`The embedded PostgreSQL did not start: ${message.failed}`));
    });
    keeper.once('exit', (code) => refused(new Error(`The embedded PostgreSQL ended at once (exit code ${code})`)));
  });
}

async function withClient<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The owner may make roles and nothing more, as on a managed server. */
async function makeOwner(asSuperuser: string, password: string): Promise<void> {
  await withClient(asSuperuser, async (client) => {
    const { rowCount } = await client.query(`select from pg_roles where rolname = 'crm_owner'`);
    if (!rowCount) await client.query(`create role crm_owner login createrole password '${password}'`);
  });
}

async function makeDatabase(asSuperuser: string, name: string, template = 'template1'): Promise<void> {
  await withClient(asSuperuser, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    const [database, source] = [name, template].map((identifier) => client.escapeIdentifier(identifier));
    if (!rowCount) await client.query(`create database ${database} owner crm_owner template ${source}`);
  });
}
