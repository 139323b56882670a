import { randomUUID } from 'node:crypto';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import type { Config } from '../config.js';
import { compression } from './compression.js';
import { answerBrokenRequest, failure, HttpFailure, sizes, statusOf } from './failures.js';

/** Those of helmet's headers that concern answers which are no pages: made once and not for each answer. */
export const answerHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** Nothing is kept unless its route says so. */
const unkept = { 'cache-control': 'no-store' };

/** An id that a caller may give its request: it is logged beside ours, which stays the one in answers. */
const soundId = /^[\w.-]{1,128}$/;

/** The HTTP server without its routes: limits, headers, logs without secrets, and errors in GraphQL's form. */
export async function makeHttpServer(config: Config): Promise<FastifyInstance> {
  const server = Fastify({
    logger: {
      level: config.logLevel,
      redact: ['req.headers.authorization', 'req.headers.cookie'],
      serializers: { req: logged },
    },
    bodyLimit: sizes.bodyBytes,
    trustProxy: config.trustProxy,
    genReqId: () => randomUUID(),
    routerOptions: { ignoreTrailingSlash: true },
    // The whole request must arrive within 30 seconds and its headers within 10, looked at every second.
    requestTimeout: 30_000,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 1_000, maxHeaderSize: sizes.headerBytes },
    forceCloseConnections: 'idle',
    // The database stays until the last connection is closed: a request that comes meanwhile is still answered.
    return503OnClosing: false,
    // Bodies are GraphQL variables: names that JavaScript objects treat specially are refused outright.
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'ignore',
    frameworkErrors: (error, request, reply) =>
      void (reply as FastifyReply)
        .code(400)
        .headers({ ...answerHeaders, ...unkept, 'x-request-id': request.id })
        .send(failure(request.id, new HttpFailure(400, error.message))),
    clientErrorHandler(error, socket) {
      const requestId = answerBrokenRequest(error, socket, { ...answerHeaders, ...unkept });
      if (requestId) server.log.debug({ requestId, code: error.code }, 'not a request');
    },
  });
  server.removeContentTypeParser('text/plain');
  // The first of all hooks: every answer carries the id, also that of a plugin.
  server.addHook('onRequest', (request, reply, next) => {
    reply.headers({ ...unkept, 'x-request-id': request.id });
    next();
  });
  await server.register(helmet);
  if (config.corsOrigins.length)
    await server.register(cors, {
      origin: config.corsOrigins,
      methods: ['GET', 'POST'],
      // No list of allowed headers: these origins may send whatever their clients and tracers add.
      exposedHeaders: ['x-request-id', 'retry-after'],
      maxAge: 600,
      strictPreflight: false,
      preflightContinue: true,
    });
  await compression(server);
  server.addHook('onRequest', (request, reply, next) => {
    const isOptions = request.method === 'OPTIONS';
    if (request.is404 || isOptions) {
      const allow = methodsAt(server, request);
      if (allow) reply.header('allow', allow);
      if (allow && isOptions) {
        // There is nothing to show that a policy could hold for.
        reply.removeHeader('content-security-policy');
        // The plugin tells also origins that may not call what they might send.
        if (!reply.hasHeader('access-control-allow-origin'))
          for (const name of Object.keys(reply.getHeaders()))
            if (name.startsWith('access-control-')) reply.removeHeader(name);
        return void reply.code(204).header('content-length', '0').send();
      }
      // Before the body is read, which then need not be sound.
      return next(nothingAt(request, allow));
    }
    next(isReadable(request) ? undefined : new HttpFailure(415));
  });
  server.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = statusOf(error);
    if (status >= 500) request.log.error(error, 'request failed');
    if (status === 415) reply.header('accept-encoding', 'gzip, br, deflate');
    return reply
      .code(status)
      .type(answerType(request.headers.accept) ?? json)
      .send(failure(request.id, error));
  });
  server.setNotFoundHandler((request) => {
    throw nothingAt(request);
  });
  return server;
}

function logged({ method, url, id, headers }: FastifyRequest): Record<string, unknown> {
  const callersId = headers?.['x-request-id'];
  return {
    method,
    url: url?.split('?')[0],
    id,
    ...(typeof callersId === 'string' && soundId.test(callersId) && { callersId }),
  };
}

/** The methods that a path takes, as the header `Allow` says them; empty where there is nothing. */
function methodsAt(server: FastifyInstance, { url }: FastifyRequest): string {
  const path = url.split('?', 1)[0]!.replace(/(?<=.)\/$/, '');
  const methods = ['GET', 'HEAD', 'POST'].filter((method) => server.hasRoute({ method, url: path }));
  return methods.length ? [...methods, 'OPTIONS'].join(', ') : '';
}

function nothingAt({ method, url }: FastifyRequest, allow = ''): HttpFailure {
  return allow
    ? new HttpFailure(405, `${method} ${url} cannot be asked for; use ${allow}`)
    : new HttpFailure(404, `There is nothing at ${method} ${url}`);
}

/** Whether the body is in an encoding of characters that is read as it was meant. */
function isReadable({ headers }: FastifyRequest): boolean {
  const charset = /;\s*charset="?([^\s;"]+)/i.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8';
  return /^(utf-?8|us-ascii)$/i.test(charset);
}

export const json = 'application/json; charset=utf-8';
const graphqlResponse = 'application/graphql-response+json; charset=utf-8';
const html = 'text/html';

const preferred = (accept: string | undefined, types: string[]): string | undefined =>
  new Negotiator({ headers: { accept } }).mediaType(types);

/** The type in which an answer is sent, undefined for a caller who takes neither. */
export const answerType = (accept: string | undefined) => preferred(accept, [json, graphqlResponse]);

/** Whether a browser asks for something to look at. */
export const wantsPage = (accept: string | undefined) => preferred(accept, [json, graphqlResponse, html]) === html;
