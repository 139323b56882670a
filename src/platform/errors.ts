import { GraphQLError } from 'graphql';

/** A fault in one argument or input field; `path` starts at the argument, e.g. `input.email`. */
export interface Fault {
  path: string;
  code: 'REQUIRED' | 'INVALID' | 'TOO_SHORT' | 'TOO_LONG' | 'OUT_OF_RANGE' | 'NOT_UNIQUE' | 'NOT_FOUND' | 'NOT_ALLOWED';
  message: string;
}

/** An error that the caller sees, with a code, and a message that says what to do. All other errors are masked. */
export class CodedError extends GraphQLError {
  constructor(code: string, message: string, extensions: Record<string, unknown> = {}) {
    super(message, { extensions: { code, ...extensions } });
  }

  /** Faults in arguments and input fields; empty for other errors. */
  get faults(): Fault[] {
    return (this.extensions.fields ?? []) as Fault[];
  }

  /** The refusals that the error combines. */
  get parts(): readonly CodedError[] {
    return [this];
  }
}

export class Unauthenticated extends CodedError {
  constructor(reason: string, message: string) {
    super('UNAUTHENTICATED', message, { reason });
  }
}

export class Forbidden extends CodedError {
  constructor(reason: string, message: string, extensions: Record<string, unknown> = {}) {
    super('FORBIDDEN', message, { reason, ...extensions });
  }
}

export class NotFound extends CodedError {
  constructor(paths: string | string[], message = 'There is no such record in the active organization') {
    super('NOT_FOUND', message, { fields: [paths].flat().map((path) => ({ path, code: 'NOT_FOUND', message })) });
  }
}

/** Several refusals combined into one error. */
class Refusals extends CodedError {
  constructor(
    private readonly all: readonly CodedError[],
    message: string,
    { code, ...extensions }: Record<string, unknown>,
  ) {
    super(String(code), message, extensions);
  }

  override get parts(): readonly CodedError[] {
    return this.all;
  }
}

/** An error that prevents a change; a falsy value if nothing does. */
export type Refusal = CodedError | false | '' | null | undefined;

/** Codes of refusals that can occur together, in descending severity. */
const bySeverity = ['FORBIDDEN', 'NOT_FOUND', 'BAD_USER_INPUT', 'CONFLICT'];

const severityOf = ({ extensions }: CodedError): number => bySeverity.indexOf(String(extensions.code));

/** Throws all refusals as one error with the code and reason of the most severe, and the messages and faults of all. */
export function refuse(refusals: readonly Refusal[]): void {
  const all = refusals
    .filter((refusal) => refusal instanceof CodedError)
    .toSorted((first, second) => severityOf(first) - severityOf(second));
  if (all.length === 0) return;
  if (all.length === 1) throw all[0];
  const extensions = Object.assign({}, ...all.map((refusal) => refusal.extensions).toReversed());
  const fields = uniqueFaults(all.flatMap(({ faults }) => faults));
  const message = [...new Set(all.map((refusal) => refusal.message))].join('; ');
  throw new Refusals(all, message, { ...extensions, ...(fields.length && { fields }) });
}

const uniqueFaults = (faults: Fault[]): Fault[] => [
  ...new Map(faults.map((fault) => [`${fault.path} ${fault.code}`, fault])).values(),
];

export class Conflict extends CodedError {
  constructor(reason: string, message: string, extensions: Record<string, unknown> = {}) {
    super('CONFLICT', message, { reason, ...extensions });
  }
}

/** A unique value is taken; `existingId` names the record that has it, if the caller may see that record. */
export class Taken extends Conflict {
  constructor(reason: string, path: string, message: string, existingId?: string) {
    super(reason, message, { fields: [{ path, code: 'NOT_UNIQUE', message }], ...(existingId && { existingId }) });
  }
}

/**
 * Another transaction was faster. Has the code of PostgreSQL's serialization failure, so that the document is retried.
 */
export class Collision extends Error {
  readonly code = '40001';
}

/** The operation ran out of time; nothing was changed. */
export class Timeout extends CodedError {
  constructor(message: string) {
    super('TIMEOUT', message);
  }
}

export class VersionConflict extends CodedError {
  constructor(currentVersion: number) {
    super('VERSION_CONFLICT', 'The record was changed since it was read; read it again and repeat the change', {
      currentVersion,
    });
  }
}

export class InvalidCursor extends CodedError {
  constructor(path: string) {
    super('INVALID_CURSOR', `\`${path}\` is not a cursor of this list, filter and order; start again without it`);
  }
}

/** The log no longer has everything that happened since the cursor. */
export class CursorExpired extends CodedError {
  constructor() {
    super(
      'CURSOR_EXPIRED',
      '`after` is older than the log, or the database was restored since then; read all records again, in one ' +
        'document with `changeCursor`, and go on from there',
    );
  }
}

export class RateLimited extends CodedError {
  constructor(reason: 'LOGIN_THROTTLED' | 'TOO_MANY_REQUESTS', retryAfterMs: number) {
    super('RATE_LIMITED', `Too many attempts; wait ${Math.ceil(retryAfterMs / 1000)} s and try again`, {
      reason,
      retryAfterMs,
    });
  }
}

export class TooManyStreams extends CodedError {
  constructor(most: number, whose: string, retryAfterMs: number) {
    super('RATE_LIMITED', `There are ${most} streams of ${whose} already; end one, or share it`, {
      reason: 'TOO_MANY_STREAMS',
      retryAfterMs,
    });
  }
}

/** The client of a stream takes nothing of what is sent to it. */
export class SlowReader extends CodedError {
  constructor() {
    super('SLOW_READER', 'The client reads too slowly; subscribe again after the last cursor, or narrow the filter');
  }
}

/** The server has no room for the request at present; nothing was done. */
export class Overloaded extends CodedError {
  constructor(message: string, retryAfterMs: number) {
    super('OVERLOADED', message, { retryAfterMs });
  }

  /** Without a stack, which would take a third of the time of a refusal. */
  static cheaply(message: string, retryAfterMs: number): Overloaded {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return new Overloaded(message, retryAfterMs);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  }
}

const unavailable = {
  DATABASE_UNAVAILABLE: 'The database cannot be reached at present; try again in a moment',
  SHUTTING_DOWN: 'This server is shutting down; send the request again',
};

/** Part of the service is away; nothing was changed. */
export class Unavailable extends CodedError {
  constructor(
    reason: keyof typeof unavailable,
    override readonly cause?: unknown,
  ) {
    super('UNAVAILABLE', unavailable[reason], { reason, retryAfterMs: 1000 });
  }
}

/** The commit was sent, but its answer was lost. */
export class OutcomeUnknown extends CodedError {
  constructor(override readonly cause: unknown) {
    super(
      'OUTCOME_UNKNOWN',
      'The connection to the database broke during the commit, so the change may or may not have been made: look ' +
        'before you repeat it, or repeat it with the same Idempotency-Key',
    );
  }
}

export class BadInput extends CodedError {
  constructor(faults: Fault[], reason = 'VALIDATION_FAILED') {
    super('BAD_USER_INPUT', faults.map(({ path, message }) => `${path}: ${message}`).join('; '), {
      reason,
      fields: faults,
    });
  }
}
