import type { Pool } from 'pg';
import type { ApiKeyUses } from '../auth/api-key-uses.js';
import type { DeviceTokens } from '../auth/device-tokens.js';
import type { Viewers } from '../auth/identify.js';
import type { RefreshTokens } from '../auth/refresh-tokens.js';
import type { Seal } from '../auth/seal.js';
import type { Tokens } from '../auth/tokens.js';
import type { Commits } from '../database/commits.js';
import type { Faults } from '../database/faults-log.js';
import type { Orm } from '../database/orm.js';
import type { Pulse } from '../database/pulse.js';
import type { Replicas } from '../database/replicas.js';
import type { Lifetimes } from '../lifetime.js';
import type { MailWorker } from '../mail/mail-worker.js';
import type { Cursors } from '../reading/cursor.js';
import type { ServerSettings } from '../tenancy/action-context.js';
import type { Codes } from '../tenancy/codes.js';
import type { Admission } from './admission/admission.js';
import type { Horizons } from './horizons.js';
import type { RateLimits } from './rate-limits.js';
import type { Streams } from './streams/streams.js';

/** Objects that live as long as the server. */
export interface Services {
  orm: Orm;
  pool: Pool;
  /** A few connections for work outside the operations' transactions: viewers, sign-ins, codes, cancellations. */
  sidePool: Pool;
  pulse: Pick<Pulse<unknown>, 'isUp' | 'stop'>;
  /** Null without replicas. */
  replicas: Replicas | null;
  /** Null without replicas. */
  horizons: Horizons | null;
  faults: Faults;
  lifetimes: Lifetimes;
  codes: Codes;
  tokens: Tokens;
  viewers: Viewers;
  apiKeyUses: ApiKeyUses;
  refreshTokens: RefreshTokens;
  deviceTokens: DeviceTokens;
  seal: Seal;
  cursors: Cursors;
  /** Days for which the log keeps changes. */
  logRetentionDays: number;
  settings: ServerSettings;
  rateLimits: RateLimits;
  /** Null if nothing can be sent. */
  mail: MailWorker | null;
  admission: Admission;
  streams: Streams;
  commits: Commits;
}
