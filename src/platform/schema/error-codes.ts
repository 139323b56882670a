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
    CURSOR_EXPIRED: 'The log no longer has everything since the cursor.',
    RATE_LIMITED: 'Too many requests or sign-in attempts; retry after `extensions.retryAfterMs`.',
    QUERY_TOO_COMPLEX: 'The operation exceeds the cost or size limits.',
    TIMEOUT: 'The operation ran out of time; nothing was changed.',
    OVERLOADED: 'The server has no room for the request; nothing was done. Retry after `extensions.retryAfterMs`.',
    UNAVAILABLE: 'The database is away or the server is shutting down; nothing was changed.',
    SLOW_READER: 'The client took nothing of what a stream sent; subscribe again after the last cursor.',
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
