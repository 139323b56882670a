import { LRUCache } from 'lru-cache';
import { type LoggedError, loggedError } from '../http/logs.js';
import { isKnownAway } from './faults.js';

/** Milliseconds for which the same fault is not logged again. */
const quietMs = 10_000;

export interface FaultLog {
  warn(facts: object, message: string): void;
}

/**
 * Logs faults of the database, the same one once in ten seconds: an outage fails all statements and breaks all
 * connections. When it begins and ends, `Pulse` says so.
 */
export class Faults {
  private readonly recent = new LRUCache<string, true>({ max: 100, ttl: quietMs });

  constructor(private readonly log: FaultLog) {}

  note(error: Error, message: string): void {
    if (isKnownAway(error)) return;
    const err = withoutStack(loggedError(error));
    const key = JSON.stringify([message, err]);
    if (this.recent.has(key)) return;
    this.recent.set(key, true);
    this.log.warn({ err }, message);
  }
}

/** The stack is the driver's, and depends on how the answers of PostgreSQL arrived. */
function withoutStack({ stack: _, cause, ...error }: LoggedError): Omit<LoggedError, 'stack'> {
  return { ...error, ...(cause && { cause: withoutStack(cause) as LoggedError }) };
}
