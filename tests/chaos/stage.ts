import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import config from '../../mikro-orm.config.js';
import { databaseNames as names } from '../../src/crm/database-names.js';
import { generateKey } from '../../src/platform/auth/tokens.js';
import type { DatabaseUrls } from '../../src/platform/config.js';
import { type EmbeddedCluster, startEmbedded } from '../../src/platform/database/embedded/cluster.js';
import { migrate } from '../../src/platform/database/migrate.js';
import { type DatabaseProxy, databaseProxy } from '../support/database-proxy.js';

/** A server of the product, in a process of its own. */
export interface Server {
  url: string;
  process: ChildProcess;
  /** Its exit code, once it has ended. */
  ended: Promise<number | null>;
}

/** A PostgreSQL that keeps what it acknowledges, and servers that reach it over a network that can break. */
export class Stage {
  private readonly servers = new Set<Server>();
  private readonly superuser: pg.Pool;

  private constructor(
    private readonly folder: string,
    private readonly cluster: EmbeddedCluster,
    private readonly urls: DatabaseUrls,
    private readonly keys: string,
    readonly network: DatabaseProxy,
  ) {
    this.superuser = new pg.Pool({ connectionString: cluster.superuserUrl(names.database), max: 2 });
    // The connections break with every fault; the next statement opens another.
    this.superuser.on('error', () => undefined);
  }

  static async open(folder = newFolder()): Promise<Stage> {
    const cluster = await startEmbedded(folder, names, 'durable');
    const urls = await cluster.database(names.database);
    await migrate({ config, names }, urls);
    const keys = JSON.stringify([await generateKey()]);
    return new Stage(folder, cluster, urls, keys, await databaseProxy(urls.databaseUrl));
  }

  /** Starts a server, at the address of an earlier one if that is named. */
  async start(port = '0', settings: NodeJS.ProcessEnv = {}): Promise<Server> {
    const child = spawn(process.execPath, ['--max-old-space-size=768', 'dist/src/main.js'], {
      env: {
        PATH: process.env.PATH,
        PORT: port,
        NODE_ENV: 'production',
        LOG_LEVEL: 'fatal',
        SHUTDOWN_GRACE_SECONDS: '1',
        SIGN_INS_PER_MINUTE: '100000',
        REQUESTS_PER_MINUTE: '100000',
        TOKEN_KEYS: this.keys,
        DATABASE_URL: this.network.databaseUrl,
        MIGRATION_DATABASE_URL: this.urls.migrationDatabaseUrl,
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit').then(([code]) => code as number | null);
    const url = await new Promise<string>((ready, refused) => {
      child.stdout.on('data', (text) => {
        const found = /ready at http:\/\/localhost:(\d+)/.exec(String(text));
        if (found) ready(`http://127.0.0.1:${found[1]}`);
      });
      ended.then((code) => refused(new Error(`The server ended with ${code}`)));
    });
    const server = { url, process: child, ended };
    this.servers.add(server);
    return server;
  }

  /** Looks at all rows, past all policies. */
  async sql<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.superuser.query<Row>(text, values)).rows;
  }

  /** A connection as the superuser, which its caller closes. */
  async connection(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.cluster.superuserUrl(names.database) });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** After a crash, PostgreSQL gives the ids of the last transactions that were rolled back to the next ones. */
  async rollBackSome(): Promise<void> {
    const client = await this.connection();
    for (let n = 0; n < 20; n += 1) await client.query('begin; select pg_current_xact_id(); rollback');
    await client.end();
  }

  /** Process id of PostgreSQL. */
  get postmaster(): number {
    return Number.parseInt(readFileSync(join(this.folder, 'postgres', 'postmaster.pid'), 'utf8'), 10);
  }

  /** Takes all room on the disk, on which the stage must be alone. */
  fillDisk(): { giveBack(): void } {
    const filler = join(this.folder, 'filler');
    const file = openSync(filler, 'w');
    const block = Buffer.alloc(64 * 1024);
    try {
      for (;;) writeSync(file, block);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
    closeSync(file);
    return { giveBack: () => rmSync(filler) };
  }

  async stopServers(): Promise<void> {
    for (const server of this.servers) {
      server.process.kill('SIGTERM');
      await server.ended;
    }
    this.servers.clear();
  }

  async close(): Promise<void> {
    await this.stopServers();
    this.network.close();
    await this.superuser.end();
    await this.cluster.stop();
    spawnSync('umount', [this.folder], { stdio: 'ignore' });
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'crm-chaos-'));

/** A stage on a disk of its own, which can be filled; null where this user may not mount one. */
export async function openOnSmallDisk(): Promise<Stage | null> {
  const folder = newFolder();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=400m', 'tmpfs', folder], { stdio: 'ignore' });
  if (mounted.status === 0) return Stage.open(folder);
  rmSync(folder, { recursive: true });
  return null;
}
