import type { GraphQLSchema } from 'graphql';
import { registerEnumType } from 'type-graphql';
import type { ErrorCode } from './error-codes.js';

/** A reason of an error: its code, its meaning, and the operations that give it. */
export interface ReasonInfo {
  reason: string;
  code: ErrorCode;
  description: string;
  /** Empty if any operation may give it. */
  operations: string[];
}

/** The meaning of each reason, and the root fields that give it; any of them if none is named. */
type Declared = Readonly<Record<string, readonly [description: string, ...operations: string[]]>>;

const known: ReasonInfo[] = [];

/** Filled by `addReasons`, before the schema is built. */
export const ErrorReason: Record<string, string> = {};
const valuesConfig: Record<string, { description: string }> = {};
registerEnumType(ErrorReason, {
  name: 'ErrorReason',
  description:
    'Values of `errors[].extensions.reason` and of `reason` in bulk calls, which are finer than the code. New ones ' +
    'may be added.',
  valuesConfig,
});

/** Declares the reasons that errors with a code have. */
export function addReasons(code: ErrorCode, reasons: Declared): void {
  for (const [reason, [description, ...operations]] of Object.entries(reasons)) {
    known.push({ reason, code, description, operations });
    ErrorReason[reason] = reason;
    const earlier = valuesConfig[reason]?.description;
    valuesConfig[reason] = { description: earlier ? `${earlier} ${description}` : description };
  }
}

/** Mutations that give the same reasons as others; filled by `repeatReasons`. */
const repeated: [mutation: string, other: string][] = [];

/** Declares that a mutation gives the same reasons as others, e.g. as those of which it is the bulk form. */
export function repeatReasons(mutation: string, ...others: string[]): void {
  repeated.push(...others.map((other): [string, string] => [mutation, other]));
}

/** Adds the repeated reasons, once all are declared. Throws if a mutation repeats one that the schema lacks. */
export function resolveRepeatedReasons(schema: GraphQLSchema): void {
  const mutations = schema.getMutationType()!.getFields();
  for (const [mutation, other] of repeated) {
    if (!mutations[other]) throw new Error(`There is no mutation ${other} whose reasons ${mutation} could repeat`);
    for (const { operations } of known)
      if (operations.includes(other) && !operations.includes(mutation)) operations.push(mutation);
  }
}

/** The reasons of a code that an operation gives, including those of every operation. */
export const reasonsOf = (code: ErrorCode, operation?: string | null): ReasonInfo[] =>
  known.filter(
    (info) => info.code === code && (!operation || !info.operations.length || info.operations.includes(operation)),
  );

/** The reasons of an operation alone, as the last sentence of its description; empty if it has none. */
export function reasonsInWords(operation: string): string {
  const own = known.filter(({ operations }) => operations.includes(operation));
  if (own.length === 0) return '';
  const byCode = [...Map.groupBy(own, ({ code }) => code)].map(
    ([code, infos]) => `${code} ${infos.map(({ reason }) => `\`${reason}\``).join(', ')}`,
  );
  return ` Errors: ${byCode.join('; ')}.`;
}

addReasons('UNAUTHENTICATED', {
  TOKEN_MISSING: ['The request has no access token: sign in and send it as `Authorization: Bearer …`.'],
  TOKEN_INVALID: ['The access token is malformed, or another server signed it: sign in again.'],
  TOKEN_EXPIRED: ['The access token has expired: get a new one with refreshSession.'],
  API_KEY_INVALID: [
    'The API key is unknown, has expired or was revoked, or the member responsible for it has left: get another one.',
  ],
  SESSION_ENDED: ['The session was ended, e.g. by logout or a new password: sign in again.'],
});
addReasons('FORBIDDEN', {
  NOT_FOR_API_KEYS: ['API keys change neither accounts nor access: sign in as a person.'],
  NO_ORGANIZATION: ['The caller has no active organization: create one, or name one in X-Organization-Id.'],
  NOT_A_MEMBER: ['The caller is no active member of the organization, or it was closed.'],
  MEMBERSHIP_SUSPENDED: ["The caller's profile in the organization is suspended: ask an administrator."],
  MISSING_PERMISSION: ['The caller lacks the permission in `extensions.permission`.'],
});
addReasons('BAD_USER_INPUT', {
  VALIDATION_FAILED: ['At least one argument or input field is invalid; `extensions.fields` names each one.'],
  INVALID_ID: ['A value given as an id is not a UUID.'],
  INVALID_PAGINATION: ['The paging arguments contradict each other or are out of range.'],
  INVALID_FILTER: ['A condition of the filter is invalid.'],
  INVALID_ORDER: ['A sort key is given twice, or there are too many.'],
});
addReasons('CONFLICT', {
  SIBLING_FAILED: ['Another field of the document failed, and with an idempotency key all are done or none.'],
});
addReasons('RATE_LIMITED', {
  TOO_MANY_REQUESTS: ['The caller or the address sent too many requests: wait `extensions.retryAfterMs`.'],
});
addReasons('UNAVAILABLE', {
  DATABASE_UNAVAILABLE: ['The database cannot be reached at present.'],
  SHUTTING_DOWN: ['The server is shutting down; another one may answer.'],
});
