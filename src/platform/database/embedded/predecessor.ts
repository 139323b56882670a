import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ConfigError } from '../../config.js';
import type { Address } from './address.js';

/** Milliseconds for a killed server's keeper to begin to stop PostgreSQL, and for PostgreSQL to stop. */
const patience = { ready: 3_000, stopping: 30_000 };

interface Running extends Pick<Address, 'host' | 'port'> {
  pid: number;
  program: string;
  status: string;
}

/**
 * After a killed server its keeper may still be stopping PostgreSQL; anybody else's is refused by a ConfigError. A lock
 * file that outlived a crash is removed when its process is another program by now.
 */
export async function waitForPredecessor(data: string): Promise<void> {
  for (const since = Date.now(); ; await pause(50)) {
    const running = runningIn(data);
    if (!running) return;
    // Of a process that has ended PostgreSQL itself removes it, and makes sure that none of its sessions is left.
    if (!running.program.startsWith('postgres')) return rmSync(lockFile(data), { force: true });
    if (Date.now() - since > (running.status === 'stopping' ? patience.stopping : patience.ready))
      throw new ConfigError(
        `PostgreSQL already runs on ${data}, as process ${running.pid}: stop the server that started it (or that ` +
          'process, if its server was killed), or set DATA_FOLDER and PORT',
      );
  }
}

/** Where the PostgreSQL listens that another server runs on this data, if it is ready. */
export function readyIn(data: string): Pick<Address, 'host' | 'port'> | null {
  const running = runningIn(data);
  return running?.status === 'ready' && running.program.startsWith('postgres') ? running : null;
}

/** Stops the PostgreSQL that runs on this data, where the keeper that should is gone. */
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

/** Name of the program that runs as a process, null when it has ended. */
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

/** Null when the file, or the process that it tells of, is gone. */
function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}
