import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { HttpFailure } from './failures.js';
import type { LoggedOperation } from './logs.js';

const path = '/metrics';

/** The place where the metrics are served: on a port of their own, or beside the API for callers with a token. */
export interface MetricsAccess {
  port: number | null;
  token: string | null;
}

/** Seconds; the limits of promises and deadlines are among them. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];

/** Figures about the server in the format of Prometheus. Names of the schema and codes are their only labels. */
export class Metrics {
  readonly registry = new Registry();
  private readonly durations = new Histogram({
    name: 'graphql_request_duration_seconds',
    help: 'Time from the arrival of a request until its answer, by root field and by error code',
    labelNames: ['operation', 'outcome'],
    buckets,
    registers: [this.registry],
  });

  private readonly costs = new Histogram({
    name: 'graphql_request_cost_points',
    help: 'Cost of the documents that ran',
    buckets: [1, 10, 100, 300, 1_000, 3_000, 10_000],
    registers: [this.registry],
  });
  private readonly statements = new Histogram({
    name: 'graphql_request_statements',
    help: 'SQL statements of the documents that ran',
    buckets: [0, 1, 2, 4, 8, 16, 32, 64],
    registers: [this.registry],
  });
  private readonly deprecatedUses = new Counter({
    name: 'graphql_deprecated_uses_total',
    help: 'Documents that use a deprecated part of the schema, by its coordinate',
    labelNames: ['coordinate'],
    registers: [this.registry],
  });
  private readonly refusals = new Counter({
    name: 'http_requests_refused_total',
    help: 'Requests that were refused before they reached GraphQL, by HTTP status: 503 without room, 429 as too many',
    labelNames: ['status'],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Counts an answered GraphQL request. */
  observe(
    { fields = [], codes = [], cost, statements = 0, deprecated = [] }: LoggedOperation,
    milliseconds: number,
    isAnswered: boolean,
  ): void {
    const [operation = 'none', ...others] = fields;
    const outcome = isAnswered ? (codes[0] ?? 'ok') : 'unanswered';
    this.durations.observe({ operation: others.length ? 'several' : operation, outcome }, milliseconds / 1000);
    for (const coordinate of deprecated) this.deprecatedUses.inc({ coordinate });
    if (cost === undefined) return;
    this.costs.observe(cost);
    this.statements.observe(statements);
  }

  /** Counts a request that did not reach GraphQL. */
  refused(status: number): void {
    this.refusals.inc({ status });
  }

  /** Adds a figure that is read whenever the metrics are: one value, or one for each value of a label. */
  gauge(name: string, help: string, read: () => number): void;
  gauge(name: string, help: string, read: () => Record<string, number>, label: string): void;
  gauge(name: string, help: string, read: () => number | Record<string, number>, label?: string): void {
    new Gauge({
      name,
      help,
      labelNames: label ? [label] : [],
      registers: [this.registry],
      collect() {
        const value = read();
        if (typeof value === 'number') this.set(value);
        else for (const [name, number] of Object.entries(value)) this.set({ [label!]: name }, number);
      },
    });
  }

  /** Adds a sum since the start, which is read whenever the metrics are: one, or one for each value of a label. */
  total(name: string, help: string, read: () => number): void;
  total(name: string, help: string, read: () => Record<string, number>, label: string): void;
  total(name: string, help: string, read: () => number | Record<string, number>, label?: string): void {
    new Counter({
      name,
      help,
      labelNames: label ? [label] : [],
      registers: [this.registry],
      collect() {
        this.reset();
        const value = read();
        if (typeof value === 'number') this.inc(value);
        else for (const [name, number] of Object.entries(value)) this.inc({ [label!]: name }, number);
      },
    });
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  get contentType(): string {
    return this.registry.contentType;
  }
}

/** Measures all GraphQL requests from now on. */
export function measureRequests(http: FastifyInstance, metrics: Metrics): void {
  http.addHook('onRequest', (request, reply, next) => {
    reply.raw.once('close', () => {
      if (request.operation?.isStream) return;
      if (request.operation) metrics.observe(request.operation, reply.elapsedTime, reply.raw.writableFinished);
      else if (reply.statusCode >= 400) metrics.refused(reply.statusCode);
    });
    next();
  });
}

/** Serves the metrics. Returns a function that ends the port of their own, if they have one. */
export async function serveMetrics(
  http: FastifyInstance,
  metrics: Metrics,
  { port, token }: MetricsAccess,
  host: string,
): Promise<() => Promise<void>> {
  if (token !== null)
    http.get(path, { logLevel: 'warn' }, async ({ headers }, reply) => {
      if (!isBearer(headers.authorization, token)) throw new HttpFailure(401);
      return reply.type(metrics.contentType).send(await metrics.text());
    });
  if (port === null) return async () => undefined;
  const server = createServer((request, response) => void answer(metrics, request, response));
  server.listen(port, host);
  await once(server, 'listening');
  return async () => {
    server.close();
    server.closeAllConnections();
  };
}

async function answer(metrics: Metrics, { method, url }: IncomingMessage, response: ServerResponse): Promise<void> {
  const isFound = method === 'GET' && url === path;
  response
    .writeHead(isFound ? 200 : 404, { 'content-type': isFound ? metrics.contentType : 'text/plain' })
    .end(isFound ? await metrics.text() : `Metrics are at GET ${path}\n`);
}

/** Compares hashes, so that the time tells nothing about the token. */
function isBearer(authorization: string | undefined, token: string): boolean {
  const [sent, wanted] = [authorization ?? '', `Bearer ${token}`].map((text) =>
    createHash('sha256').update(text).digest(),
  );
  return timingSafeEqual(sent!, wanted!);
}
