import { Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { definerPolicy } from '../policies.js';

/**
 * Consecutive wrong passwords, and apart from them wrong codes, by account and by each device on which its user has
 * signed in; wrong passwords also by the name entered, known or not. Only functions read and write it.
 */
@Index({ name: 'sign_in_attempts_retry_index', properties: ['retryAt'] })
@Index({
  name: 'sign_in_attempts_account_index',
  expression: `create index sign_in_attempts_account_index on sign_in_attempts (split_part(key, ' device ', 1))`,
})
@Entity({ tableName: 'sign_in_attempts', rowLevelSecurity: 'force', policies: [definerPolicy] })
export class SignInAttempts {
  @PrimaryKey({ type: 'text', columnType: 'text' })
  key!: string;

  @Property({ type: 'integer' })
  failures!: number;

  @Property({ type: 'datetime', length: 3 })
  retryAt!: Date;
}
