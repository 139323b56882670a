import { Check, Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { definerPolicy } from '../policies.js';
import { OfUser } from '../users/of-user.js';
import type { User } from '../users/user.js';

/** A link that was mailed: whoever has it may do one thing to one account, once. Only functions read and write it. */
@Index({ name: 'account_tokens_user_index', properties: ['userId', 'kind'] })
@Index({ name: 'account_tokens_expires_index', properties: ['expiresAt'] })
@Check({
  name: 'account_tokens_kind_check',
  expression: `(kind = ANY (ARRAY['VERIFY_EMAIL'::text, 'CHANGE_EMAIL'::text, 'RESET_PASSWORD'::text]))`,
})
@Entity({ tableName: 'account_tokens', rowLevelSecurity: 'force', policies: [definerPolicy] })
export class AccountToken {
  /** SHA-256 of the token. */
  @PrimaryKey({ type: 'text', columnType: 'text' })
  hash!: string;

  @Property({ type: 'text', columnType: 'text' })
  kind!: string;

  @OfUser()
  user?: User;

  @Property({ type: 'uuid' })
  userId!: string;

  /** The address to which it was sent. */
  @Property({ type: 'text', columnType: 'text' })
  email!: string;

  @Property({ type: 'datetime', length: 3 })
  createdAt!: Date;

  @Property({ type: 'datetime', length: 3 })
  expiresAt!: Date;
}
