import { types } from 'node:util';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';

/** Facts about a GraphQL operation for the log, filled in as they become known. Variables are not among them. */
export interface LoggedOperation {
  operationName?: string;
  /** Names of the root fields. */
  fields?: string[];
  /** The person who called, or the API key. */
  userId?: string;
  apiKeyId?: string;
  organizationId?: string;
  /** Points of its cost; missing if it was refused before it ran. */
  cost?: number;
  /** Number of SQL statements. */
  statements?: number;
  /** Deprecated parts of the schema that it uses, e.g. `User.timezone`. */
  deprecated?: string[];
  /** Distinct codes of the errors in the answer. */
  codes?: string[];
  /** Whether the answer is a stream, which goes on for as long as its client wants. */
  isStream?: boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null unless it is a GraphQL request. */
    operation: LoggedOperation | null;
  }
}

/** An error as it is logged: bounded, and without the values of rows, which PostgreSQL repeats in some messages. */
export type LoggedError = {
  type: string;
  message: string;
  code?: string;
  constraint?: string;
  stack: string;
  cause?: LoggedError;
};

const most = { nameLength: 255, messageLength: 300, stackLines: 12, stackLength: 1500, causes: 3 };

/** Options of Fastify's logger, without its own two lines for each request. */
export const logOptions = (level: string) => ({
  logger: {
    level,
    serializers: {
      req: loggedRequest,
      err: (error: Error | LoggedError): LoggedError => (types.isNativeError(error) ? loggedError(error) : error),
    },
  },
  logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
});

/** Logs one line for each request, when it is answered or its client has gone; slow ones as a warning. */
export function logRequests(server: FastifyInstance, slowMs: number): void {
  server.decorateRequest('operation', null);
  server.addHook('onRequest', (request, reply, next) => {
    reply.raw.once('close', () => logRequest(request, reply, slowMs));
    next();
  });
}

function logRequest(
  request: FastifyRequest,
  { raw, log, elapsedTime, statusCode }: FastifyReply,
  slowMs: number,
): void {
  const facts = {
    ...loggedRequest(request),
    status: statusCode,
    ms: Math.round(elapsedTime * 10) / 10,
    ...(!raw.writableFinished && { unanswered: true }),
    ...request.operation,
  };
  // Balancers check health every few seconds.
  const isRoutine = request.url.startsWith('/health/') && statusCode < 400;
  if (elapsedTime >= slowMs && !request.operation?.isStream) log.warn(facts, 'slow request');
  else log[isRoutine ? 'debug' : 'info'](facts, 'request');
}

/** Request ids of callers that are logged next to our own id; answers carry only our own. */
const loggableId = /^[\w.-]{1,128}$/;

function loggedRequest({ method, url, headers }: FastifyRequest): Record<string, unknown> {
  const callersId = headers?.['x-request-id'];
  return {
    method,
    path: url && shortened(url.split('?', 1)[0]!),
    ...(typeof callersId === 'string' && loggableId.test(callersId) && { callersId }),
  };
}

/** A name that the caller chose, such as that of an operation, in a length that suits a line of the log. */
export const shortened = (name: string): string => name.slice(0, most.nameLength);

interface Facts {
  code?: unknown;
  constraint?: unknown;
}

export function loggedError(error: Error & Facts, causes = 0): LoggedError {
  const { name, message, stack = '', code, constraint, cause } = error;
  return {
    type: error.constructor?.name ?? name,
    message: withoutValues(message, code).slice(0, most.messageLength),
    ...(typeof code === 'string' && { code }),
    ...(typeof constraint === 'string' && { constraint }),
    stack: framesOf(stack),
    ...(types.isNativeError(cause) && causes < most.causes && { cause: loggedError(cause, causes + 1) }),
  };
}

/** PostgreSQL's codes whose messages quote names only; those of class 22 quote values. */
const quotesNames = /^(?!22)[0-9A-Z]{5}$/;

/** The message without what it quotes, unless that is certain to be a name. */
const withoutValues = (message: string, code: unknown): string =>
  quotesNames.test(String(code)) ? message : message.replace(/".*"/s, '"…"').replace(/(?<=\bvalue: ).*/s, '…');

/** The lines of a stack after its message, which may have several lines itself. */
const framesOf = (stack: string): string =>
  stack
    .split('\n')
    .filter((line) => /^\s*at /.test(line))
    .slice(0, most.stackLines)
    .join('\n')
    .slice(0, most.stackLength);
