import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { type ApolloServer, HeaderMap } from '@apollo/server';
import type { FastifyInstance } from 'fastify';
import { type ExecutionResult, type FormattedExecutionResult, GraphQLError, GraphQLSchema, parse } from 'graphql';
import { SlowReader } from '../../errors.js';
import { failure } from '../../http/failures.js';
import type { LoggedOperation } from '../../http/logs.js';
import type { Gate } from '../admission/gate.js';
import { Context } from '../context.js';
import { checkBody } from '../request-body.js';
import { noRequest, type Opened } from '../request-facts.js';
import type { Services } from '../services.js';
import { serveSockets } from './sockets.js';
import type { Stream } from './stream.js';

interface Socketed {
  path: string;
  services: Services;
  gate: Gate;
  /** The address of a client, also behind proxies. */
  addressOf: (request: IncomingMessage) => string;
}

/** The library looks only at the kind of the operation; Apollo parses and checks the document that was sent. */
const someSubscription = parse('subscription { any }');
const noSchema = new GraphQLSchema({});

/** Serves subscriptions over WebSockets, with the protocol of `graphql-ws`. Returns a function that closes them all. */
export function serveWebSockets(
  http: FastifyInstance,
  apollo: ApolloServer<Context>,
  { path, services, gate, addressOf }: Socketed,
): () => void {
  const open = async (headers: IncomingHttpHeaders, ip: string, body: object) => {
    const requestId = randomUUID();
    const logged: LoggedOperation = {};
    const opened: Opened = { stream: null, isForStreamsOnly: true };
    const lifetime = services.lifetimes.begin();
    try {
      checkBody(body);
      // A token that was verified before counts for its session, and not for the address of a proxy.
      await services.tokens.verify(headers.authorization).catch(() => undefined);
      await gate.count({ headers, ip }, noRequest.reply);
      const facts = {
        ...noRequest,
        requestId,
        address: ip,
        userAgent: headers['user-agent'] ?? null,
        authorization: headers.authorization,
        organizationHeader: headers['x-organization-id']?.toString(),
        logged,
        opened,
      };
      const answer = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: {
          method: 'POST',
          headers: new HeaderMap([['content-type', 'application/json']]),
          search: '',
          body,
        },
        context: async () => new Context(services, facts, lifetime),
      });
      return opened.stream ?? (JSON.parse((answer.body as { string: string }).string) as FormattedExecutionResult);
    } catch (error) {
      return failure(requestId, error as Error) as FormattedExecutionResult;
    } finally {
      lifetime.close();
      http.log.info({ requestId, path, isWebSocket: true, ...logged }, 'request');
    }
  };

  return serveSockets(
    http,
    { path, most: services.streams.most },
    {
      schema: noSchema,
      onSubscribe: async ({ extra, connectionParams }, _id, { query, variables, operationName, extensions }) => {
        const { request, socket } = extra;
        const headers = { ...request.headers, ...headersIn(connectionParams) };
        // Apollo takes no field that is there without a value.
        const body = JSON.parse(JSON.stringify({ query, variables, operationName, extensions }));
        const answer = await open(headers, addressOf(request), body);
        const contextValue =
          'subscriber' in answer
            ? new Results(answer, services.streams.stallMs, () => socket.terminate())
            : withErrors(answer);
        return { schema: noSchema, document: someSubscription, contextValue };
      },
      subscribe: async ({ contextValue }) => contextValue as AsyncIterable<ExecutionResult> | ExecutionResult,
    },
  );
}

/** Headers in the payload of `connection_init`, where browsers have to put them, at its top or under `headers`. */
function headersIn(parameters: Readonly<Record<string, unknown>> = {}): IncomingHttpHeaders {
  const nested = typeof parameters.headers === 'object' ? parameters.headers : {};
  return Object.fromEntries(
    Object.entries({ ...parameters, ...nested })
      .filter(([, value]) => typeof value === 'string')
      .map(([name, value]) => [name.toLowerCase(), value as string]),
  );
}

/** The library takes errors only as objects of graphql-js. */
const withErrors = ({ errors, ...result }: FormattedExecutionResult): ExecutionResult => ({
  ...result,
  ...(errors && { errors: errors.map(({ message, ...options }) => new GraphQLError(message, options)) }),
});

/** The results of a stream. The library asks for the next one when the socket has taken the last. */
class Results implements AsyncGenerator<ExecutionResult, undefined> {
  private readonly answers: AsyncIterator<{ result: FormattedExecutionResult }>;
  private stalled: NodeJS.Timeout | undefined;

  constructor(
    private readonly stream: Stream,
    private readonly stallMs: number,
    private readonly cut: () => void,
  ) {
    this.answers = stream[Symbol.asyncIterator]();
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    clearTimeout(this.stalled);
    const { value, done } = await this.answers.next();
    if (done) return { value: undefined, done };
    this.stalled = setTimeout(() => {
      this.stream.subscriber.end(new SlowReader());
      this.cut();
    }, this.stallMs);
    return { value: withErrors(value.result) };
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    clearTimeout(this.stalled);
    this.stream.subscriber.end(null);
    // Not awaited, since the stream may be waiting for its next event.
    void this.answers.return?.();
    return { value: undefined, done: true };
  }

  async throw(error: unknown): Promise<never> {
    await this.return();
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
