import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ConfigError } from '../../config.js';

/** Milliseconds for a killed server's keeper to begin to stop PostgreSQL, and for PostgreSQL to stop. */
const patience = { ready: 3_000, stopping: 30_000 };

/**
 * After a killed server its keeper may still be stopping PostgreSQL; anybody else's is refused by a ConfigError. A lock
 * file that outlived a crash is removed when its process is another program by now.
 */
export async function waitForPredecessor(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  for (const since = Date.now(); ; await pause(50)) {
    const lines = textOf(file)?.split('\n');
    const pid = Number(lines?.[0]);
    const program = pid ? programOf(pid) : null;
    if (program === null) return;
    const isStopping = lines?.[7]?.trim() === 'stopping';
    if (!program.startsWith('postgres')) return rmSync(file);
    if (Date.now() - since > (isStopping ? patience.stopping : patience.ready))
      throw new ConfigError(
        `Another server uses ${data} (its PostgreSQL is process ${pid}): stop that one first, or set DATA_FOLDER and PORT`,
      );
  }
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
  return basename(execFileSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' }).trim());
}

/** Null when the file is gone. */
function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
