import { readFileSync } from 'node:fs';
import type { JWK } from 'jose';
import { metricsToken, oneLine, oneOf, origins, postgresUrl, replicas, wholeNumber } from './config-values.js';
import { type MailSettings, sender, smtpUrl, webUrl } from './mail-settings.js';
import { loopback, type Networks, networksOf, noNetworks } from './outgoing-addresses.js';
import { tokenKeys } from './token-keys.js';
import { type TrustedProxies, trustedProxies } from './trusted-proxies.js';

/** Connection URLs of a database, for the serving role and for the owner. */
export interface DatabaseUrls {
  databaseUrl: string;
  migrationDatabaseUrl: string;
}

export type Registration = (typeof registrations)[number];

export type MemberConsent = (typeof memberConsents)[number];

/** Requests at a time; see `graphql/admission`. */
interface AdmissionLimits {
  inFlight: number;
  perOrganization: number;
  perCaller: number;
  waiting: number;
  /** Milliseconds. */
  patience: number;
  bigBodies: number;
  /** Milliseconds that the event loop may be late. */
  loopDelay: number;
}

/** Streams that are open at a time. */
interface StreamLimits {
  total: number;
  perOrganization: number;
  perCaller: number;
  /** Seconds for which a client may take nothing of what is sent to it. */
  stallSeconds: number;
}

/**
 * Most requests or calls of a caller in a minute, unless an hour is named. `requests` counts by session, `apiKeys` by
 * API key, everything else by address.
 */
export interface Rates {
  requests: number;
  apiKeys: number;
  anonymous: number;
  signIns: number;
  registrations: number;
  refreshes: number;
  /** In an hour. */
  passwordResets: number;
}

/** Everything that can be configured, read once from the environment. The README's table explains each variable. */
export interface Config {
  production: boolean;
  host: string;
  port: number;
  logLevel: string;
  corsOrigins: string[];
  /** Null starts the embedded PostgreSQL. */
  database: DatabaseUrls | null;
  /** Physical standbys that take over queries. */
  replicaUrls: string[];
  poolSize: number;
  /** Whether connections keep prepared statements and settings; a pooler of transactions keeps neither. */
  preparesStatements: boolean;
  /** Folder of the embedded PostgreSQL and its generated keys. */
  dataFolder: string;
  /** Private ES256 keys, newest first; null lets the embedded server generate one. */
  tokenKeys: JWK[] | null;
  tokenIssuer: string;
  trustProxy: TrustedProxies;
  admission: AdmissionLimits;
  rates: Rates;
  streams: StreamLimits;
  /** Decides who may register: anybody (`open`), only the first user of the server (`first`), or nobody (`closed`). */
  registration: Registration;
  /** Whether an account becomes a member at once (`none`), or only once its owner has agreed (`required`). */
  memberConsent: MemberConsent;
  /** Null if nothing can be sent: in production, and in tests, without `MAIL_URL`. */
  mail: MailSettings | null;
  /** Networks to which webhooks may send although they are not public. */
  webhookNetworks: Networks;
  /** Days for which the log keeps changes. */
  logRetentionDays: number;
  /** Seconds between the signal to stop and the end of service. */
  shutdownGraceSeconds: number;
  /** The place where metrics are served; none if both are null. */
  metrics: { port: number | null; token: string | null };
  /** Milliseconds after which a request is logged as slow. */
  slowMs: number;
}

export class ConfigError extends Error {}

const registrations = ['open', 'first', 'closed'] as const;
const memberConsents = ['none', 'required'] as const;
const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/** Throws a ConfigError that names every invalid variable; `TOKEN_KEYS` may be missing unless the process serves. */
export function readConfig(env: NodeJS.ProcessEnv, { serves = true } = {}): Config {
  const faults: string[] = [];
  const read = <T>(name: string, parse: (text: string) => T, fallback: T): T => {
    const text = env[name]?.trim();
    if (!text) return fallback;
    try {
      return parse(text);
    } catch (error) {
      faults.push(`${name} ${(error as Error).message}`);
      return fallback;
    }
  };
  const readSecret = <T>(name: string, parse: (text: string) => T): T | null => {
    const file = env[`${name}_FILE`]?.trim();
    if (!file) return read(name, parse, null);
    if (env[name]?.trim()) faults.push(`${name} and ${name}_FILE are both set: leave one out`);
    return read(`${name}_FILE`, () => parse(contentsOf(file)), null);
  };

  const nodeEnv = read('NODE_ENV', oneOf(['production', 'development', 'test']), 'development');
  const production = nodeEnv === 'production';
  const databaseUrl = readSecret('DATABASE_URL', postgresUrl);
  const migrationDatabaseUrl = readSecret('MIGRATION_DATABASE_URL', postgresUrl);
  const replicaUrls = readSecret('DATABASE_REPLICA_URLS', replicas) ?? [];
  const poolSize = read('DATABASE_POOL_SIZE', wholeNumber(2, 200), 16);
  // With a connection for each, none of the admitted requests waits for one.
  const inFlight = read('MAX_IN_FLIGHT', wholeNumber(2, 10_000), poolSize);
  const perOrganization = read('MAX_IN_FLIGHT_PER_ORGANIZATION', wholeNumber(1, 10_000), Math.ceil(inFlight / 2));
  const host = read('HOST', String, '127.0.0.1');
  const port = read('PORT', wholeNumber(0, 65_535), 4000);
  const mailUrl = readSecret('MAIL_URL', smtpUrl);
  const mailFrom = read<string | null>('MAIL_FROM', sender, null);
  const appUrl = read<string | null>('APP_URL', webUrl, null);
  const count = wholeNumber(1, 1_000_000_000);
  const config: Config = {
    production,
    host,
    port,
    logLevel: read('LOG_LEVEL', oneOf(logLevels), 'info'),
    corsOrigins: read('CORS_ORIGINS', origins, []),
    database: databaseUrl && migrationDatabaseUrl ? { databaseUrl, migrationDatabaseUrl } : null,
    replicaUrls,
    poolSize,
    preparesStatements: read('PREPARED_STATEMENTS', oneOf(['on', 'off']), 'on') === 'on',
    dataFolder: read('DATA_FOLDER', oneLine, '.data'),
    tokenKeys: readSecret('TOKEN_KEYS', tokenKeys),
    tokenIssuer: read('TOKEN_ISSUER', oneLine, 'too-good-crm'),
    trustProxy: read('TRUST_PROXY', trustedProxies, false),
    admission: {
      inFlight,
      perOrganization,
      perCaller: read('MAX_IN_FLIGHT_PER_CALLER', wholeNumber(1, 10_000), Math.ceil(perOrganization * 0.75)),
      waiting: read('MAX_WAITING', wholeNumber(0, 100_000), 8 * inFlight),
      patience: read('MAX_WAIT', wholeNumber(0, 60_000), 1000),
      bigBodies: read('MAX_BIG_BODIES', wholeNumber(1, 1000), 1),
      loopDelay: read('MAX_EVENT_LOOP_DELAY', wholeNumber(10, 60_000), 200),
    },
    rates: {
      requests: read('REQUESTS_PER_MINUTE', count, 6000),
      apiKeys: read('API_KEY_REQUESTS_PER_MINUTE', count, 6000),
      anonymous: read('ANONYMOUS_REQUESTS_PER_MINUTE', count, 1200),
      signIns: read('SIGN_INS_PER_MINUTE', count, 120),
      registrations: read('REGISTRATIONS_PER_MINUTE', count, 60),
      refreshes: read('REFRESHES_PER_MINUTE', count, 600),
      passwordResets: read('PASSWORD_RESETS_PER_HOUR', count, 20),
    },
    streams: {
      total: read('MAX_STREAMS', wholeNumber(1, 100_000), 5000),
      perOrganization: read('MAX_STREAMS_PER_ORGANIZATION', wholeNumber(1, 100_000), 1000),
      perCaller: read('MAX_STREAMS_PER_CALLER', wholeNumber(1, 100_000), 20),
      stallSeconds: read('STREAM_STALL_SECONDS', wholeNumber(1, 300), 20),
    },
    registration: read('REGISTRATION', oneOf(registrations), 'open'),
    memberConsent: read('MEMBER_CONSENT', oneOf(memberConsents), production ? 'required' : 'none'),
    mail:
      mailUrl || nodeEnv === 'development'
        ? { url: mailUrl, from: mailFrom ?? 'crm@localhost', appUrl: appUrl ?? ownUrl(host, port) }
        : null,
    metrics: {
      port: read<number | null>('METRICS_PORT', wholeNumber(0, 65_535), null),
      token: readSecret('METRICS_TOKEN', metricsToken),
    },
    webhookNetworks: read('WEBHOOK_ALLOWED_NETWORKS', networksOf, production ? noNetworks : loopback),
    // Change sets can be undone for 30 days.
    logRetentionDays: read('LOG_RETENTION_DAYS', wholeNumber(31, 36_500), 365),
    slowMs: read('SLOW_REQUEST_MS', wholeNumber(1, 60_000), 1000),
    shutdownGraceSeconds: read('SHUTDOWN_GRACE_SECONDS', wholeNumber(0, 300), production ? 5 : 0),
  };
  const isSound = (name: string) => !faults.some((fault) => fault.startsWith(name));
  if (databaseUrl && !migrationDatabaseUrl && isSound('MIGRATION_DATABASE_URL'))
    faults.push('MIGRATION_DATABASE_URL is missing: DATABASE_URL needs it, the same database as its owner');
  if (migrationDatabaseUrl && !databaseUrl && isSound('DATABASE_URL'))
    faults.push('DATABASE_URL is missing: MIGRATION_DATABASE_URL needs it, the same database as the role that serves');
  if (replicaUrls.length && !databaseUrl && isSound('DATABASE_URL'))
    faults.push('DATABASE_URL is missing: DATABASE_REPLICA_URLS needs it, the primary of these replicas');
  if (serves && production && mailUrl && !(mailFrom && appUrl))
    faults.push('MAIL_FROM or APP_URL is missing: MAIL_URL needs both, a sender and the front end of links');
  if (serves && config.metrics.port && config.metrics.port === port) faults.push('METRICS_PORT must differ from PORT');
  if (serves && (production || databaseUrl) && !config.tokenKeys && isSound('TOKEN_KEYS'))
    faults.push('TOKEN_KEYS is missing: create one with `npm run -s token-key`');
  if (faults.length) throw new ConfigError(`Configuration refused:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  return config;
}

/** The URL of a server for programs on the same machine. */
export function ownUrl(host: string, port: number): string {
  const isLocal = ['127.0.0.1', '::1', '0.0.0.0', '::'].includes(host);
  return `http://${isLocal ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Reads a secret from a file, as containers provide them. */
function contentsOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new Error(`cannot be read: ${(error as Error).message}`);
  }
}
