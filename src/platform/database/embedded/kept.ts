import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ConfigError } from '../../config.js';
import { removeTemporary } from './address.js';
import type { KeeperMessage } from './keeper.js';
import { stopPostgres } from './predecessor.js';
import type { KeeperOptions } from './programs.js';
import { Restarts } from './restarts.js';

/** PostgreSQL and the process that keeps it. If that process is killed, another one takes over. */
export class KeptPostgres {
  private keeper: ChildProcess | null = null;
  private hasStarted = false;
  private readonly ending = new AbortController();
  private readonly restarts = new Restarts();

  constructor(private readonly options: KeeperOptions) {}

  /** Resolves once PostgreSQL is ready. */
  async start(): Promise<void> {
    try {
      await this.fork();
      this.hasStarted = true;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Stops PostgreSQL, also while it starts. */
  async stop(): Promise<void> {
    this.ending.abort();
    const { keeper, options } = this;
    if (keeper && isAlive(keeper)) {
      const ended = once(keeper, 'exit');
      if (keeper.connected) keeper.disconnect();
      await ended;
    }
    if (this.hasStarted && keeper?.exitCode !== 0) await stopPostgres(options.data);
    if (options.address.folder) removeTemporary(options.address.folder);
  }

  private async fork(): Promise<void> {
    const module = new URL(`./keeper${extname(import.meta.url)}`, import.meta.url);
    const since = Date.now();
    const keeper = fork(module, { detached: true, stdio: 'ignore', execArgv: [] });
    this.keeper = keeper;
    keeper.send(this.options);
    await new Promise<void>((started, refused) => {
      keeper.on('message', (message: KeeperMessage) => {
        if ('ready' in message) started();
        else if ('news' in message) console.error(message.news);
        else refused(failure(this.options.data, message));
      });
      keeper.on('error', refused);
      keeper.once('exit', (code) => refused(new Error(`The embedded PostgreSQL ended at once (exit code ${code})`)));
    });
    keeper.once('exit', () => this.replace(Date.now() - since));
  }

  private async replace(lived: number): Promise<void> {
    if (this.ending.signal.aborted) return;
    const wait = this.restarts.next(lived);
    if (wait === null) return console.error('PostgreSQL cannot be kept any longer: start the server again');
    console.error('The process that keeps PostgreSQL has ended; another one takes over');
    await pause(wait, undefined, { signal: this.ending.signal }).catch(() => undefined);
    if (this.ending.signal.aborted) return;
    await this.fork().catch((error: Error) => {
      if (this.ending.signal.aborted) return;
      console.error(error.message);
      return this.replace(0);
    });
  }
}

const isAlive = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

function failure(data: string, message: Exclude<KeeperMessage, { ready: true } | { news: string }>): Error {
  if ('refused' in message) return new ConfigError(message.refused);
  const { failed, code } = message;
  if (failed.includes('No space left on device'))
    return new ConfigError(`The disk of ${data} is full: free some space and start again`);
  return Object.assign(new Error(`The embedded PostgreSQL did not start: ${failed}`), { code });
}
