import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ConfigError } from '../../config.js';
import { type Address, removeTemporary } from './address.js';
import { tryLock } from './lock.js';

/** Setting of every PostgreSQL that a keeper starts, which tells it from one that somebody else has started. */
export const marker = 'cluster_name=too-good-crm';

/**
 * Milliseconds that the keeper of a killed server may take to begin stopping PostgreSQL, and that stopping may take.
 */
const patience = { ready: 3_000, stopping: 30_000 };

/** The lock file of PostgreSQL, which a crash leaves behind. */
interface LockFile extends Pick<Address, 'port'> {
  pid: number;
  socketFolder: string;
  status: string;
}

/**
 * Makes this process the only keeper of the data: waits while the keeper of a killed server stops PostgreSQL, and stops
 * a PostgreSQL whose keeper was killed. Throws a ConfigError if another server runs on the data.
 */
export async function takeOver(data: string, stopOther: () => unknown, ending: AbortSignal): Promise<void> {
  await waitUntil(() => tryLock(`${data}.lock`), data, 'A server', ending);
  const left = lockFileIn(data);
  const isOurs = textOf(join(data, 'postmaster.opts'))?.includes(marker);
  // Nobody but its keeper would stop it, and that one is gone. PostgreSQL that somebody else has started is left alone.
  if (left && isOurs && runs(left.pid, data)) stop(left.pid, stopOther);
  await waitUntil(() => !runningIn(data), data, `PostgreSQL, as process ${left?.pid},`);
  if (left) removeTemporary(left.socketFolder);
}

/**
 * Removes the lock files of a PostgreSQL that has crashed, for its data and its socket, if its id now belongs to
 * another program. If no process has the id, PostgreSQL removes them itself, after checking that no session is left.
 */
export function removeStaleLockFiles(data: string, socket: string | null): void {
  for (const file of [pathIn(data), ...(socket ? [`${socket}.lock`] : [])]) {
    const pid = Number.parseInt(textOf(file) ?? '', 10);
    if (pid && programOf(pid) !== null && !runs(pid, data)) rmSync(file, { force: true });
  }
}

/**
 * Ends sessions that have outlived their PostgreSQL, which does not start again before they have ended. They end by
 * themselves too, after their statement; only Linux tells which data a process works on.
 */
export async function endSessions(data: string): Promise<void> {
  if (process.platform !== 'linux' || runningIn(data)) return;
  const folder = realPath(data);
  const sessions = readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid && isSession(pid, folder));
  for (const pid of sessions) process.kill(pid, 'SIGKILL');
  for (const since = Date.now(); sessions.some(programOf) && Date.now() - since < patience.ready; ) await pause(10);
}

function isSession(pid: number, folder: string | null): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder && readFileSync(`/proc/${pid}/comm`, 'utf8') === 'postgres\n';
  } catch (error) {
    // It has ended, or is another user's.
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** The address of a PostgreSQL that another server runs on this data; null if none is ready. */
export function readyIn(data: string): Pick<Address, 'host' | 'port'> | null {
  const running = runningIn(data);
  if (running?.status !== 'ready') return null;
  return { port: running.port, host: encodeURIComponent(running.socketFolder || '127.0.0.1') };
}

/** Stops the PostgreSQL that runs on this data, for use when its keeper is gone. */
export async function stopPostgres(data: string): Promise<void> {
  const running = runningIn(data);
  if (!running) return;
  process.kill(running.pid, 'SIGINT');
  await waitUntil(() => !runningIn(data), data, 'PostgreSQL');
}

async function waitUntil(isTrue: () => boolean, data: string, name: string, ending?: AbortSignal): Promise<void> {
  for (const since = Date.now(); !isTrue(); await pause(50, undefined, { signal: ending })) {
    if (Date.now() - since > (lockFileIn(data)?.status === 'stopping' ? patience.stopping : patience.ready))
      throw new ConfigError(`${name} already runs on ${data}: stop it, or set DATA_FOLDER and PORT`);
  }
}

function stop(pid: number, stopOther: () => unknown): void {
  // Windows has no signal for it, and would end any program that has this id now.
  if (process.platform === 'win32') stopOther();
  else process.kill(pid, 'SIGINT');
}

const pathIn = (data: string): string => join(data, 'postmaster.pid');

function lockFileIn(data: string): LockFile | null {
  const lines = textOf(pathIn(data))?.split('\n');
  const pid = Number(lines?.[0]);
  if (!lines || !pid) return null;
  const [, , , port, socketFolder = '', , , status = ''] = lines;
  return { pid, port: Number(port), socketFolder, status: status.trim() };
}

function runningIn(data: string): LockFile | null {
  const file = lockFileIn(data);
  return file && runs(file.pid, data) ? file : null;
}

/** Whether the process is the PostgreSQL of this data, and not another program with the id of one that has crashed. */
function runs(pid: number, data: string): boolean {
  const program = programOf(pid);
  if (program === null || process.platform === 'win32') return program !== null;
  if (!basename(program.split(' -')[0]!).startsWith('postgres')) return false;
  // Ours names its data; somebody else's may name them in another way.
  const named = / -D (.*?) -p /.exec(program)?.[1];
  return named === undefined ? !program.startsWith('postgres: ') : realPath(named) === realPath(data);
}

/** Command line of a process; empty on Windows, and null if the process has ended. */
function programOf(pid: number): string | null {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return null;
  }
  if (process.platform === 'linux') return textOf(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim() ?? null;
  if (process.platform === 'win32') return '';
  return spawnSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim() || null;
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** The text of a file; null if the file, or the process that it describes, is gone. */
function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}
