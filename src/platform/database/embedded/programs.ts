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
import type { BoundedLog } from './log.js';
import type { Place } from './place.js';
import { endSessions, marker, removeStaleLockFiles } from './predecessor.js';

export interface KeeperOptions extends Place {
  address: Address;
  /** The superuser's password, for a new cluster. */
  password: string;
  /** Settings of PostgreSQL, such as `fsync=off`. */
  settings: string[];
  /** Deletes the whole cluster at the end. */
  throwAway: boolean;
  /** Path of the log. */
  log: string;
}

/** Requires a password for every connection; rewritten on each start in case an older version wrote other rules. */
const authentication = ['local all all scram-sha-256', 'host all all 127.0.0.1/32 scram-sha-256', ''].join('\n');

/**
 * The server reports what callers did wrong, with fewer words than PostgreSQL: its statements and details hold
 * passwords and personal data.
 */
const logging = ['log_min_messages=log', 'log_min_error_statement=panic', 'log_error_verbosity=terse'];

/** The programs of PostgreSQL, run one at a time as its user, without the server's environment, which holds secrets. */
export class Programs {
  private running: ChildProcess | null = null;
  private isStopping = false;

  constructor(
    private readonly options: KeeperOptions,
    private readonly log: BoundedLog,
  ) {}

  /** Creates the data folder with a new database cluster, if it is missing. */
  async initialise(): Promise<void> {
    const { account, password } = this.options;
    if (existsSync(join(this.options.data, 'PG_VERSION'))) return;
    // An interrupted initialisation starts over.
    const data = `${this.options.data}.part`;
    rmSync(data, { recursive: true, force: true });
    mkdirSync(data, { recursive: true, mode: 0o700 });
    if (account) chownSync(data, account.uid, account.gid);
    const passwordFile = `${data}.password`;
    this.writeForPostgres(passwordFile, `${password}\n`);
    try {
      const initdb = this.run(data, 'initdb', [
        ...[`--pgdata=${data}`, '--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
        ...[
          '--no-instructions',
          '--encoding=UTF8',
          '--locale=C',
          '--locale-provider=builtin',
          '--builtin-locale=C.UTF-8',
        ],
      ]);
      const [code] = await once(initdb, 'close');
      if (code !== 0) throw new Error(`initdb ended with ${code}`);
      renameSync(data, this.options.data);
    } finally {
      rmSync(passwordFile);
    }
  }

  /** Starts PostgreSQL: `ready` resolves once it accepts connections, `ended` with the reason for its end. */
  async start(): Promise<{ ready: Promise<void>; ended: Promise<string> }> {
    const { data, address, settings } = this.options;
    this.writeForPostgres(join(data, 'pg_hba.conf'), authentication);
    await endSessions(data);
    removeStaleLockFiles(data, address.socket);
    const postgres = this.run(data, 'postgres', [
      ...['-D', data, '-p', String(address.port)],
      ...[...address.settings, ...settings, ...logging, marker].flatMap((setting) => ['-c', setting]),
    ]);
    const ended = new Promise<string>((resolve) => {
      postgres.once('error', (error) => resolve(error.message));
      // Not `close`: sessions that outlive it still hold its output.
      postgres.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    const ready = new Promise<void>((resolve, reject) => {
      let text = '';
      postgres.stderr!.on('data', function watch(this: NodeJS.EventEmitter, chunk: string) {
        text += chunk;
        if (!text.includes('database system is ready to accept connections')) return;
        this.off('data', watch);
        resolve();
      });
      void ended.then((reason) => reject(new Error(`postgres ended with ${reason}`)));
    });
    return { ready, ended };
  }

  /** Ends the running program: PostgreSQL closes its sessions and writes everything first. */
  stop(): void {
    this.isStopping = true;
    const { running } = this;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    // SIGINT requests a fast shutdown; Windows lacks it.
    if (process.platform === 'win32') this.stopOther();
    else running.kill('SIGINT');
  }

  /** Ends a PostgreSQL on this data that this process has not started. */
  stopOther(): ChildProcess {
    const { data } = this.options;
    return this.spawn(data, 'pg_ctl', ['stop', '-D', data, '-m', 'fast']);
  }

  private run(cwd: string, program: string, args: string[]): ChildProcess {
    if (this.isStopping) throw new Error('The server has ended');
    this.running = this.spawn(cwd, program, args);
    return this.running;
  }

  private spawn(cwd: string, program: string, args: string[]): ChildProcess {
    const { programs, account } = this.options;
    const { PATH, SystemRoot, TZ } = process.env;
    const child = spawn(join(programs, program), args, {
      ...account,
      cwd,
      env: { PATH, SystemRoot, TZ, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => this.log.write(text));
    return child;
  }

  /**
   * Replaces the file instead of opening it: the folder belongs to PostgreSQL's user, and root must not follow its
   * links.
   */
  private writeForPostgres(file: string, text: string): void {
    const { account } = this.options;
    rmSync(file, { force: true });
    const opened = openSync(file, 'wx', 0o600);
    writeSync(opened, text);
    if (account) fchownSync(opened, account.uid, account.gid);
    closeSync(opened);
  }
}
