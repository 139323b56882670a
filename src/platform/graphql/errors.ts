import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { CodedError } from '../errors.js';

const timeouts = new Map([
  ['57014', 'The operation took too long and was stopped; narrow it and try again'],
  ['55P03', 'The record is being changed by somebody else for too long; try again'],
  ['25P03', 'The operation paused for too long and was stopped; try again'],
]);

/** PostgreSQL's own code of an error, also where the ORM has wrapped it. */
const postgresCode = (error: unknown): unknown =>
  (error as { code?: unknown })?.code ?? (error as { cause?: { code?: unknown } })?.cause?.code;

function timeoutOf(error: unknown): string | undefined {
  const message = (error as Error | undefined)?.message ?? '';
  if (message.includes('timeout exceeded when trying to connect')) return 'The server is busy; try again in a moment';
  return timeouts.get(String(postgresCode(error)));
}

/** Errors that neither we nor GraphQL's own checks meant the caller to see. */
export function unexpected(error: GraphQLError): boolean {
  const cause = unwrapResolverError(error);
  if (cause instanceof CodedError || timeoutOf(cause)) return false;
  return !(cause instanceof GraphQLError) || !cause.extensions.code;
}

/** The form in which an error leaves: ours as it is, GraphQL's own with its code, everything else masked. */
export function maskError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const cause = unwrapResolverError(error);
  const place = {
    ...(formatted.path && { path: formatted.path }),
    ...(formatted.locations && { locations: formatted.locations }),
  };
  if (cause instanceof CodedError) return { message: cause.message, ...place, extensions: { ...cause.extensions } };
  const timeout = timeoutOf(cause);
  if (timeout) return { message: timeout, ...place, extensions: { code: 'TIMEOUT' } };
  const code = formatted.extensions?.code;
  const fromGraphQL = cause instanceof GraphQLError && !cause.originalError;
  if (fromGraphQL && code && code !== 'INTERNAL_SERVER_ERROR') return { ...formatted, extensions: { code } };
  return {
    message: 'Something went wrong on our side; try again, and report it with the request id if it stays',
    ...place,
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  };
}
