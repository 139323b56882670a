import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { definerPolicy } from '../policies.js';

/** Failed sign-ins in a row, by account or, where there is none, by what was typed. Reached through functions only. */
@Entity({ tableName: 'sign_in_attempts', rowLevelSecurity: 'force', policies: [definerPolicy] })
export class SignInAttempts {
  @PrimaryKey({ type: 'text', columnType: 'text' })
  key!: string;

  @Property({ type: 'integer' })
  failures!: number;

  @Property({ type: 'datetime', length: 3 })
  retryAt!: Date;
}
