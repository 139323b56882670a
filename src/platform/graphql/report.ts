import type { DocumentNode, GraphQLError, GraphQLFormattedError, OperationDefinitionNode } from 'graphql';
import type { Viewer } from '../auth/viewer.js';
import { type FaultLog, Faults } from '../database/faults-log.js';
import { type LoggedError, type LoggedOperation, loggedError, shortened } from '../http/logs.js';
import { isDatabaseFault, unexpected } from './errors.js';
import { rootFieldsOf } from './root-fields.js';

export interface Log extends FaultLog {
  error(facts: object, message: string): void;
}

export type Report = (errors: readonly GraphQLError[], requestId: string) => void;

/** Lines for one request; thousands of its fields may fail, each for a reason of its own. */
const mostCauses = 5;

interface Cause {
  /** The first field that failed for it. */
  path: GraphQLError['path'];
  count: number;
  err: LoggedError;
}

/** Logs the errors of requests that their callers are told about only in general. */
export class Reports {
  private readonly faults: Faults;

  constructor(private readonly log: Log) {
    this.faults = new Faults(log);
  }

  /**
   * Logs the unexpected errors of a request, one line for each cause. Faults of the database concern all requests,
   * whose own lines have the code, and are logged once.
   */
  report(errors: readonly GraphQLError[], requestId: string): void {
    const causes = new Map<string, Cause>();
    const known = new Map<Error, Cause>();
    let others = 0;
    for (const error of errors) {
      const thrown = error.originalError ?? error;
      if (isDatabaseFault(error)) this.faults.note(thrown, 'the database failed');
      if (!unexpected(error)) continue;
      const cause = known.get(thrown) ?? causeOf(causes, error.path, loggedError(thrown));
      if (!cause) {
        others += 1;
        continue;
      }
      known.set(thrown, cause);
      cause.count += 1;
    }
    for (const cause of causes.values()) this.log.error({ requestId, ...cause }, 'unexpected error');
    if (others) this.log.error({ requestId, count: others }, `unexpected errors for more than ${mostCauses} causes`);
  }
}

/** Undefined if the request has too many causes already. */
function causeOf(causes: Map<string, Cause>, path: Cause['path'], err: LoggedError): Cause | undefined {
  // The stack of an error with a code is the driver's, and depends on how the answers of PostgreSQL arrived.
  const key = [err.type, err.message, err.code ?? err.stack].join('\n');
  const known = causes.get(key);
  if (known || causes.size >= mostCauses) return known;
  // Aliases are names of the caller's choice.
  const cause = { path: path?.map((key) => (typeof key === 'string' ? shortened(key) : key)), count: 0, err };
  causes.set(key, cause);
  return cause;
}

export function noteOperation(
  logged: LoggedOperation,
  { document, operation }: { document: DocumentNode; operation?: OperationDefinitionNode },
): void {
  if (!operation) return;
  const fields = rootFieldsOf(document, operation).map(({ name }) => name.value);
  const name = operation.name && shortened(operation.name.value);
  Object.assign(logged, { operationName: name, fields: [...new Set(fields)] });
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
