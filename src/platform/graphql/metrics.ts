import type { FastifyInstance } from 'fastify';
import type { Pool } from 'pg';
import type { Registry } from 'prom-client';
import type { Config } from '../config.js';
import type { ReplicaFacts } from '../database/replicas.js';
import { Metrics, measureRequests, serveMetrics } from '../http/metrics.js';
import type { Lane } from './admission/lane.js';
import type { Services } from './services.js';

const poolFigures: Record<string, { help: string; read: (pool: Pool) => number }> = {
  database_connections: { help: 'Open connections', read: ({ totalCount }) => totalCount },
  database_connections_idle: { help: 'Open connections that nobody uses', read: ({ idleCount }) => idleCount },
  database_requests_waiting: { help: 'Waiting for a connection', read: ({ waitingCount }) => waitingCount },
};

const laneFigures: Record<string, { help: string; read: (lane: Lane) => number }> = {
  graphql_requests_running: { help: 'Requests that were admitted and run', read: ({ running }) => running },
  graphql_requests_waiting: { help: 'Requests that wait for their turn', read: ({ waiting }) => waiting },
};

const replicaFigures: Record<string, { help: string; read: (replica: ReplicaFacts) => number }> = {
  database_replica_serves: { help: 'Whether the replica takes queries', read: ({ serves }) => Number(serves) },
  database_replica_lag_seconds: { help: 'Age of what the replica shows', read: ({ lag }) => lag / 1000 },
  database_replica_reads: { help: 'Queries sent to the replica since the start', read: ({ reads }) => reads },
};

type MeasuredServices = Pick<Services, 'pulse' | 'replicas' | 'pool' | 'sidePool' | 'admission' | 'streams'>;

/** Measures and serves metrics, if that is configured. Returns a function that ends their port. */
export async function startMetrics(
  http: FastifyInstance,
  { pulse, replicas, pool, sidePool, admission, streams }: MeasuredServices,
  { metrics: access, host }: Config,
  addFurther: (registry: Registry) => void,
  lag: () => number,
): Promise<() => Promise<void>> {
  if (access.port === null && access.token === null) return async () => undefined;
  const metrics = new Metrics();
  measureRequests(http, metrics);
  addFurther(metrics.registry);
  metrics.gauge('database_up', 'Whether PostgreSQL answers', () => Number(pulse.isUp));
  for (const [name, { help, read }] of Object.entries(poolFigures))
    metrics.gauge(name, help, () => ({ requests: read(pool), side: read(sidePool) }), 'pool');
  if (replicas)
    for (const [name, { help, read }] of Object.entries(replicaFigures))
      metrics.gauge(name, help, () => replicas.figures(read), 'replica');
  const { work, entry, uploads, bodies } = admission;
  for (const [name, { help, read }] of Object.entries(laneFigures))
    metrics.gauge(
      name,
      help,
      () => ({ work: read(work), entry: read(entry), uploads: read(uploads), bodies: read(bodies) }),
      'lane',
    );
  metrics.gauge('streams_open', 'Subscriptions that are open', () => streams.size);
  metrics.total('streams_events_sent_total', 'Events sent to subscribers', () => streams.sent);
  metrics.gauge('streams_lag_seconds', 'From the latest change until it was handed to subscribers', () => lag() / 1000);
  metrics.total('streams_ended_total', 'Subscriptions that have ended, by code', () => streams.endings, 'reason');
  return serveMetrics(http, metrics, access, host);
}
