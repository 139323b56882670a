// Runs as a separate process, detached from the server that forks it. So it can stop PostgreSQL however the server
// ends, and a Ctrl-C for the server does not stop the database before the last request is answered.
import { rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { ConfigError } from '../../config.js';
import { BoundedLog } from './log.js';
import { takeOver } from './predecessor.js';
import { type KeeperOptions, Programs } from './programs.js';
import { Restarts } from './restarts.js';

/** The first message says whether PostgreSQL is ready. News follow when it ends, is ready again or stays down. */
export type KeeperMessage =
  | { ready: true }
  | { refused: string }
  | { failed: string; code: string | undefined }
  | { news: string };

/**
 * Without a callback, a message to a server that has just ended would end this process, and leave PostgreSQL behind.
 */
const tell = (message: KeeperMessage) => process.send?.(message, undefined, undefined, () => undefined);

/** Runs PostgreSQL until the server ends or disconnects. */
async function keep(options: KeeperOptions, log: BoundedLog): Promise<void> {
  const ending = new AbortController();
  const programs = new Programs(options, log);
  process.once('disconnect', () => {
    ending.abort();
    programs.stop();
  });
  if (!process.connected) return;
  await takeOver(options.data, () => programs.stopOther(), ending.signal);
  try {
    await programs.initialise();
    await run(programs, log, ending.signal);
  } finally {
    // Otherwise the server does so, since the next keeper needs the folder.
    if (!process.connected) cleanUp(options);
  }
}

/** Starts PostgreSQL, and again whenever it dies. Rejects if the first start fails. */
async function run(programs: Programs, log: BoundedLog, ending: AbortSignal): Promise<void> {
  const restarts = new Restarts();
  const news = (text: string) => {
    log.note(text);
    tell({ news: text });
  };
  for (let hasRun = false; !ending.aborted; hasRun = true) {
    const { ready, ended } = await programs.start();
    const readyAt = await ready.then(Date.now, (error) => {
      if (hasRun) return null;
      throw error;
    });
    if (readyAt && !hasRun) tell({ ready: true });
    else if (readyAt) news('PostgreSQL is ready again');
    const reason = await ended;
    if (ending.aborted) return;
    const wait = restarts.next(readyAt ? Date.now() - readyAt : 0);
    news(
      wait === null
        ? `PostgreSQL ends again and again (${reason}): see ${log.path}, and start the server again`
        : `PostgreSQL ended (${reason}) and is started again`,
    );
    // The lock stays held as long as the server lives.
    await pause(wait ?? 2 ** 31 - 1, undefined, { signal: ending }).catch(() => undefined);
  }
}

function cleanUp({ throwAway, data, address }: KeeperOptions): void {
  if (throwAway) rmSync(data, { recursive: true, force: true });
  if (address.folder) rmSync(address.folder, { recursive: true, force: true });
}

// The server decides when PostgreSQL ends, even if a signal reaches all processes, as when the machine shuts down.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

// The options arrive as a message because they hold a password; every user of the machine could read an argument.
process.once('message', async (options: KeeperOptions) => {
  let log: BoundedLog | undefined;
  try {
    log = new BoundedLog(options.log);
    await keep(options, log);
    process.exit(0);
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    if (error instanceof ConfigError) tell({ refused: message });
    else tell({ failed: `${message}\n${log?.tail.trim() ?? ''}`, code });
    if (process.connected) process.disconnect();
  }
});
