import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { freePort } from './other-postgres.js';

interface PoolerSettings {
  mode?: 'transaction' | 'statement';
  /** Takes connections whose options it does not pass on. */
  ignoresOptions?: boolean;
  /** Takes the user, password and database of the URL only. */
  checksPasswords?: boolean;
}

/** PgBouncer, as Debian installs it, in front of the databases of a PostgreSQL. */
export class Pooler {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly port: number,
  ) {}

  /** Starts the program; as `postgres`, since root may not. The URL is that of any of the databases. */
  static async start(
    program: string,
    databaseUrl: string,
    { mode = 'transaction', ignoresOptions = false, checksPasswords = false }: PoolerSettings = {},
  ): Promise<Pooler> {
    const { host, port, user, password, database } = partsOf(databaseUrl);
    const folder = mkdtempSync(join(tmpdir(), 'crm-pooler-'));
    const own = await freePort();
    const settings = join(folder, 'pgbouncer.ini');
    const users = join(folder, 'users.txt');
    writeFileSync(users, `"${user}" "${password}"\n`);
    writeFileSync(
      settings,
      `[databases]
${checksPasswords ? database : '*'} = host=${host} port=${port} user=${user} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = ${checksPasswords ? 'plain' : 'any'}
auth_file = ${users}
pool_mode = ${mode}
ignore_startup_parameters = ${ignoresOptions ? 'options' : ''}
default_pool_size = 20
max_client_conn = 500
`,
    );
    const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres']));
    const account = process.getuid?.() === 0 ? { uid: id('-u'), gid: id('-g') } : {};
    if (account.uid) for (const path of [folder, settings, users]) chownSync(path, account.uid, account.gid);
    const child = spawn(program, ['-q', settings], { ...account, stdio: ['ignore', 'ignore', 'inherit'] });
    await eventually(() => listens(own), { within: 10_000 });
    return new Pooler(child, folder, own);
  }

  /** The URL of a database by way of the pooler. */
  inFrontOf(databaseUrl: string): string {
    const { user, database } = partsOf(databaseUrl);
    return `postgres://${user}@127.0.0.1:${this.port}/${database}`;
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGINT');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function listens(port: number): Promise<void> {
  const socket = createConnection({ host: '127.0.0.1', port });
  await once(socket, 'connect').finally(() => socket.destroy());
}

function partsOf(databaseUrl: string) {
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  return {
    host: decodeURIComponent(hostname),
    port: port || '5432',
    user: username,
    password: decodeURIComponent(password),
    database: pathname.slice(1),
  };
}
