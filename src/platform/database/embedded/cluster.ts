import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { extname, join, resolve } from 'node:path';
import { type Config, ConfigError, type DatabaseUrls } from '../../config.js';
import { withClient } from '../connection.js';
import type { DatabaseNames } from '../names.js';
import { type Address, addressFor } from './address.js';
import { makeFolder, type Secrets, secretsOf } from './folder.js';
import type { KeeperMessage, KeeperOptions } from './keeper.js';
import { placeFor } from './place.js';
import { readyIn, stopPostgres, waitForPredecessor } from './predecessor.js';

export interface EmbeddedCluster {
  /** Makes the database when it is missing, as a copy of another one if named. */
  database(name: string, template?: string): Promise<DatabaseUrls>;
  /** For looking at everything, as tests do. */
  superuserUrl(name: string): string;
  stop(): Promise<void>;
}

const settingsOf = {
  durable: ['max_connections=100'],
  throwAway: ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=200'],
};

/** A database, and what ends that which was started for it. */
export interface OpenDatabase extends DatabaseUrls {
  isEmbedded: boolean;
  stop(): Promise<void>;
}

/** The configured database, or the embedded one, which a command may share with a server that runs it already. */
export async function openDatabase(
  { database, dataFolder }: Config,
  names: DatabaseNames,
  { shared = false } = {},
): Promise<OpenDatabase> {
  if (database) return { ...database, isEmbedded: false, stop: async () => undefined };
  const running = shared && (await runningCluster(dataFolder, names));
  const cluster = running || (await startEmbedded(dataFolder, names, 'durable'));
  return { ...(await cluster.database(names.database)), isEmbedded: true, stop: cluster.stop };
}

async function runningCluster(folder: string, names: DatabaseNames): Promise<EmbeddedCluster | null> {
  const address = readyIn(join(resolve(folder), 'postgres'));
  return address && clusterAt(address, await secretsOf(folder), names, async () => undefined);
}

/** Starts the PostgreSQL that comes with the project in `folder`; `throwAway` trades crash safety for speed. */
export async function startEmbedded(
  folder: string,
  names: DatabaseNames,
  mode: keyof typeof settingsOf,
): Promise<EmbeddedCluster> {
  makeFolder(folder);
  const place = placeFor(resolve(folder));
  const secrets = await secretsOf(folder);
  await waitForPredecessor(place.data);
  const address = await addressFor(place);
  const keeper = await startKeeper({
    ...place,
    address,
    password: secrets.superuser,
    settings: settingsOf[mode],
    throwAway: mode === 'throwAway',
  });
  const stop = async () => {
    if (!keeper.connected) return stopPostgres(place.data);
    const ended = once(keeper, 'exit');
    keeper.disconnect();
    await ended;
  };
  const cluster = clusterAt(address, secrets, names, stop);
  await makeOwner(cluster.superuserUrl('postgres'), names.owner, secrets.owner);
  return cluster;
}

function clusterAt(
  { host, port }: Pick<Address, 'host' | 'port'>,
  secrets: Secrets,
  { owner, serving }: DatabaseNames,
  stop: EmbeddedCluster['stop'],
): EmbeddedCluster {
  const url = (user: string, password: string, name: string) =>
    `postgres://${user}:${password}@${host}:${port}/${name}`;
  return {
    superuserUrl: (name) => url('postgres', secrets.superuser, name),
    async database(name, template) {
      await makeDatabase(url('postgres', secrets.superuser, 'postgres'), name, { owner, template });
      return {
        databaseUrl: url(serving, secrets.app, name),
        migrationDatabaseUrl: url(owner, secrets.owner, name),
      };
    },
    stop,
  };
}

async function startKeeper(options: KeeperOptions): Promise<ChildProcess> {
  const module = new URL(`./keeper${extname(import.meta.url)}`, import.meta.url);
  const keeper = fork(module, { detached: true, stdio: 'ignore', execArgv: [] });
  keeper.send(options);
  return new Promise((started, refused) => {
    keeper.once('message', (message: KeeperMessage) => {
      if ('ready' in message) started(keeper);
      else refused(failure(options.data, message.failed));
    });
    keeper.once('error', refused);
    keeper.once('exit', (code) => refused(new Error(`The embedded PostgreSQL ended at once (exit code ${code})`)));
  });
}

function failure(data: string, log: string): Error {
  if (log.includes('No space left on device'))
    return new ConfigError(`The disk of ${data} is full: free some space and start again`);
  return new Error(`The embedded PostgreSQL did not start: ${log}`);
}

/** The owner may make roles and nothing more, as on a managed server. */
const makeOwner = (asSuperuser: string, owner: string, password: string): Promise<void> =>
  withClient(asSuperuser, async (client) => {
    const { rowCount } = await client.query('select from pg_roles where rolname = $1', [owner]);
    if (rowCount) return;
    await client
      .query(`create role ${owner} login createrole password ${client.escapeLiteral(password)}`)
      .catch(unlessThere);
  });

const makeDatabase = (
  asSuperuser: string,
  name: string,
  { owner, template = 'template1' }: { owner: string; template?: string },
): Promise<void> =>
  withClient(asSuperuser, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount) return;
    const [database, source] = [name, template].map((identifier) => client.escapeIdentifier(identifier));
    await client.query(`create database ${database} owner ${owner} template ${source}`).catch(unlessThere);
  });

/** SQLSTATE of duplicate_object, duplicate_database and unique_violation. */
const existsAlready = ['42710', '42P04', '23505'];

/** Another process may make the same at the same time. */
function unlessThere(error: { code?: string }): void {
  if (!existsAlready.includes(error.code ?? '')) throw error;
}
