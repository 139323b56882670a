import { unwrapResolverError } from '@apollo/server/errors';
import { type ExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql';
import { isDatabaseAway, isPoolBusy } from '../database/faults.js';
import { isCollision, postgresCode } from '../database/sql.js';
import { CodedError, OutcomeUnknown, Overloaded, Timeout, Unavailable } from '../errors.js';
import { statusOfCode } from '../http/failures.js';
import { limits, tooComplex } from './limits.js';
import { argumentRefused } from './variables.js';

const timeouts = new Map([
  ['57014', 'The operation took too long and was stopped; narrow it and try again'],
  ['55P03', 'The record is being changed by somebody else for too long; try again'],
  ['25P03', 'The operation paused for too long and was stopped; try again'],
]);

/** The coded error for a fault of the database that may go away by itself. */
function passingFault(error: unknown): CodedError | undefined {
  if (isPoolBusy(error)) return new Overloaded('The server is busy; try again in a moment', 1000);
  if (isCollision(error)) return new Timeout('Others are changing the same records at the same time; try again');
  const timeout = timeouts.get(String(postgresCode(error)));
  if (timeout) return new Timeout(timeout);
  return isDatabaseAway(error) ? new Unavailable('DATABASE_UNAVAILABLE', error) : undefined;
}

// Messages of graphql-js for too many tokens, nesting too deep to parse, and too many validation errors.
const gaveUp = /Document contains more tha[nt] \d+ tokens|Maximum call stack size exceeded|Validation aborted/;

/** The coded error behind `cause`, if there is one: thrown by a field, found in validation, or a passing fault. */
function codedErrorOf(cause: unknown): CodedError | undefined {
  if (cause instanceof CodedError) return cause;
  if (!(cause instanceof GraphQLError)) return passingFault(cause);
  if (gaveUp.test(cause.message))
    return tooComplex(`The document is too deep or has more than ${limits.tokens} tokens`);
  return cause.originalError && codedErrorOf(cause.originalError);
}

/** The code of an error that GraphQL itself found in the request; only such errors point to a node without a cause. */
function codeOfGraphQL(cause: unknown): unknown {
  if (!(cause instanceof GraphQLError)) return undefined;
  const { code } = cause.extensions;
  if (code === undefined) return cause.nodes && !cause.originalError ? 'BAD_USER_INPUT' : undefined;
  return code === 'BAD_REQUEST' || code === 'OPERATION_RESOLUTION_FAILURE' ? 'BAD_USER_INPUT' : code;
}

/** Whether an error is neither coded nor one of GraphQL's own: these are masked and logged. */
export function unexpected(error: GraphQLError): boolean {
  const cause = unwrapResolverError(error);
  return !codedErrorOf(cause) && !codeOfGraphQL(cause);
}

/** Whether the database failed in a way that the caller is told about only in general. */
export function isDatabaseFault(error: GraphQLError): boolean {
  const coded = codedErrorOf(unwrapResolverError(error));
  return coded instanceof OutcomeUnknown || (coded instanceof Unavailable && coded.cause !== undefined);
}

/** An error as the caller sees it: coded errors unchanged, GraphQL's own with a code, everything else masked. */
export function maskError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const cause = unwrapResolverError(error);
  const place = {
    ...(formatted.path && { path: formatted.path }),
    ...(formatted.locations && { locations: formatted.locations }),
  };
  const coded = codedErrorOf(cause) ?? (cause instanceof GraphQLError && argumentRefused(cause, formatted.path));
  if (coded) return { message: coded.message, ...place, extensions: { ...coded.extensions } };
  const code = codeOfGraphQL(cause);
  if (code) return { ...formatted, extensions: { code } };
  return {
    message: 'Something went wrong on our side; report it with the request id',
    ...place,
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  };
}

/**
 * The HTTP status of an answer; undefined for 200. It is 503 if no root field has data because the server is busy or a
 * part of it away, so that clients and proxies come back later.
 */
export function statusOfAnswer(
  data: ExecutionResult['data'],
  errors: readonly GraphQLFormattedError[] = [],
): number | undefined {
  const statuses = errors.map(({ extensions }) => statusOfCode(extensions?.code));
  if (data === undefined) return statuses[0];
  const isEmpty = data === null || Object.values(data).every((value) => value === null);
  return isEmpty && statuses.length && statuses.every((status) => status === 503) ? 503 : undefined;
}

type Placed = Partial<Pick<GraphQLError, 'path' | 'locations' | 'nodes'>>;

/** A coded error at the path and location of another error, which may lack the document's nodes. */
export function placedAs({ path, locations, nodes }: Placed, originalError: Error): GraphQLError {
  const error = new GraphQLError(originalError.message, { path, nodes, originalError });
  return nodes ? error : Object.defineProperty(error, 'locations', { value: locations, enumerable: true });
}
