import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import type { Config } from '../config.js';
import { CodedError } from '../errors.js';
import { trusting } from './client-address.js';
import { compression } from './compression.js';
import { answerBrokenRequest, failure, HttpFailure, retryAfter, sizes, statusOf } from './failures.js';
import { logOptions, logRequests } from './logs.js';

/** Helmet's headers that matter for answers other than pages; constant, to avoid helmet's work for each answer. */
export const answerHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** Forbids caching, unless a route sets another value. */
const uncached = { 'cache-control': 'no-store' };

/** The HTTP server without its routes: limits, headers, logs without secrets, and errors in GraphQL's form. */
export async function makeHttpServer(config: Config): Promise<FastifyInstance> {
  const server = Fastify({
    ...logOptions(config.logLevel),
    bodyLimit: sizes.bodyBytes,
    trustProxy: config.trustProxy ? trusting(config.trustProxy) : false,
    genReqId: () => randomUUID(),
    routerOptions: { ignoreTrailingSlash: true },
    // The whole request must arrive within 30 seconds and its headers within 10, checked every second.
    requestTimeout: 30_000,
    http: {
      headersTimeout: 10_000,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: sizes.headerBytes,
      shouldUpgradeCallback: isWebSocket,
    },
    forceCloseConnections: 'idle',
    // A request that arrives during the end is answered in GraphQL's form; see `draining.ts`.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) =>
      void (reply as FastifyReply)
        .code(400)
        .headers({ ...answerHeaders, ...uncached, 'x-request-id': request.id })
        .send(failure(request.id, new HttpFailure(400, error.message))),
    clientErrorHandler(error, socket) {
      const requestId = answerBrokenRequest(error, socket, { ...answerHeaders, ...uncached });
      if (requestId) server.log.debug({ requestId, code: error.code }, 'malformed request');
    },
  });
  server.removeContentTypeParser('text/plain');
  // The first hook, so that answers of plugins carry the id as well.
  server.addHook('onRequest', (request, reply, next) => {
    reply.headers({ ...uncached, 'x-request-id': request.id });
    next();
  });
  logRequests(server, config.slowMs);
  await server.register(helmet);
  if (config.corsOrigins.length)
    await server.register(cors, {
      origin: config.corsOrigins,
      methods: ['GET', 'POST'],
      // Without a list of allowed headers, these origins may send any header that their clients and tracers add.
      exposedHeaders: ['x-request-id', 'retry-after', 'ratelimit', 'ratelimit-policy', 'x-read-after'],
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
        // An empty answer needs no content policy.
        reply.removeHeader('content-security-policy');
        // The plugin adds its other CORS headers even for origins that may not call the server.
        if (!reply.hasHeader('access-control-allow-origin'))
          for (const name of Object.keys(reply.getHeaders()))
            if (name.startsWith('access-control-')) reply.removeHeader(name);
        return void reply.code(204).header('content-length', '0').send();
      }
      // Refused before the body is read, so that a faulty body does not change the status.
      return next(nothingAt(request, allow));
    }
    next(isReadable(request) ? undefined : new HttpFailure(415));
  });
  server.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = statusOf(error);
    if (status >= 500 && !(error instanceof CodedError)) request.log.error(error, 'request failed');
    const seconds = error instanceof CodedError ? retryAfter([error]) : undefined;
    if (seconds) reply.header('retry-after', seconds);
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

/** Other upgrades, such as to HTTP/2, are offers that the server may ignore. */
const isWebSocket = ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket';

/** The methods of a path, as a value of the header `Allow`; empty if the path does not exist. */
function methodsAt(server: FastifyInstance, { url }: FastifyRequest): string {
  const path = url.split('?', 1)[0]!.replace(/(?<=.)\/$/, '');
  const methods = ['GET', 'HEAD', 'POST'].filter((method) => server.hasRoute({ method, url: path }));
  return methods.length ? [...methods, 'OPTIONS'].join(', ') : '';
}

function nothingAt({ method, url }: FastifyRequest, allow = ''): HttpFailure {
  return allow
    ? new HttpFailure(405, `${method} is not allowed at ${url}; use ${allow}`)
    : new HttpFailure(404, `There is nothing at ${method} ${url}`);
}

/** Whether the body's charset is one that Fastify decodes correctly. */
function isReadable({ headers }: FastifyRequest): boolean {
  const charset = /;\s*charset="?([^\s;"]+)/i.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8';
  return /^(utf-?8|us-ascii)$/i.test(charset);
}

export const json = 'application/json; charset=utf-8';
const graphqlResponse = 'application/graphql-response+json; charset=utf-8';
export const eventStream = 'text/event-stream; charset=utf-8';
const html = 'text/html';

const preferred = (accept: string | undefined, types: string[]): string | undefined =>
  new Negotiator({ headers: { accept } }).mediaType(types);

/** The content type of an answer; undefined if the caller accepts none. */
export const answerType = (accept: string | undefined) => preferred(accept, [json, graphqlResponse]);

/** Whether the caller wants Server-Sent Events, and not only accepts everything. */
export const wantsEvents = (accept: string | undefined) =>
  preferred(accept, [json, graphqlResponse, eventStream]) === eventStream;

/** Whether the caller prefers HTML, as a browser does when it opens a page. */
export const wantsPage = (accept: string | undefined) => preferred(accept, [json, graphqlResponse, html]) === html;
