import 'reflect-metadata';
import { makeSchema, prices, rules } from './schema.js';

// The schema comes first, since it lists types in the order of their declaration.

import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import type { JWK } from 'jose';
import { analyticsRules } from './analytics/contents.js';
import { alone, answersWithSecrets, entry } from './crm/index.js';
import { liveLogOf, primaryQueries, RecordType, webhookAnswersWithSecrets } from './log/contents.js';
import { accountPages } from './pages/account.js';
import { changesPage } from './pages/changes.js';
import { dashboardPage } from './pages/dashboard.js';
import { examples } from './pages/examples.js';
import { explorerPage, sandboxOrigin } from './pages/explorer.js';
import { registerPages } from './pages/pages.js';
import type { Config } from './platform/config.js';
import { Purge } from './platform/database/purge.js';
import { Unavailable } from './platform/errors.js';
import { serveGraphQL } from './platform/graphql/endpoint.js';
import { compiling } from './platform/graphql/execution.js';
import { startMetrics } from './platform/graphql/metrics.js';
import { makeApollo } from './platform/graphql/server.js';
import { clientAddressBehind } from './platform/http/client-address.js';
import { Draining } from './platform/http/draining.js';
import { serveHealth } from './platform/http/health.js';
import { servePublicKeys } from './platform/http/public-keys.js';
import { makeHttpServer } from './platform/http/server.js';
import { guard, openFieldsOf } from './platform/permissions/rules.js';
import { expirations, makeServices, startWebhooks } from './services.js';

const endpoint = '/graphql';

/** Milliseconds in which ended streams send their last events. */
const partingMs = 50;

/** Milliseconds for which the end waits for statements whose requests are answered. */
const lastStatementsMs = 1000;

// The bundles are next to the compiled server; tests run its sources.
const folders = ['../public', '../dist/public'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
const assets = folders.find(existsSync) ?? folders[0]!;

/** Mutations whose answers hold a secret, so that none is kept under an idempotency key. */
const secretive: ReadonlySet<string> = new Set([...answersWithSecrets, ...webhookAnswersWithSecrets]);

export interface App {
  http: FastifyInstance;
  /** Makes readiness answer 503, and resolves after the grace, in which everything is served; `hurry` skips it. */
  retire(graceMs: number, hurry: AbortSignal): Promise<void>;
  /** Refuses new requests, finishes those in flight and closes the connections to the database. */
  close(): Promise<void>;
}

export async function makeApp(
  config: Config,
  databaseUrl: string,
  tokenKeys: JWK[],
  makeExecute = compiling,
): Promise<App> {
  const http = await makeHttpServer(config);
  const draining = new Draining(http);
  const services = await makeServices(config, databaseUrl, tokenKeys, http.log);
  const purge = new Purge(services.sidePool, http.log, expirations(config));
  purge.start();
  const webhooks = await startWebhooks(config, databaseUrl, services, http.log);
  const endMetrics = await startMetrics(
    http,
    services,
    config,
    (registry) => webhooks.metrics.addTo(registry),
    () => liveLogOf(services).lag,
  );
  const apollo = makeApollo(
    guard(makeSchema(), rules),
    makeExecute,
    {
      ...openFieldsOf(rules),
      alone,
      entry,
      answersWithSecrets: secretive,
      analyses: new Set(Object.keys(analyticsRules.Query)),
      primary: primaryQueries,
    },
    { production: config.production, log: http.log, prices },
  );
  await apollo.start();

  serveHealth(http, () => draining.isReady && services.pulse.isUp);
  servePublicKeys(http, services.tokens.jwks);
  const closeSockets = serveGraphQL(http, apollo, {
    path: endpoint,
    page: '/',
    services,
    addressOf: clientAddressBehind(config.trustProxy),
  });
  await registerPages(http, {
    pages: {
      '/': explorerPage({ endpoint, examples }, { sandboxMayCall: config.corsOrigins.includes(sandboxOrigin) }),
      '/dashboard': dashboardPage(endpoint),
      '/changes': changesPage({ endpoint, recordTypes: Object.keys(RecordType) }),
      ...accountPages(endpoint),
    },
    assets,
  });

  return {
    http,
    retire: (graceMs, hurry) => draining.retire(graceMs, hurry),
    async close() {
      services.streams.close(new Unavailable('SHUTTING_DOWN'));
      liveLogOf(services).close();
      // After the last events of the streams.
      setTimeout(closeSockets, partingMs);
      await draining.close((reason) => services.lifetimes.endAll(reason));
      await endMetrics();
      await apollo.stop();
      services.admission.close();
      await services.mail?.stop();
      await webhooks.stop();
      await purge.stop();
      await Promise.race([
        Promise.all([services.pulse.stop(), services.replicas?.stop(), services.orm.close(), services.sidePool.end()]),
        pause(lastStatementsMs, undefined, { ref: false }),
      ]);
    },
  };
}
