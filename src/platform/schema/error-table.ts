import { Field, Int, ObjectType } from 'type-graphql';
import { type HttpErrorCode, statusOfCode } from '../http/failures.js';
import { becomes } from './deprecations.js';
import { ErrorCode } from './error-codes.js';
import { ErrorReason, type ReasonInfo, reasonsOf } from './error-reasons.js';

@ObjectType({ simpleResolvers: true, description: 'Meaning of one reason of an error.' })
export class ErrorReasonInfo implements ReasonInfo {
  @Field(() => ErrorReason, { description: 'Value of `extensions.reason`.' })
  reason!: string;

  @Field(() => ErrorCode, { description: 'Code of the errors that have this reason.' })
  code!: ErrorCode;

  @Field(() => String, { description: 'Meaning of the reason, and how to react to it.' })
  description!: string;

  @Field(() => [String], {
    description: 'Root fields that fail for this reason, bulk forms included; empty when any root field may.',
  })
  operations!: string[];
}

@ObjectType({ simpleResolvers: true, description: 'An error code, with what it means for the caller.' })
export class ErrorCodeInfo {
  @Field(() => ErrorCode, { description: 'The error code explained here.' })
  code!: ErrorCode;

  @Field(() => String, { description: 'Advice to the caller who gets this error.' })
  description!: string;

  @Field(() => Boolean, {
    description: 'Whether the unchanged request may succeed later.',
    deprecationReason: becomes('isRetryable'),
  })
  retryable!: boolean;

  @Field(() => Boolean, { description: 'Whether the unchanged request may succeed later.' })
  isRetryable!: boolean;

  @Field(() => Int, {
    description:
      'HTTP status when the whole request fails with this code. Errors of single root fields leave it at 200. ' +
      'Clients that accept only application/json get 200 instead of 400.',
  })
  httpStatus!: number;

  @Field(() => [String], {
    description: 'Values of `extensions.reason` that occur with this code; `reasonInfos` explains them.',
  })
  reasons!: string[];
}

/** Explanations of the codes. */
const table: Record<ErrorCode | HttpErrorCode, string> = {
  UNAUTHENTICATED: 'Sign in, or with TOKEN_EXPIRED call refreshSession, and repeat the request.',
  FORBIDDEN: 'Ask an owner for the permission in `extensions.permission`, or act in another organization.',
  NOT_FOUND: 'The argument in `extensions.fields` names no record of the active organization.',
  BAD_USER_INPUT: 'Correct the arguments in `extensions.fields`.',
  CONFLICT: 'Read the record again; `extensions.reason` says what prevents the change.',
  VERSION_CONFLICT: 'Read the record again, apply the change to that version and repeat.',
  INVALID_CURSOR: 'Start the list again without a cursor.',
  CURSOR_EXPIRED: 'Read all records again, in one document with `changeCursor`, and go on from that cursor.',
  RATE_LIMITED: 'Wait `extensions.retryAfterMs` milliseconds and repeat the request.',
  QUERY_TOO_COMPLEX: 'Ask for less at once: smaller pages, fewer aliases, less nesting.',
  TIMEOUT: 'Repeat the request; if it stays slow, narrow its filter.',
  OVERLOADED: 'Wait `extensions.retryAfterMs` milliseconds and repeat the request.',
  UNAVAILABLE: 'Wait `extensions.retryAfterMs` milliseconds and repeat the request.',
  SLOW_READER: 'Read faster, or narrow the filter, and subscribe again after the last cursor.',
  OUTCOME_UNKNOWN: 'Read the record to see whether it changed, or repeat the request with its Idempotency-Key.',
  IDEMPOTENCY_KEY_REUSED: 'Send another request with a new key.',
  IDEMPOTENCY_IN_PROGRESS: 'Wait for the first request and repeat this one.',
  PERSISTED_QUERY_NOT_SUPPORTED: 'Send the document in `query`, without `extensions.persistedQuery`.',
  INTERNAL_SERVER_ERROR: 'A fault of the server: report it with `extensions.requestId`.',
};

const retryable = new Set<ErrorCode>([
  'RATE_LIMITED',
  'TIMEOUT',
  'OVERLOADED',
  'UNAVAILABLE',
  'SLOW_READER',
  'IDEMPOTENCY_IN_PROGRESS',
]);

export const errorCodeTable = (): ErrorCodeInfo[] =>
  (Object.keys(table) as ErrorCode[]).map((code) => ({
    code,
    description: table[code],
    retryable: retryable.has(code),
    isRetryable: retryable.has(code),
    httpStatus: statusOfCode(code),
    reasons: reasonsOf(code).map(({ reason }) => reason),
  }));
