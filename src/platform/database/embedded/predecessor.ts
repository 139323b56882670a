import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ConfigError } from '../../config.js';
import type { Address } from './address.js';

/** Milliseconds that a killed server's keeper may take to begin stopping PostgreSQL, and that stopping may take. */
const patience = { ready: 3_000, stopping: 30_000 };

interface Running extends Pick<Address, 'host' | 'port'> {
  pid: number;
  program: string;
  status: string;
}

/**
 * Waits while the keeper of a killed server stops PostgreSQL; throws a ConfigError if another server runs it. Removes a
 * lock file that a crash has left behind, if its process id now belongs to another program.
 */
export async function waitForPredecessor(data: string): Promise<void> {
  for (const since = Date.now(); ; await pause(50)) {
    const running = runningIn(data);
    if (!running) return;
    // If the process has ended, PostgreSQL removes the file itself, after checking that no session of it is left.
    if (!running.program.startsWith('postgres')) return rmSync(lockFile(data), { force: true });
    if (Date.now() - since > (running.status === 'stopping' ? patience.stopping : patience.ready))
      throw new ConfigError(
        `PostgreSQL already runs on ${data}, as process ${running.pid}: stop the server that started it (or that ` +
          'process, if its server was killed), or set DATA_FOLDER and PORT',
      );
  }
}

/** The address of a PostgreSQL that another server runs on this data; null if none is ready. */
export function readyIn(data: string): Pick<Address, 'host' | 'port'> | null {
  const running = runningIn(data);
  return running?.status === 'ready' && running.program.startsWith('postgres') ? running : null;
}

/** Stops the PostgreSQL that runs on this data, for use when its keeper is gone. */
export async function stopPostgres(data: string): Promise<void> {
  const running = runningIn(data);
  if (!running?.program.startsWith('postgres')) return;
  process.kill(running.pid, 'SIGINT');
  await waitForPredecessor(data);
}

const lockFile = (data: string): string => join(data, 'postmaster.pid');

function runningIn(data: string): Running | null {
  const lines = textOf(lockFile(data))?.split('\n');
  const pid = Number(lines?.[0]);
  const program = pid ? programOf(pid) : null;
  if (!lines || !program) return null;
  const [, , , port, socketFolder, , , status = ''] = lines;
  return {
    pid,
    program,
    port: Number(port),
    host: encodeURIComponent(socketFolder || '127.0.0.1'),
    status: status.trim(),
  };
}

/** Name of the program that a process runs; null if the process has ended. */
function programOf(pid: number): string | null {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return null;
  }
  if (process.platform === 'linux') return textOf(`/proc/${pid}/comm`)?.trim() ?? null;
  if (process.platform === 'win32') return 'postgres';
  return basename(spawnSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim()) || null;
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
