import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withClient } from '../../src/platform/database/connection.js';
import { eventually } from './eventually.js';
import { freePort, type OtherPostgres } from './other-postgres.js';

/** Milliseconds after which a standby replays a commit, so that it always lags. */
const delayMs = 150;

/** A standby that streams from a primary, and answers queries. */
export class Standby {
  private child: ChildProcess | null = null;

  private constructor(
    private readonly programs: string,
    private readonly primary: OtherPostgres,
    private readonly data: string,
    readonly port: number,
  ) {}

  /** Copies a running primary, by means that every installation has: some lack pg_basebackup. */
  static async of(primary: OtherPostgres, programs: string): Promise<Standby> {
    const port = await freePort();
    const data = `${primary.data}-${port}`;
    await withClient(primary.superuserUrl, async (client) => {
      await client.query(`select pg_backup_start('standby', true)`);
      execFileSync('cp', ['-a', primary.data, data], { ...primary.as, stdio: 'pipe' });
      const { rows } = await client.query('select labelfile from pg_backup_stop(false)');
      rmSync(join(data, 'postmaster.pid'));
      for (const [name, text] of Object.entries({ backup_label: rows[0].labelfile, 'standby.signal': '' })) {
        writeFileSync(join(data, name), text);
        const { uid, gid } = primary.as;
        if (uid && gid) chownSync(join(data, name), uid, gid);
      }
    });
    return new Standby(programs, primary, data, port);
  }

  /** Streams from the primary, or from another standby. */
  async start(from = Number(new URL(this.primary.superuserUrl).port)): Promise<void> {
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      fsync: 'off',
      primary_conninfo: `host=127.0.0.1 port=${from} user=super`,
      recovery_min_apply_delay: `${delayMs}ms`,
      wal_retrieve_retry_interval: '100ms',
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const programs = join(this.programs, 'postgres');
    const as = { ...this.primary.as, stdio: 'ignore' } as const;
    this.child = spawn(programs, ['-D', this.data, '-p', String(this.port), ...options], as);
    await eventually(() => this.sql('select 1').then(...([() => true, () => false] as const)));
  }

  /** Of the role that serves, unless another is named. */
  url(user = 'crm_app'): string {
    return `postgres://${user}:password@127.0.0.1:${this.port}/crm`;
  }

  get name(): string {
    return `127.0.0.1:${this.port}`;
  }

  async sql(statement: string): Promise<Record<string, unknown>[]> {
    return (await withClient(this.url('super'), (client) => client.query(statement))).rows;
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGQUIT');
    await ended;
  }
}
