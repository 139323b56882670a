import { Entity, Index, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { v7 } from 'uuid';
import { type QueryRunner, sql } from '../../platform/database/sql.js';
import { activeUser } from '../../platform/records/tenant-record.js';
import { definerPolicy } from '../policies.js';
import { OfUser } from '../users/of-user.js';
import type { User } from '../users/user.js';

const own = `(user_id = ${activeUser})`;

/** A signed-in device. It is not part of the API, and tokens are stored as hashes only. */
@Unique({ name: 'sessions_token_key', properties: ['tokenHash'] })
@Index({ name: 'sessions_user_index', properties: ['userId'] })
@Entity({
  tableName: 'sessions',
  rowLevelSecurity: 'force',
  policies: [{ name: 'own', using: own, check: own }, definerPolicy],
})
export class Session {
  @PrimaryKey({ type: 'uuid' })
  id: string = v7();

  @OfUser()
  user?: User;

  @Property({ type: 'uuid' })
  userId!: string;

  @Property({ type: 'text', columnType: 'text' })
  tokenHash!: string;

  @Property({ type: 'text', columnType: 'text', nullable: true })
  previousTokenHash: string | null = null;

  /** The current token, encrypted with a key that is derived from the previous token. */
  @Property({ type: 'text', columnType: 'text', nullable: true })
  successor: string | null = null;

  @Property({ type: 'datetime', length: 3, nullable: true })
  rotatedAt: Date | null = null;

  @Property({ type: 'datetime', length: 3 })
  createdAt!: Date;

  @Property({ type: 'datetime', length: 3 })
  lastUsedAt!: Date;

  @Property({ type: 'datetime', length: 3 })
  expiresAt!: Date;

  @Property({ type: 'datetime', length: 3, nullable: true })
  revokedAt: Date | null = null;

  @Property({ type: 'text', columnType: 'text', nullable: true })
  userAgent: string | null = null;

  @Property({ type: 'text', columnType: 'text', nullable: true })
  ipAddress: string | null = null;

  /** Begins its life at a moment of the database's clock, by which its end is decided. */
  begin(now: Date): void {
    this.createdAt = now;
    this.lastUsedAt = now;
    this.expiresAt = new Date(now.getTime() + lifetime);
  }
}

const lifetime = 30 * 86_400_000;

/** Ends the sessions of the transaction's user, except one if named; returns their number. */
export async function endSessions(work: QueryRunner, userId: string, except: string | null): Promise<number> {
  const ended = await work.query(sql`
    update sessions
    set revoked_at = now()
    where user_id = ${userId}::uuid
      and id is distinct from ${except}::uuid
      and revoked_at is null
      and expires_at > now()
    returning id`);
  return ended.length;
}
