import { randomUUID } from 'node:crypto';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify';
import type { Config } from './config.js';
import { CodedError } from './errors.js';

const bodyBytes = 4 * 1024 * 1024;

/** What helmet says on every page, as far as it concerns answers that are no pages: made once and not for each of them. */
export const answerHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** The HTTP server without its routes: limits, headers, logs without secrets, and errors in GraphQL's form. */
export async function makeHttpServer(config: Config): Promise<FastifyInstance> {
  const server = Fastify({
    logger: {
      level: config.logLevel,
      redact: ['req.headers.authorization', 'req.headers.cookie'],
      serializers: { req: ({ method, url, id }) => ({ method, url: url?.split('?')[0], id }) },
    },
    bodyLimit: bodyBytes,
    trustProxy: config.trustProxy,
    genReqId: () => randomUUID(),
    requestTimeout: 10_000,
    forceCloseConnections: 'idle',
    // Bodies are GraphQL variables: names that JavaScript objects treat specially are refused outright.
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'ignore',
    frameworkErrors: (error, request, reply) =>
      void (reply as FastifyReply).code(400).send(failure(request.id, 400, error)),
  });
  server.removeContentTypeParser('text/plain');
  await server.register(helmet);
  if (config.corsOrigins.length)
    await server.register(cors, {
      origin: config.corsOrigins,
      methods: ['GET', 'POST'],
      allowedHeaders: [
        'content-type',
        'authorization',
        'x-organization-id',
        'x-dry-run',
        'idempotency-key',
        'x-apollo-operation-name',
        'apollo-require-preflight',
      ],
      exposedHeaders: ['x-request-id', 'retry-after'],
      maxAge: 600,
    });
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    const { 'content-encoding': encoding = 'identity', 'content-type': type = '' } = request.headers;
    const charset = /;\s*charset="?([^\s;"]+)/i.exec(type)?.[1] ?? 'utf-8';
    if (encoding !== 'identity' || !/^(utf-?8|us-ascii)$/i.test(charset))
      throw Object.assign(new Error('unreadable'), { statusCode: 415 });
  });
  server.setErrorHandler((error: FastifyError | CodedError, request, reply) => {
    if (error instanceof CodedError) return reply.code(400).send(answer(request.id, error.message, error.extensions));
    const status = error.statusCode ?? 500;
    if (status >= 500) request.log.error(error, 'request failed');
    return reply.code(status).send(failure(request.id, status, error));
  });
  server.setNotFoundHandler((request, reply) =>
    reply.code(404).send(failure(request.id, 404, { message: `There is nothing at ${request.method} ${request.url}` })),
  );
  return server;
}

const answer = (requestId: string, message: string, extensions: object) => ({
  errors: [{ message, extensions: { ...extensions, requestId } }],
});

function failure(requestId: string, status: number, { message }: { message: string }): object {
  const [code, text] =
    status === 413
      ? ['QUERY_TOO_COMPLEX', `The body may have at most ${bodyBytes} bytes; send it in parts`]
      : status === 415
        ? ['BAD_USER_INPUT', 'Send the operation as application/json in UTF-8, not compressed']
        : status >= 500
          ? ['INTERNAL_SERVER_ERROR', 'Something went wrong on our side; try again']
          : ['BAD_USER_INPUT', message];
  return answer(requestId, text!, { code });
}
