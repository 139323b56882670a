import { postgresCode } from './sql.js';

/** Errors of the operating system about a connection. */
const brokenCodes = new Set(
  (
    'ECONNREFUSED ECONNRESET ECONNABORTED EPIPE ETIMEDOUT EHOSTUNREACH EHOSTDOWN ENETUNREACH ENETDOWN ' +
    'ENOTFOUND EAI_AGAIN ENOENT'
  ).split(' '),
);

/** PostgreSQL's class for connections, and its codes for a server that stops, has crashed, or is starting. */
const brokenStates = /^(08...|57P0[1-5])$/;

/** Messages of pg, which carry no code. */
const brokenMessages = /^Connection terminated|^Client has encountered a connection error|^Client was closed/;

/** PostgreSQL refuses this role, its password or the database. */
const loginStates = /^(28...|3D000)$/;

/** PostgreSQL has no room, its disk fails, or it takes no writes. */
const refusingStates = /^(53...|58...|25006)$/;

/**
 * A statement that is not sent, since PostgreSQL is known to be away. Not a coded error, which a bulk call would take
 * for the refusal of a row.
 */
export class KnownAway extends Error {
  override message = 'Connection terminated since PostgreSQL is away';
}

const causesOf = (error: unknown): unknown[] => {
  const causes: unknown[] = [];
  for (let cause = error; cause && !causes.includes(cause); cause = (cause as Error).cause) causes.push(cause);
  return causes;
};

/** Whether the connection is lost, so that the same statement may succeed on another. */
export const isConnectionLost = (error: unknown): boolean =>
  causesOf(error).some((cause) => {
    const { message = '' } = cause as Error;
    const code = String(postgresCode(cause));
    return brokenCodes.has(code) || brokenStates.test(code) || brokenMessages.test(message);
  });

/** Whether a role, its password or a database is refused; PgBouncer does so with the code of a broken connection. */
export const isLoginRefused = (error: unknown): boolean =>
  causesOf(error).some(
    (cause) => loginStates.test(String(postgresCode(cause))) || loginMessages.test((cause as Error).message ?? ''),
  );

const loginMessages = /password authentication failed|no such (user|database)/;

/** Whether PostgreSQL cannot be used at present, through no fault of the statement. */
export const isDatabaseAway = (error: unknown): boolean =>
  isConnectionLost(error) ||
  causesOf(error).some((cause) => {
    const code = String(postgresCode(cause));
    return refusingStates.test(code) || loginStates.test(code);
  });

/** Whether the statement was not sent, since PostgreSQL is known to be away. */
export const isKnownAway = (error: unknown): boolean => causesOf(error).some((cause) => cause instanceof KnownAway);

/** pg's message when all connections of a pool stay in use for too long. */
export const isPoolBusy = (error: unknown): boolean =>
  causesOf(error).some((cause) => /^timeout exceeded when trying to connect/.test((cause as Error).message ?? ''));

/** Whether PostgreSQL has answered that it refuses the statement; otherwise its answer is lost. */
export const isRefusal = (error: unknown): boolean => postgresCode(error) !== undefined && !isConnectionLost(error);

/** Whether the statement was never sent, since the connection had ended before. */
export const isUnsent = (error: unknown): boolean =>
  causesOf(error).some((cause) => /is not queryable$/.test((cause as Error).message ?? ''));
