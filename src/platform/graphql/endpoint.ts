import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { type ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HttpFailure } from '../http/failures.js';
import type { LoggedOperation } from '../http/logs.js';
import { answerHeaders, answerType, json, wantsEvents, wantsPage } from '../http/server.js';
import { Gate } from './admission/gate.js';
import { Context } from './context.js';
import { readAfter } from './horizons.js';
import { checkBody, readerOfBodies } from './request-body.js';
import type { Opened, RequestFacts } from './request-facts.js';
import type { Services } from './services.js';
import { sendOneEvent, sendStream } from './streams/sse.js';
import { serveWebSockets } from './streams/web-socket.js';

interface Endpoint {
  path: string;
  /** Path of the page to which a browser is sent. */
  page: string;
  services: Services;
  /** The address of the client of a WebSocket. */
  addressOf: (request: IncomingMessage) => string;
}

/** Whether a browser opens the URL as a page, without sending a query. */
const isVisit = ({ method, headers, query }: FastifyRequest): boolean =>
  method !== 'POST' && !(query as Parameters).query && wantsPage(headers.accept);

/** GraphQL over HTTP: decides which requests reach Apollo, and sends its answers. Returns what closes WebSockets. */
export function serveGraphQL(
  server: FastifyInstance,
  apollo: ApolloServer<Context>,
  { path, page, services, addressOf }: Endpoint,
): () => void {
  const gate = new Gate(services);
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    if (isVisit(request)) return reply.redirect(page, 303);
    const { method, headers } = request;
    const logged: LoggedOperation = {};
    request.operation = logged;
    // A HEAD is a GET whose answer has no body.
    const isGet = method !== 'POST';
    if (isGet) refuseForgery(request, reply);
    // Apollo would refuse only after running the operation; a mutation must not run if its answer cannot be sent.
    const isStream = wantsEvents(headers.accept) && method !== 'HEAD';
    if (!isStream && !answerType(headers.accept)) throw new HttpFailure(406);
    const parameters = isGet ? sentParameters(request.query as Parameters) : {};
    const body = isGet ? bodyOf(parameters) : request.body;
    checkBody(body);
    const lifetime = services.lifetimes.begin();
    reply.raw.once('close', () => lifetime.clientGone());
    // An EventSource sends GET, which must not mutate.
    const opened = isStream ? { stream: null, isForStreamsOnly: isGet } : null;
    const isSentInUrl = isGet && !isStream;
    try {
      const answer = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: {
          // Apollo takes no subscription by GET.
          method: isSentInUrl ? 'GET' : 'POST',
          // Apollo reads no other headers. A GET has no body, so its own content type does not matter.
          headers: new HeaderMap([
            ['accept', isStream ? json : (headers.accept ?? '*/*')],
            ['content-type', 'application/json'],
          ]),
          search: isSentInUrl ? `?${new URLSearchParams(parameters as Record<string, string>)}` : '',
          body: isSentInUrl ? undefined : body,
        },
        context: async () => new Context(services, factsOf(request, reply, logged, opened), lifetime),
      });
      return opened ? sendEvents(request, reply, opened, answer) : send(reply, answer);
    } finally {
      lifetime.close();
    }
  };

  const sendEvents = (
    request: FastifyRequest,
    reply: FastifyReply,
    { stream }: Opened,
    { body }: HTTPGraphQLResponse,
  ): FastifyReply => {
    if (stream) {
      // An open stream needs neither.
      Object.assign(request, { body: null });
      request.operation!.isStream = true;
      sendStream(reply, stream, services.streams.stallMs).catch((error) => {
        request.log.error(error, 'a stream broke');
        reply.raw.destroy();
      });
    } else sendOneEvent(reply, (body as { string: string }).string.trimEnd());
    return reply;
  };

  const read = readerOfBodies(server);
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request: FastifyRequest, bytes: Buffer) =>
    gate.parse(request, bytes, () => read(request, bytes)),
  );
  server.route({
    method: ['GET', 'HEAD', 'POST'],
    url: path,
    exposeHeadRoute: false,
    helmet: false,
    onRequest: async (request, reply) => {
      reply.headers(answerHeaders);
      if (!isVisit(request)) await gate.enter(request, reply);
    },
    handler: (request, reply) => gate.run(request, () => answer(request, reply)),
  });
  return serveWebSockets(server, apollo, { path, services, gate, addressOf });
}

const factsOf = (
  { id, ip, headers }: FastifyRequest,
  reply: FastifyReply,
  logged: LoggedOperation,
  opened: Opened | null,
): RequestFacts => ({
  reply,
  requestId: id,
  address: ip,
  userAgent: headers['user-agent'] ?? null,
  authorization: headers.authorization,
  organizationHeader: headers['x-organization-id']?.toString(),
  dryRunHeader: headers['x-dry-run']?.toString(),
  idempotencyKey: headers['idempotency-key']?.toString(),
  readAfter: headers[readAfter]?.toString(),
  logged,
  opened,
  lastEventId: headers['last-event-id']?.toString() || undefined,
});

function send(reply: FastifyReply, { status = 200, headers, body }: HTTPGraphQLResponse): FastifyReply {
  // Clients of application/json treat any status but 200 as a transport error and ignore the errors in the body.
  const errorsAreInBody = status === 400 && headers.get('content-type') === json;
  return reply
    .code(errorsAreInBody ? 200 : status)
    .headers({ ...Object.fromEntries(headers), 'cache-control': 'no-store' })
    .send(body.kind === 'complete' ? body.string : Readable.from(body.asyncIterator));
}

/**
 * Headers that prove a request was not forged: a link, image or form of another site cannot set them, and a script of
 * another site fails the CORS preflight. Neither browsers nor proxies add them unasked, as they do with `traceparent`
 * or `x-request-id`. They add `Authorization` only with schemes that this server does not accept.
 */
const unforgeableHeaders = [
  'authorization',
  'x-organization-id',
  'x-requested-with',
  'x-dry-run',
  'idempotency-key',
  'apollo-require-preflight',
  'graphql-require-preflight',
  'x-apollo-operation-name',
  'apollographql-client-name',
  'apollographql-client-version',
];

/** A POST is safe already: its content type, application/json, forces a preflight. */
function refuseForgery({ headers }: FastifyRequest, reply: FastifyReply): void {
  if (unforgeableHeaders.some((name) => headers[name])) return;
  if (/^application\/json\b/i.test(headers['content-type'] ?? '')) return;
  // Pages of this server, and pages of the origins in CORS_ORIGINS.
  if (headers['sec-fetch-site'] === 'same-origin' || reply.hasHeader('access-control-allow-origin')) return;
  const choice = unforgeableHeaders.join(', ');
  throw new HttpFailure(400, `Another site might have forged this GET: use POST, or send one of ${choice}`);
}

type Parameters = Record<string, string | string[]>;

const inJson = ['variables', 'extensions'];

/** The URL's parameters that have a value: clients send the others as an empty text or `null`. */
const sentParameters = (query: Parameters): Parameters =>
  Object.fromEntries(
    ['query', 'operationName', ...inJson]
      .map((name) => [name, query[name] ?? ''] as const)
      .filter(([name, value]) => value !== '' && !(inJson.includes(name) && value === 'null')),
  );

/** The URL's parameters as a request body; JSON that does not parse stays text, which `checkBody` refuses. */
const bodyOf = (parameters: Parameters): object =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [
      name,
      inJson.includes(name) && typeof value === 'string' ? parsed(value) : value,
    ]),
  );

function parsed(text: string): unknown {
  try {
    return JSON.parse(text, (name, value) => {
      if (name === '__proto__') throw new SyntaxError(name);
      return value;
    });
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
