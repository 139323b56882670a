import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { definerPolicy } from '../policies.js';
import { OfUser } from './of-user.js';
import type { User } from './user.js';

/**
 * Facts about a user that the serving role neither reads nor writes, so that it can neither copy a hash nor make
 * superusers.
 * Only functions of the database reach it.
 */
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
}
