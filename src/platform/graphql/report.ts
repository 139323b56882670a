import type { DocumentNode, GraphQLError, GraphQLFormattedError, OperationDefinitionNode } from 'graphql';
import type { Viewer } from '../auth/viewer.js';
import { type LoggedError, type LoggedOperation, loggedError } from '../http/logs.js';
import { isDatabaseFault, unexpected } from './errors.js';
import { rootFieldsOf } from './root-fields.js';

export interface Log {
  error(facts: object, message: string): void;
}

/** Lines for one request; thousands of its fields may fail, each for a reason of its own. */
const mostCauses = 5;

interface Cause {
  /** The first field that failed for it. */
  path: GraphQLError['path'];
  count: number;
  err: LoggedError;
}

/** Logs the unexpected errors of a request and the faults of the database, one line for each cause. */
export function report(errors: readonly GraphQLError[], requestId: string, log: Log): void {
  const causes = new Map<string, Cause>();
  const known = new Map<Error, Cause>();
  let others = 0;
  for (const error of errors) {
    if (!unexpected(error) && !isDatabaseFault(error)) continue;
    const thrown = error.originalError ?? error;
    const cause = known.get(thrown) ?? causeOf(causes, error.path, loggedError(thrown));
    if (!cause) {
      others += 1;
      continue;
    }
    known.set(thrown, cause);
    cause.count += 1;
  }
  for (const cause of causes.values()) log.error({ requestId, ...cause }, 'unexpected error');
  if (others) log.error({ requestId, count: others }, `unexpected errors for more than ${mostCauses} causes`);
}

/** Undefined if the request has too many causes already. */
function causeOf(causes: Map<string, Cause>, path: Cause['path'], err: LoggedError): Cause | undefined {
  // The stack of an error with a code is the driver's, and depends on how the answers of PostgreSQL arrived.
  const key = [err.type, err.message, err.code ?? err.stack].join('\n');
  const known = causes.get(key);
  if (known || causes.size >= mostCauses) return known;
  const cause = { path, count: 0, err };
  causes.set(key, cause);
  return cause;
}

export function noteOperation(
  logged: LoggedOperation,
  { document, operation }: { document: DocumentNode; operation?: OperationDefinitionNode },
): void {
  if (!operation) return;
  const fields = rootFieldsOf(document, operation).map(({ name }) => name.value);
  Object.assign(logged, { operationName: operation.name?.value, fields: [...new Set(fields)] });
}

export function noteDeprecated(logged: LoggedOperation, uses: readonly string[]): void {
  if (uses.length) logged.deprecated = [...uses];
}

export function noteCaller(logged: LoggedOperation, viewer: Viewer | Error): void {
  if (viewer instanceof Error) return;
  const { userId, apiKey } = viewer;
  Object.assign(logged, {
    ...(apiKey ? { apiKeyId: apiKey.id } : { userId }),
    organizationId: viewer.organization?.id,
  });
}

export function noteCost(logged: LoggedOperation, { cost, statements }: { cost: number; statements: number }): void {
  if (cost) Object.assign(logged, { cost, statements });
}

export function noteCodes(logged: LoggedOperation, errors: readonly GraphQLFormattedError[]): void {
  logged.codes = [...new Set(errors.map(({ extensions }) => String(extensions?.code)))];
}
