import { Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { definerPolicy } from '../policies.js';
import { OfUser } from './of-user.js';
import type { User } from './user.js';

/**
 * Facts about a user that the serving role neither reads nor writes, so that it can neither copy a hash nor make
 * superusers.
 * Only functions of the database reach it.
 */
@Index({ name: 'user_secrets_second_factor_index', properties: ['userId'], where: '(second_factor IS NOT NULL)' })
@Entity({ tableName: 'user_secrets', rowLevelSecurity: 'force', policies: [definerPolicy] })
export class UserSecrets {
  @OfUser()
  user?: User;

  @PrimaryKey({ type: 'uuid' })
  userId!: string;

  /** Argon2id hash, with its parameters and its salt. */
  @Property({ type: 'text', columnType: 'text' })
  passwordHash!: string;

  @Property({ type: 'boolean', default: false })
  isSuperuser = false;

  /** The address that its owner has confirmed, which counts as long as it is the account's. */
  @Property({ type: 'text', columnType: 'text', nullable: true })
  verifiedEmail: string | null = null;

  /** Sealed; see `platform/auth/seal.ts`. */
  @Property({ type: 'text', columnType: 'text', nullable: true })
  secondFactor: string | null = null;

  /** Since when the second factor is in force; null while it is being set up. */
  @Property({ type: 'datetime', length: 3, nullable: true })
  secondFactorAt: Date | null = null;

  /** The time step of the latest code that was used. */
  @Property({ type: 'bigint', nullable: true })
  lastCodeStep: string | null = null;

  /** SHA-256 of the recovery codes that are left. */
  @Property({ type: 'string[]', columnType: 'text[]', default: [] })
  recoveryCodes: string[] = [];
}
