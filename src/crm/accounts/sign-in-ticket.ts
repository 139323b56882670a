import { Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { definerPolicy } from '../policies.js';
import { OfUser } from '../users/of-user.js';
import type { User } from '../users/user.js';

/** A sign-in whose password was right and whose second factor is awaited. Only functions read and write it. */
@Index({ name: 'sign_in_tickets_user_index', properties: ['userId'] })
@Index({ name: 'sign_in_tickets_expires_index', properties: ['expiresAt'] })
@Entity({ tableName: 'sign_in_tickets', rowLevelSecurity: 'force', policies: [definerPolicy] })
export class SignInTicket {
  /** SHA-256 of the ticket. */
  @PrimaryKey({ type: 'text', columnType: 'text' })
  hash!: string;

  @OfUser()
  user?: User;

  @Property({ type: 'uuid' })
  userId!: string;

  /** Null unless the account has signed in on the device before. */
  @Property({ type: 'uuid', nullable: true })
  deviceId!: string | null;

  /** A digest that changes with the password. */
  @Property({ type: 'text', columnType: 'text' })
  passwordMark!: string;

  /** Codes that were wrong or are being looked at. */
  @Property({ type: 'integer', default: 0 })
  failures!: number;

  @Property({ type: 'datetime', length: 3 })
  expiresAt!: Date;
}
