import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folder } from './dataset.js';
import type { Server } from './servers.js';

/** Milliseconds of a tick of the clock by which Linux counts; the same on all its usual platforms. */
const tickMs = 10;

/** Fields of /proc/PID/stat behind the name of the process, which may hold spaces. */
const fieldsOf = (pid: number | string): string[] => {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
};

const [parent, ownUser, ownSystem, endedUser, endedSystem] = [1, 11, 12, 13, 14];

const ticks = (fields: string[], ...places: number[]): number =>
  places.reduce((sum, place) => sum + Number(fields[place]), 0);

function postgresTicks(): number {
  const [postmaster] = readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n') as [string];
  const all = [ownUser, ownSystem, endedUser, endedSystem];
  // Ended backends leave what they used to the postmaster.
  const children = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isChild(pid, postmaster));
  return ticks(fieldsOf(postmaster), ...all) + children.reduce((sum, pid) => sum + ticksOf(pid), 0);
}

/** A process may end while it is looked at; its parent then counts it. */
function isChild(pid: string, postmaster: string): boolean {
  try {
    return fieldsOf(pid)[parent] === postmaster;
  } catch {
    return false;
  }
}

function ticksOf(pid: string): number {
  try {
    return ticks(fieldsOf(pid), ownUser, ownSystem);
  } catch {
    return 0;
  }
}

/** Milliseconds of processor time. */
export interface Cpu {
  server: number;
  postgres: number;
}

/** Processor time that a server and PostgreSQL have used so far. */
export const cpuOf = ({ process }: Server): Cpu => ({
  server: ticks(fieldsOf(process.pid!), ownUser, ownSystem) * tickMs,
  postgres: postgresTicks() * tickMs,
});

export const cpuMs = (of: Server): number => total(cpuOf(of));

export const total = ({ server, postgres }: Cpu): number => server + postgres;
