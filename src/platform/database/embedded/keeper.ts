// A process of its own: it stops PostgreSQL when the server that forked it is gone, however that ended, and a Ctrl-C
// meant for the server does not reach the database before the last request is answered.
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
  /** The superuser's, of a new cluster. */
  password: string;
  /** Settings of PostgreSQL, such as `fsync=off`. */
  settings: string[];
  /** The whole cluster is deleted at the end. */
  throwAway: boolean;
}

export type KeeperMessage = { ready: true } | { failed: string };

const log: string[] = [];

/** Nobody is let in without a password, whatever a former version wrote. */
const authentication = ['local all all scram-sha-256', 'host all all 127.0.0.1/32 scram-sha-256', ''].join('\n');

/** Starts a program of PostgreSQL as its user, with nothing of the server's environment, which holds secrets. */
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

/** Makes the file anew: the folder is PostgreSQL's, and root must not follow a link that somebody left there. */
function writeForPostgres({ account }: Place, file: string, text: string): void {
  rmSync(file, { force: true });
  const opened = openSync(file, 'wx', 0o600);
  writeSync(opened, text);
  if (account) fchownSync(opened, account.uid, account.gid);
  closeSync(opened);
}

/** Makes the folder of the data and the first database cluster in it. */
async function initialise(options: KeeperOptions): Promise<void> {
  const { account, password } = options;
  // What was interrupted begins anew.
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

/** Waits until PostgreSQL has ended the sessions and written everything. */
async function stop(options: KeeperOptions, postgres: ChildProcess): Promise<void> {
  if (postgres.exitCode === null && postgres.signalCode === null) {
    const ended = once(postgres, 'exit');
    // A fast shutdown. Windows has no such signal.
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

// The options hold a password, which as an argument every user of the machine could read.
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
