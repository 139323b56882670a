import { Readable } from 'node:stream';
import { type ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { BadInput, type Fault } from '../errors.js';
import { HttpFailure } from '../http/failures.js';
import { answerHeaders, answerType, json, wantsPage } from '../http/server.js';
import { Context, type RequestFacts, type Services } from './context.js';
import { limits, tooComplex } from './limits.js';

interface Endpoint {
  path: string;
  /** Path of the page to which a browser is sent. */
  page: string;
  services: Services;
}

/** Whether a browser that only follows a link gets to see a page in place of an answer. */
const isVisit = ({ method, headers, query }: FastifyRequest): boolean =>
  method !== 'POST' && !(query as Parameters).query && wantsPage(headers.accept);

/** GraphQL over HTTP: which requests reach Apollo, and how its answers leave. */
export function serveGraphQL(
  server: FastifyInstance,
  apollo: ApolloServer<Context>,
  { path, page, services }: Endpoint,
): void {
  server.route({
    method: ['GET', 'HEAD', 'POST'],
    url: path,
    exposeHeadRoute: false,
    helmet: false,
    onRequest: (_request, reply, next) => {
      reply.headers(answerHeaders);
      next();
    },
    handler: async (request, reply) => {
      if (isVisit(request)) return reply.redirect(page, 303);
      const { method, headers } = request;
      // A HEAD is a GET whose answer has no body.
      const isGet = method !== 'POST';
      if (isGet) refuseForgery(request, reply);
      // Now, and not by Apollo after the operation: nothing may be done whose answer nobody takes.
      if (!answerType(headers.accept)) throw new HttpFailure(406);
      const parameters = isGet ? sentParameters(request.query as Parameters) : {};
      checkBody(isGet ? bodyOf(parameters) : request.body);
      const answer = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: {
          method: isGet ? 'GET' : method,
          // All that Apollo looks at; a GET's content type tells nothing.
          headers: new HeaderMap([
            ['accept', headers.accept ?? '*/*'],
            ['content-type', 'application/json'],
          ]),
          search: isGet ? `?${new URLSearchParams(parameters as Record<string, string>)}` : '',
          body: request.body,
        },
        context: async () => new Context(services, factsOf(request)),
      });
      return send(reply, answer);
    },
  });
}

const factsOf = ({ id, ip, headers }: FastifyRequest): RequestFacts => ({
  requestId: id,
  address: ip,
  userAgent: headers['user-agent'] ?? null,
  authorization: headers.authorization,
  organizationHeader: headers['x-organization-id']?.toString(),
  dryRunHeader: headers['x-dry-run']?.toString(),
  idempotencyKey: headers['idempotency-key']?.toString(),
});

function send(reply: FastifyReply, { status = 200, headers, body }: HTTPGraphQLResponse): FastifyReply {
  // Clients of application/json take any other status for one of HTTP's own and look for no errors in the body.
  const isToldInBody = status === 400 && headers.get('content-type') === json;
  return reply
    .code(isToldInBody ? 200 : status)
    .headers({ ...Object.fromEntries(headers), 'cache-control': 'no-store' })
    .send(body.kind === 'complete' ? body.string : Readable.from(body.asyncIterator));
}

/**
 * Headers that no link, image or form of another site can send: a browser asks first, and is told no. Neither browsers
 * nor proxies add them by themselves, as they do with `traceparent` or `x-request-id`; of `Authorization` they add only
 * schemes that sign nobody in here.
 */
const deliberate = [
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

/** POST needs no such proof: its content type, application/json, is one. */
function refuseForgery({ headers }: FastifyRequest, reply: FastifyReply): void {
  if (deliberate.some((name) => headers[name])) return;
  if (/^application\/json\b/i.test(headers['content-type'] ?? '')) return;
  // Pages of this server, and of origins that may call it.
  if (headers['sec-fetch-site'] === 'same-origin' || reply.hasHeader('access-control-allow-origin')) return;
  const choice = deliberate.join(', ');
  throw new HttpFailure(400, `Another site might have forged this GET: ask by POST, or send one of ${choice}`);
}

type Parameters = Record<string, string | string[]>;

const inJson = ['variables', 'extensions'];

/** Parameters of the URL that say something: clients send those without a value blank or as null. */
const sentParameters = (given: Parameters): Parameters =>
  Object.fromEntries(
    ['query', 'operationName', ...inJson]
      .map((name) => [name, given[name] ?? ''] as const)
      .filter(([name, value]) => value !== '' && !(inJson.includes(name) && value === 'null')),
  );

/** The request that the URL's parameters make up, in the form of a body; those that are wrong stay as they are. */
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

/** Throws for a body that is no GraphQL request, or whose document is too long to be parsed. */
function checkBody(body: unknown): void {
  const { query, variables, operationName, extensions } = (body ?? {}) as Record<string, unknown>;
  const faults: Fault[] = [];
  const expect = (sound: boolean, path: string, message: string) => {
    if (!sound) faults.push({ path, code: 'INVALID', message });
  };
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  expect(
    isObject(body),
    'body',
    'must be one JSON object with query, variables and operationName; batches are not taken',
  );
  // Apollo answers requests for a kept document in the words that its clients know.
  const asksForKept = query == null && Boolean((extensions as { persistedQuery?: unknown } | null)?.persistedQuery);
  expect(asksForKept || (typeof query === 'string' && query !== ''), 'query', 'must be the text of a GraphQL document');
  expect(variables == null || isObject(variables), 'variables', 'must be a JSON object');
  expect(operationName == null || typeof operationName === 'string', 'operationName', 'must be a text');
  expect(extensions == null || isObject(extensions), 'extensions', 'must be a JSON object');
  if (faults.length) throw new BadInput(faults);
  const bytes = Buffer.byteLength((query ?? '') as string);
  if (bytes > limits.documentBytes)
    throw tooComplex(`The document has ${bytes} bytes, at most ${limits.documentBytes} are allowed`);
}
