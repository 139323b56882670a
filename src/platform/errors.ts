import { GraphQLError } from 'graphql';

/** What is wrong with one argument or input field; `path` starts at the argument, e.g. `input.email`. */
export interface Fault {
  path: string;
  code: 'REQUIRED' | 'INVALID' | 'TOO_SHORT' | 'TOO_LONG' | 'OUT_OF_RANGE' | 'NOT_UNIQUE' | 'NOT_FOUND' | 'NOT_ALLOWED';
  message: string;
}

/** An error that the caller is meant to read: coded, with a way out in its message. Everything else is masked. */
export class CodedError extends GraphQLError {
  constructor(code: string, message: string, extensions: Record<string, unknown> = {}) {
    super(message, { extensions: { code, ...extensions } });
  }

  /** The arguments and fields at fault, where it tells of any. */
  get faults(): Fault[] {
    return (this.extensions.fields ?? []) as Fault[];
  }

  /** The refusals that it tells together. */
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

/** Several refusals told as one. */
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

/** Something that may stand in the way of a change, or nothing. */
export type Refusal = CodedError | false | '' | null | undefined;

/** Codes of refusals that can meet, the gravest first. */
const gravity = ['FORBIDDEN', 'NOT_FOUND', 'BAD_USER_INPUT', 'CONFLICT'];

const graver = (one: CodedError, other: CodedError): number =>
  gravity.indexOf(String(one.extensions.code)) - gravity.indexOf(String(other.extensions.code));

/** Throws all refusals as one error: the gravest gives code and reason, each of them its message and faults. */
export function refuse(refusals: readonly Refusal[]): void {
  const [gravest, ...others] = refusals.filter((one) => one instanceof CodedError).toSorted(graver);
  if (!gravest) return;
  if (others.length === 0) throw gravest;
  const all = [gravest, ...others];
  const extensions = Object.assign({}, ...all.map((one) => one.extensions).toReversed());
  const fields = uniqueFaults(all.flatMap(({ faults }) => faults));
  const message = [...new Set(all.map((one) => one.message))].join('; ');
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

/** A unique value is taken; `existingId` names the record in the way when the caller may see it. */
export class Taken extends Conflict {
  constructor(reason: string, path: string, message: string, existingId?: string) {
    super(reason, message, { fields: [{ path, code: 'NOT_UNIQUE', message }], ...(existingId && { existingId }) });
  }
}

/** Another transaction has got in between; told as PostgreSQL tells it, so that the document is done again. */
export class Collision extends Error {
  readonly code = '40001';
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

export class RateLimited extends CodedError {
  constructor(reason: 'LOGIN_THROTTLED' | 'TOO_MANY_REQUESTS', retryAfterMs: number) {
    super('RATE_LIMITED', `Too many attempts; wait ${Math.ceil(retryAfterMs / 1000)} s and try again`, {
      reason,
      retryAfterMs,
    });
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
