import { ConfigError } from './config.js';

/** Messages with a remedy for faults of the machine, by error code. */
const remedies: Record<string, (fault: NodeJS.ErrnoException) => string> = {
  EADDRINUSE: ({ message }) => `${message}: another program listens there; set PORT or METRICS_PORT to another one`,
  EADDRNOTAVAIL: ({ message }) => `${message}: this machine has no such address; set HOST to one of its own`,
  ENOTFOUND: ({ message }) => `${message}: no such name; set HOST to an address of this machine`,
  ENOSPC: ({ path }) => `The disk is full${path ? ` (${path})` : ''}: free some space and start again`,
  // PostgreSQL's code for a full disk.
  53100: ({ message }) => `The database's disk is full: free some space and start again (${message})`,
  EROFS: unusable,
  EPERM: unusable,
  ENOTDIR: unusable,
  EACCES: (fault) => (fault.syscall === 'listen' ? `${fault.message}: set PORT to one above 1023` : unusable(fault)),
};

function unusable({ message }: NodeJS.ErrnoException): string {
  return `${message}: let this user read and write there, or set DATA_FOLDER to another folder`;
}

/** One sentence that says what to do, if the user of the machine can fix the fault; otherwise null. */
export function advice(error: unknown): string | null {
  const fault = error as NodeJS.ErrnoException;
  return error instanceof ConfigError ? fault.message : (remedies[fault.code ?? '']?.(fault) ?? null);
}

/** Ends the process with advice, or with the whole error if it is a fault of the server. */
export function fail(error: unknown): never {
  console.error(advice(error) ?? error);
  process.exit(1);
}
