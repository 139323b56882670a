import 'reflect-metadata';
import { aboutMutations, aboutQueries } from './crm/about.js';
import { accessTables } from './crm/access/access-tables.js';
import { resealSecondFactors } from './crm/accounts/reseal.js';
import { chapters } from './crm/chapters.js';
import {
  alone,
  answersWithSecrets,
  composing,
  resolvers as crmResolvers,
  rules as crmRules,
  entities,
  entry,
} from './crm/index.js';

// The features come first, since the schema lists types in the order of their declaration.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import type { JWK } from 'jose';
import { buildSchemaSync } from 'type-graphql';
import { analyticsResolvers, analyticsRules } from './analytics/contents.js';
import { analyticsExamples } from './analytics/examples.js';
import { analyticsPrices } from './analytics/prices.js';
import { bulkPrices, bulkResolvers, bulkRules } from './bulk/contents.js';
import { bulkExamples } from './bulk/examples.js';
import { fieldPrices, tablePrices } from './crm/prices.js';
import { adoptChanges } from './log/adopt.js';
import {
  aboutSubscriptions,
  liveLogOf,
  logEntities,
  logResolvers,
  logRules,
  logTables,
  RecordType,
  resealWebhookSecrets,
  WebhookWorker,
  webhookAnswersWithSecrets,
  webhookRules,
} from './log/contents.js';
import { accountPages } from './pages/account.js';
import { changesPage } from './pages/changes.js';
import { dashboardPage } from './pages/dashboard.js';
import { examples } from './pages/examples.js';
import { explorerPage, sandboxOrigin } from './pages/explorer.js';
import { registerPages } from './pages/pages.js';
import { ApiKeyUses } from './platform/auth/api-key-uses.js';
import { DeviceTokens } from './platform/auth/device-tokens.js';
import { Viewers } from './platform/auth/identify.js';
import { RefreshTokens } from './platform/auth/refresh-tokens.js';
import { Seal } from './platform/auth/seal.js';
import { Tokens } from './platform/auth/tokens.js';
import type { Config } from './platform/config.js';
import { Commits } from './platform/database/commits.js';
import { withClient } from './platform/database/connection.js';
import { Faults } from './platform/database/faults-log.js';
import { openOrm, openPool } from './platform/database/orm.js';
import { Pulse } from './platform/database/pulse.js';
import { Purge } from './platform/database/purge.js';
import { learnTimeZones } from './platform/database/time-zones.js';
import { Unavailable } from './platform/errors.js';
import { Admission } from './platform/graphql/admission/admission.js';
import { allPrices } from './platform/graphql/cost/prices.js';
import { directives } from './platform/graphql/directives.js';
import { serveGraphQL } from './platform/graphql/endpoint.js';
import { compiling } from './platform/graphql/execution.js';
import { startMetrics } from './platform/graphql/metrics.js';
import { checkInput, enforceCurrentRights, readBack } from './platform/graphql/middleware.js';
import { RateLimits } from './platform/graphql/rate-limits.js';
import { makeApollo } from './platform/graphql/server.js';
import { ServerInfoResolver, serverInfoRules } from './platform/graphql/server-info.js';
import type { Services } from './platform/graphql/services.js';
import { Streams } from './platform/graphql/streams/streams.js';
import { Draining } from './platform/http/draining.js';
import { serveHealth } from './platform/http/health.js';
import { servePublicKeys } from './platform/http/public-keys.js';
import { makeHttpServer } from './platform/http/server.js';
import { Lifetimes } from './platform/lifetime.js';
import { MailWorker } from './platform/mail/mail-worker.js';
import { transportOf } from './platform/mail/transport-of.js';
import { describeNeeds } from './platform/permissions/describe.js';
import { guard, openFieldsOf } from './platform/permissions/rules.js';
import { Cursors } from './platform/reading/cursor.js';
import { checkNames } from './platform/records/check-names.js';
import { makeFilterTypes } from './platform/records/filters.js';
import { demandUse } from './platform/records/inputs.js';
import { markOneOf } from './platform/records/keys.js';
import { demandLaterRecords } from './platform/records/later.js';
import { makeOrderTypes } from './platform/records/lists.js';
import { resolveRowTypes } from './platform/records/node.js';
import { allRecords } from './platform/records/record.js';
import { reasonsInWords, resolveRepeatedReasons } from './platform/schema/error-reasons.js';
import { addExamples } from './platform/schema/examples.js';
import { sortByChapters } from './platform/schema/order.js';
import { DateTimeScalar } from './platform/schema/scalars.js';
import { Codes } from './platform/tenancy/codes.js';
import { findConstraints } from './platform/tenancy/duplicates.js';

const endpoint = '/graphql';

/** Milliseconds in which ended streams send their last events. */
const partingMs = 50;

const sideConnections = 4;

/** For what webhooks read and write, so that they take nothing from requests. */
const webhookConnections = 2;

/** Milliseconds for which the end waits for statements whose requests are answered. */
const lastStatementsMs = 1000;

// The bundles are next to the compiled server; tests run its sources.
const folders = ['../public', '../dist/public'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
const assets = folders.find(existsSync) ?? folders[0]!;

const resolvers = [
  ServerInfoResolver,
  ...crmResolvers,
  ...analyticsResolvers,
  ...bulkResolvers,
  ...logResolvers,
] as const;
export const rules = [serverInfoRules, ...crmRules, analyticsRules, bulkRules, logRules, webhookRules];
export const prices = allPrices({ ...tablePrices, ...logTables }, fieldPrices, bulkPrices, ...analyticsPrices);

/** Mutations whose answers hold a secret, so that none is kept under an idempotency key. */
const secretive: ReadonlySet<string> = new Set([...answersWithSecrets, ...webhookAnswersWithSecrets]);

let made: GraphQLSchema | undefined;

/** The schema without its rules, as it is printed to schema.graphql. */
export function makeSchema(): GraphQLSchema {
  if (made) return made;
  demandLaterRecords();
  checkNames(allRecords());
  makeFilterTypes(allRecords());
  makeOrderTypes(allRecords());
  made = buildSchemaSync({
    resolvers,
    orphanedTypes: [],
    directives: [...directives],
    validate: false,
    globalMiddlewares: [enforceCurrentRights, checkInput, readBack],
    scalarsMap: [{ type: Date, scalar: DateTimeScalar }],
    pubSub: { publish: noTopics, subscribe: noTopics },
  });
  for (const pass of passes) pass(made);
  return made;
}

/** type-graphql demands a bus of messages, although each subscription has a source of its own. */
function noTopics(): never {
  throw new Error('Subscriptions have no topics');
}

/**
 * Changes to the built schema, for which type-graphql has no options. Each description is extended in this order: the
 * permission that a field needs, then its example, then its errors.
 */
const passes: readonly ((schema: GraphQLSchema) => void)[] = [
  (schema) => resolveRowTypes(schema, ['Node', 'Record', 'Actor']),
  resolveEvents,
  markOneOf,
  demandUse,
  demandAlone,
  (schema) => describeNeeds(schema, rules),
  (schema) => addExamples(schema, { ...analyticsExamples, ...bulkExamples(schema) }),
  resolveRepeatedReasons,
  describeReasons,
  arrange,
];

/** Throws if the schema lacks a mutation that must be alone in its document. */
function demandAlone(schema: GraphQLSchema): void {
  const mutations = schema.getMutationType()!.getFields();
  for (const name of alone) if (!mutations[name]) throw new Error(`There is no mutation ${name} to stand alone`);
}

function describeReasons(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getMutationType()!.getFields()))
    field.description += reasonsInWords(field.name);
}

/** A subscription's resolver is only its source. The rule then guards that, and answers to events skip it. */
function resolveEvents(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getSubscriptionType()!.getFields())) field.resolve = undefined;
}

function arrange(schema: GraphQLSchema): void {
  const [queries, mutations] = [schema.getQueryType()!, schema.getMutationType()!];
  for (const root of [queries, mutations]) sortByChapters(root, chapters);
  schema.getSubscriptionType()!.description = aboutSubscriptions;
  queries.description = aboutQueries;
  mutations.description = aboutMutations;
}

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
    (registry) => webhooks.figures.addTo(registry),
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
    },
    { production: config.production, log: http.log, prices },
  );
  await apollo.start();

  serveHealth(http, () => draining.isReady && services.pulse.isUp);
  servePublicKeys(http, services.tokens.jwks);
  const closeSockets = serveGraphQL(http, apollo, { path: endpoint, page: '/', services });
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
        Promise.all([services.pulse.stop(), services.orm.close(), services.sidePool.end()]),
        pause(lastStatementsMs, undefined, { ref: false }),
      ]);
    },
  };
}

/** Starts to send changes to webhooks. */
async function startWebhooks(
  { webhookNetworks: networks, logRetentionDays: retentionDays }: Config,
  databaseUrl: string,
  { sidePool, seal, cursors, settings: { httpsOnly, sendsMail } }: Services,
  log: FastifyBaseLogger,
): Promise<WebhookWorker> {
  await resealWebhookSecrets(sidePool, seal, log);
  const pool = openPool(databaseUrl, webhookConnections, () => undefined);
  const tools = { seal, rules: { networks, httpsOnly }, retentionDays, sendsMail };
  const worker = new WebhookWorker({ pool, sidePool }, cursors, log, tools);
  worker.start();
  return worker;
}

/** Statements that delete what has expired: tokens, tickets and messages, and old changes. */
const expirations = ({ logRetentionDays }: Config) => [
  { text: 'select purge_expired($1) as more', values: [1000] },
  { text: 'select prune_log($1) as more', values: [logRetentionDays] },
];

async function makeServices(
  config: Config,
  databaseUrl: string,
  tokenKeys: JWK[],
  log: FastifyBaseLogger,
): Promise<Services> {
  const faults = new Faults(log);
  const onBroken = (error: Error) => faults.note(error, 'an idle database connection broke');
  const pool = openPool(databaseUrl, config.poolSize, onBroken, config.preparesStatements);
  const sidePool = openPool(databaseUrl, sideConnections, onBroken, config.preparesStatements);
  // Pool connections time out after three seconds, which suits requests; a busy machine may take longer to start.
  await withClient(databaseUrl, learnTimeZones);
  await withClient(databaseUrl, adoptChanges);
  const secrets = tokenKeys.map(({ d }) => createHash('sha256').update(d!).digest('base64url'));
  const orm = await openOrm(pool, [...entities, ...logEntities]);
  const pulse = new Pulse(databaseUrl, [pool, sidePool], log);
  await pulse.start();
  findConstraints(orm);
  const seal = new Seal(secrets);
  await resealSecondFactors(sidePool, seal, log);
  const viewers = new Viewers(sidePool, accessTables);
  const mail =
    config.mail && new MailWorker(sidePool, transportOf(config.mail, config), composing(config.mail.appUrl), log);
  mail?.start();
  return {
    orm,
    pool,
    sidePool,
    pulse,
    faults,
    lifetimes: new Lifetimes(),
    tokens: new Tokens(tokenKeys, config.tokenIssuer),
    codes: new Codes(sidePool),
    viewers,
    apiKeyUses: new ApiKeyUses(sidePool, log),
    refreshTokens: new RefreshTokens(secrets),
    deviceTokens: new DeviceTokens(secrets),
    seal,
    cursors: new Cursors(secrets[0]!),
    logRetentionDays: config.logRetentionDays,
    settings: {
      registration: config.registration,
      memberConsent: config.memberConsent,
      sendsMail: mail !== null,
      httpsOnly: config.production,
    },
    rateLimits: new RateLimits(config.rates),
    mail,
    admission: new Admission(config.admission),
    streams: new Streams(viewers, config.streams, log),
    commits: new Commits(),
  };
}
