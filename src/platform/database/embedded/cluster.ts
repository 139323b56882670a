import { isBuiltin } from 'node:module';
import { join, resolve } from 'node:path';
import { type Config, ConfigError, type DatabaseUrls } from '../../config.js';
import { withClient } from '../connection.js';
import type { DatabaseNames } from '../names.js';
import { type Address, addressFor } from './address.js';
import { makeFolder, type Secrets, secretsOf } from './folder.js';
import { KeptPostgres } from './kept.js';
import { placeFor } from './place.js';
import { readyIn } from './predecessor.js';

export interface EmbeddedCluster {
  /** Creates the database if it is missing, as a copy of `template` if given. */
  database(name: string, template?: string): Promise<DatabaseUrls>;
  /** URL that connects as the superuser; for tests, which look at all rows. */
  superuserUrl(name: string): string;
  stop(): Promise<void>;
}

const settingsOf = {
  durable: ['max_connections=100'],
  throwAway: ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=200'],
};

/** Log of PostgreSQL, in the data folder. */
const logFile = 'postgres.log';

/** A database, with the function that stops the cluster started for it. */
export interface OpenDatabase extends DatabaseUrls {
  isEmbedded: boolean;
  stop(): Promise<void>;
}

/** The configured database, or the embedded one. With `shared`, a command uses the cluster of a running server. */
export async function openDatabase(
  { database, dataFolder }: Config,
  names: DatabaseNames,
  { shared = false, interruption }: { shared?: boolean; interruption?: AbortSignal } = {},
): Promise<OpenDatabase> {
  if (database) return { ...database, isEmbedded: false, stop: async () => undefined };
  const running = async () => (shared ? runningCluster(dataFolder, names) : null);
  const cluster =
    (await running()) ??
    (await startEmbedded(dataFolder, names, 'durable', interruption).catch(async (error) => {
      // It was refused since a server starts PostgreSQL, perhaps again; by now that may be ready.
      const started = error instanceof ConfigError ? await running() : null;
      if (started) return started;
      throw error;
    }));
  return { ...(await orStop(cluster.database(names.database), cluster)), isEmbedded: true, stop: cluster.stop };
}

/** Stops the cluster if the work on it fails. */
const orStop = <Value>(work: Promise<Value>, { stop }: EmbeddedCluster): Promise<Value> =>
  work.catch(async (error) => {
    await stop();
    throw error;
  });

async function runningCluster(folder: string, names: DatabaseNames): Promise<EmbeddedCluster | null> {
  const address = readyIn(join(resolve(folder), 'postgres'));
  return address && clusterAt(address, await secretsOf(folder), names, async () => undefined);
}

/**
 * Starts the PostgreSQL that comes with the project in `folder`; `throwAway` trades crash safety for speed. If
 * interrupted, stops it and rejects.
 */
export async function startEmbedded(
  folder: string,
  names: DatabaseNames,
  mode: keyof typeof settingsOf,
  interruption?: AbortSignal,
): Promise<EmbeddedCluster> {
  if (!isBuiltin('node:sqlite'))
    throw new ConfigError(
      `Node ${process.versions.node} is too old for the embedded PostgreSQL: use 22.13 or later, e.g. the one that ` +
        'npm installs, with npm run start:prod, or set DATABASE_URL',
    );
  makeFolder(folder);
  const place = placeFor(resolve(folder));
  const secrets = await secretsOf(folder);
  const address = await addressFor(place);
  const postgres = new KeptPostgres({
    ...place,
    address,
    password: secrets.superuser,
    settings: settingsOf[mode],
    throwAway: mode === 'throwAway',
    log: join(resolve(folder), logFile),
  });
  interruption?.throwIfAborted();
  interruption?.addEventListener('abort', () => postgres.stop());
  await postgres.start();
  const cluster = clusterAt(address, secrets, names, () => postgres.stop());
  await orStop(makeOwner(cluster.superuserUrl('postgres'), names.owner, secrets.owner), cluster);
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

/** Creates the role that owns the databases. It may create roles and nothing more, as on a managed server. */
const makeOwner = (asSuperuser: string, owner: string, password: string): Promise<void> =>
  withClient(asSuperuser, async (client) => {
    const { rowCount } = await client.query('select from pg_roles where rolname = $1', [owner]);
    if (rowCount) return;
    await client
      .query(`create role ${owner} login createrole password ${client.escapeLiteral(password)}`)
      .catch(unlessExists);
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
    await client.query(`create database ${database} owner ${owner} template ${source}`).catch(unlessExists);
  });

/** SQLSTATE of duplicate_object, duplicate_database and unique_violation. */
const existsAlready = ['42710', '42P04', '23505'];

/** Ignores the error if another process has created the same object at the same time. */
function unlessExists(error: { code?: string }): void {
  if (!existsAlready.includes(error.code ?? '')) throw error;
}
