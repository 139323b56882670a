import { Field, ObjectType } from 'type-graphql';
import type { HttpErrorCode } from '../http/failures.js';
import { declareEnum } from './enums.js';

export const ErrorCode = declareEnum(
  'ErrorCode',
  'Values of `errors[].extensions.code`; new ones may be added. Documents that do not parse or validate carry ' +
    'GRAPHQL_PARSE_FAILED or GRAPHQL_VALIDATION_FAILED instead.',
  {
    UNAUTHENTICATED: 'No valid access token, or wrong credentials.',
    FORBIDDEN: 'Signed in, but the permission, ownership or membership is missing.',
    NOT_FOUND: 'A record named by id does not exist in the active organization.',
    BAD_USER_INPUT: 'An argument or input field is invalid; `extensions.fields` names each one.',
    CONFLICT: 'The stored state does not allow the change; `extensions.reason` says why.',
    VERSION_CONFLICT: '`expectedVersion` is stale; `extensions.currentVersion` gives the stored version.',
    INVALID_CURSOR: 'The cursor is malformed or belongs to another list, order, filter or search.',
    RATE_LIMITED: 'Too many requests or sign-in attempts; retry after `extensions.retryAfterMs`.',
    QUERY_TOO_COMPLEX: 'The operation exceeds the cost or size limits.',
    TIMEOUT: 'The operation ran out of time; nothing was changed.',
    OVERLOADED: 'The server has no room for the request; nothing was done. Retry after `extensions.retryAfterMs`.',
    UNAVAILABLE: 'The database is away or the server is shutting down; nothing was changed.',
    OUTCOME_UNKNOWN: 'The answer to the commit was lost, so the change may or may not have been made.',
    IDEMPOTENCY_KEY_REUSED: 'The idempotency key was used before with another request.',
    IDEMPOTENCY_IN_PROGRESS: 'A request with this idempotency key is still running; retry later.',
    PERSISTED_QUERY_NOT_SUPPORTED: 'The server stores no documents: send the whole document.',
    INTERNAL_SERVER_ERROR: 'Unexpected failure; quote `extensions.requestId` in a report.',
  },
);
export type ErrorCode = keyof typeof ErrorCode;

export const FieldErrorCode = declareEnum(
  'FieldErrorCode',
  'Values of `extensions.fields[].code`: the fault of an argument or input field.',
  {
    REQUIRED: 'It must be given, and not be null.',
    INVALID: 'It does not have the required format or type.',
    TOO_SHORT: 'The text is too short.',
    TOO_LONG: 'The text or list is too long.',
    OUT_OF_RANGE: 'The number, date or time is too small or too large.',
    NOT_UNIQUE: 'Another record uses the value.',
    NOT_FOUND: 'It names no record of the active organization.',
    NOT_ALLOWED: 'It may not be given here, or not with this value.',
  },
);
export type FieldErrorCode = keyof typeof FieldErrorCode;

@ObjectType({ simpleResolvers: true, description: 'An error code, with what it means for the caller.' })
export class ErrorCodeInfo {
  @Field(() => ErrorCode, { description: 'The error code explained here.' })
  code!: ErrorCode;

  @Field(() => String, { description: 'Advice to the caller who gets this error.' })
  description!: string;

  @Field(() => Boolean, { description: 'Whether the unchanged request may succeed later.' })
  retryable!: boolean;

  @Field(() => [String], { description: 'Values of `extensions.reason` that occur with this code.' })
  reasons!: string[];
}

/** Explanations of the codes, with the reasons that the platform itself uses. */
const table: Record<ErrorCode | HttpErrorCode, { description: string; reasons?: string[] }> = {
  UNAUTHENTICATED: {
    description: 'Sign in, or with TOKEN_EXPIRED call refreshSession, and repeat the request.',
    reasons: ['TOKEN_MISSING', 'TOKEN_INVALID', 'TOKEN_EXPIRED', 'SESSION_ENDED'],
  },
  FORBIDDEN: {
    description: 'Ask an owner for the permission in `extensions.permission`, or act in another organization.',
    reasons: [
      'NO_ORGANIZATION',
      'NOT_A_MEMBER',
      'MEMBERSHIP_SUSPENDED',
      'MISSING_PERMISSION',
      'OWNER_ONLY',
      'SELF_ONLY',
    ],
  },
  NOT_FOUND: { description: 'The argument in `extensions.fields` names no record of the active organization.' },
  BAD_USER_INPUT: {
    description: 'Correct the arguments in `extensions.fields`.',
    reasons: ['VALIDATION_FAILED', 'INVALID_ID', 'INVALID_PAGINATION', 'INVALID_FILTER', 'INVALID_ORDER'],
  },
  CONFLICT: {
    description: 'Read the record again; `extensions.reason` says what prevents the change.',
    reasons: ['DUPLICATE_EXTERNAL_ID', 'SIBLING_FAILED'],
  },
  VERSION_CONFLICT: { description: 'Read the record again, apply the change to that version and repeat.' },
  INVALID_CURSOR: { description: 'Start the list again without a cursor.' },
  RATE_LIMITED: {
    description: 'Wait `extensions.retryAfterMs` milliseconds and repeat the request.',
    reasons: ['LOGIN_THROTTLED', 'TOO_MANY_REQUESTS'],
  },
  QUERY_TOO_COMPLEX: { description: 'Ask for less at once: smaller pages, fewer aliases, less nesting.' },
  TIMEOUT: { description: 'Repeat the request; if it stays slow, narrow its filter.' },
  OVERLOADED: { description: 'Wait `extensions.retryAfterMs` milliseconds and repeat the request.' },
  UNAVAILABLE: {
    description: 'Wait `extensions.retryAfterMs` milliseconds and repeat the request.',
    reasons: ['DATABASE_UNAVAILABLE', 'SHUTTING_DOWN'],
  },
  OUTCOME_UNKNOWN: {
    description: 'Read the record to see whether it changed, or repeat the request with its Idempotency-Key.',
  },
  IDEMPOTENCY_KEY_REUSED: { description: 'Send another request with a new key.' },
  IDEMPOTENCY_IN_PROGRESS: { description: 'Wait for the first request and repeat this one.' },
  PERSISTED_QUERY_NOT_SUPPORTED: { description: 'Send the document in `query`, without `extensions.persistedQuery`.' },
  INTERNAL_SERVER_ERROR: { description: 'A fault of the server: report it with `extensions.requestId`.' },
};

const retryable = new Set<ErrorCode>([
  'RATE_LIMITED',
  'TIMEOUT',
  'OVERLOADED',
  'UNAVAILABLE',
  'IDEMPOTENCY_IN_PROGRESS',
]);

const addedReasons: Partial<Record<ErrorCode, readonly string[]>>[] = [];

/** Adds the reasons of a feature's errors. */
export function addReasons(reasons: Partial<Record<ErrorCode, readonly string[]>>): void {
  addedReasons.push(reasons);
}

export const errorCodeTable = (): ErrorCodeInfo[] =>
  (Object.keys(table) as ErrorCode[]).map((code) => ({
    code,
    description: table[code].description,
    retryable: retryable.has(code),
    reasons: [...(table[code].reasons ?? []), ...addedReasons.flatMap((reasons) => reasons[code] ?? [])],
  }));
