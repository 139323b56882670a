import { createHash } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import type { JWK } from 'jose';
import { accessTables } from './crm/access/access-tables.js';
import { resealSecondFactors } from './crm/accounts/reseal.js';
import { composing, entities } from './crm/index.js';
import { adoptChanges } from './log/adopt.js';
import { logEntities, resealWebhookSecrets, WebhookWorker } from './log/contents.js';
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
import { Replicas } from './platform/database/replicas.js';
import { learnTimeZones } from './platform/database/time-zones.js';
import { Admission } from './platform/graphql/admission/admission.js';
import { Horizons } from './platform/graphql/horizons.js';
import { RateLimits } from './platform/graphql/rate-limits.js';
import type { Services } from './platform/graphql/services.js';
import { Streams } from './platform/graphql/streams/streams.js';
import { Lifetimes } from './platform/lifetime.js';
import { MailWorker } from './platform/mail/mail-worker.js';
import { transportOf } from './platform/mail/transport-of.js';
import { Cursors } from './platform/reading/cursor.js';
import { Codes } from './platform/tenancy/codes.js';
import { findConstraints } from './platform/tenancy/duplicates.js';

const sideConnections = 4;

/** For what webhooks read and write, so that they take nothing from requests. */
const webhookConnections = 2;

/** Starts to send changes to webhooks. */
export async function startWebhooks(
  { webhookNetworks: networks, logRetentionDays: retentionDays, preparesStatements }: Config,
  databaseUrl: string,
  { sidePool, faults, seal, cursors, settings: { httpsOnly, sendsMail } }: Services,
  log: FastifyBaseLogger,
): Promise<WebhookWorker> {
  await resealWebhookSecrets(sidePool, seal, log);
  const onBroken = (error: Error) => faults.note(error, 'an idle database connection of webhooks broke');
  const pool = openPool(databaseUrl, webhookConnections, onBroken, preparesStatements);
  const tools = { seal, rules: { networks, httpsOnly }, retentionDays, sendsMail };
  const worker = new WebhookWorker({ pool, sidePool }, cursors, log, tools);
  worker.start();
  return worker;
}

/** Statements that delete what has expired: tokens, tickets and messages, and old changes. */
export const expirations = ({ logRetentionDays }: Config) => [
  { text: 'select purge_expired($1) as more', values: [1000] },
  { text: 'select prune_log($1) as more', values: [logRetentionDays] },
];

function openReplicas(
  { replicaUrls, poolSize, preparesStatements }: Config,
  faults: Faults,
  log: FastifyBaseLogger,
): Replicas | null {
  if (!replicaUrls.length) return null;
  const onBroken = (error: Error) => faults.note(error, 'an idle connection to a replica broke');
  const open = (url: string, size = poolSize) => openPool(url, size, onBroken, preparesStatements);
  return new Replicas(replicaUrls, open, log, preparesStatements);
}

export async function makeServices(
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
  const replicas = openReplicas(config, faults, log);
  const pulse = new Pulse([pool, sidePool], log, replicas?.question);
  await pulse.start();
  await replicas?.start();
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
    replicas,
    horizons: replicas && new Horizons(replicas, sidePool, seal),
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
