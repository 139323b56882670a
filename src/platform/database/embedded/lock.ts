import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** Locked files; one that is no longer referenced would be closed, which ends its lock. */
const held: DatabaseSync[] = [];
/** SQLite's code for a file that another process has locked. */
const busy = 5;

/**
 * Locks a file until this process ends, however it ends; false if another process holds the lock. SQLite takes a lock
 * of the operating system, which Node does not offer itself: so no file of a killed process has to be told from that of
 * a living one, whose id may be the same after a restart or in another container.
 */
export function tryLock(file: string): boolean {
  // SQLite would let everybody read a file that it creates.
  closeSync(openSync(file, 'a', 0o600));
  const database = new DatabaseSync(file);
  try {
    // The file stays empty, and needs no journal beside it.
    database.exec('pragma journal_mode = memory; begin exclusive');
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === busy) return false;
    throw error;
  }
  held.push(database);
  return true;
}
