// Runs as a separate process, detached from the server that forks it. So it can stop PostgreSQL however the server
// ends, and a Ctrl-C for the server does not stop the database before the last request is answered.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  closeSync,
  existsSync,
  fchownSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Address } from './address.js';
import type { Place } from './place.js';

export interface KeeperOptions extends Place {
  address: Address;
  /** The superuser's password, for a new cluster. */
  password: string;
  /** Settings of PostgreSQL, such as `fsync=off`. */
  settings: string[];
  /** Deletes the whole cluster at the end. */
  throwAway: boolean;
}

export type KeeperMessage = { ready: true } | { failed: string };

const log: string[] = [];

/** Requires a password for every connection; rewritten on each start in case an older version wrote other rules. */
const authentication = ['local all all scram-sha-256', 'host all all 127.0.0.1/32 scram-sha-256', ''].join('\n');

/** Runs a program of PostgreSQL as its user, without the server's environment, which holds secrets. */
function run({ programs, data, account }: KeeperOptions, program: string, args: string[]): ChildProcess {
  const { PATH, SystemRoot, TZ } = process.env;
  const child = spawn(join(programs, program), args, {
    ...account,
    cwd: data,
    env: { PATH, SystemRoot, TZ, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr])
    stream!.on('data', (chunk) => log.splice(0, Math.max(0, log.push(String(chunk)) - 10)));
  return child;
}

/**
 * Replaces the file instead of opening it: the folder belongs to PostgreSQL's user, and root must not follow its links.
 */
function writeForPostgres({ account }: Place, file: string, text: string): void {
  rmSync(file, { force: true });
  const opened = openSync(file, 'wx', 0o600);
  writeSync(opened, text);
  if (account) fchownSync(opened, account.uid, account.gid);
  closeSync(opened);
}

/** Creates the data folder with a new database cluster. */
async function initialise(options: KeeperOptions): Promise<void> {
  const { account, password } = options;
  // An interrupted initialisation starts over.
  const data = `${options.data}.part`;
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true, mode: 0o700 });
  if (account) chownSync(data, account.uid, account.gid);
  const passwordFile = `${data}.password`;
  writeForPostgres(options, passwordFile, `${password}\n`);
  try {
    const initdb = run({ ...options, data }, 'initdb', [
      ...[`--pgdata=${data}`, '--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
      ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ]);
    const [code] = await once(initdb, 'close');
    if (code !== 0) throw new Error(`initdb ended with ${code}`);
    renameSync(data, options.data);
  } finally {
    rmSync(passwordFile);
  }
}

async function start(options: KeeperOptions): Promise<ChildProcess> {
  const { data, address, settings } = options;
  if (!existsSync(join(data, 'PG_VERSION'))) await initialise(options);
  writeForPostgres(options, join(data, 'pg_hba.conf'), authentication);
  const postgres = run(options, 'postgres', [
    ...['-D', data, '-p', String(address.port)],
    ...[...address.settings, ...settings].flatMap((setting) => ['-c', setting]),
  ]);
  await new Promise<void>((started, refused) => {
    postgres.stderr!.on('data', (chunk) => {
      if (String(chunk).includes('database system is ready to accept connections')) started();
    });
    postgres.once('error', refused);
    postgres.once('close', (code) => refused(new Error(`postgres ended with ${code}`)));
  });
  return postgres;
}

/** Shuts PostgreSQL down and waits until it has closed its sessions and written everything. */
async function stop(options: KeeperOptions, postgres: ChildProcess): Promise<void> {
  if (postgres.exitCode === null && postgres.signalCode === null) {
    const ended = once(postgres, 'exit');
    // SIGINT requests a fast shutdown; Windows lacks it.
    if (process.platform === 'win32') run(options, 'pg_ctl', ['stop', '-D', options.data, '-m', 'fast']);
    else postgres.kill('SIGINT');
    await ended;
  }
  cleanUp(options);
}

function cleanUp(options: KeeperOptions): void {
  if (options.throwAway) rmSync(options.data, { recursive: true, force: true });
  if (options.address.folder) rmSync(options.address.folder, { recursive: true, force: true });
}

const tell = (message: KeeperMessage) => process.send?.(message);

// The options arrive as a message because they hold a password; every user of the machine could read an argument.
process.once('message', async (options: KeeperOptions) => {
  try {
    const starting = start(options);
    process.once('disconnect', () =>
      starting.then((postgres) => stop(options, postgres)).finally(() => process.exit(0)),
    );
    await starting;
    tell({ ready: true });
  } catch (error) {
    cleanUp(options);
    tell({ failed: `${(error as Error).message}\n${log.join('').trim()}` });
    process.disconnect?.();
  }
});
