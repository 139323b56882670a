import { Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { activeUser } from '../../platform/records/tenant-record.js';
import { definerPolicy } from '../policies.js';
import { User } from '../users/user.js';

const own = `(user_id = ${activeUser})`;

/** The answer to a mutation that was sent with an Idempotency-Key; `platform/graphql/idempotency.ts` writes and reads it. */
@Index({ name: 'idempotency_keys_created_index', properties: ['userId', 'createdAt'] })
@Entity({
  tableName: 'idempotency_keys',
  rowLevelSecurity: 'force',
  policies: [{ name: 'own', using: own, check: own }, definerPolicy],
})
export class IdempotencyKey {
  @PrimaryKey({ type: 'uuid' })
  userId!: string;

  /** Hash of the organization header, operation and key. */
  @PrimaryKey({ type: 'text', columnType: 'text' })
  scope!: string;

  /** Hash of the document and its variables. */
  @Property({ type: 'text', columnType: 'text' })
  request!: string;

  /** The answer's data as JSON. */
  @Property({ type: 'text', columnType: 'text' })
  answer!: string;

  /** Its errors as JSON, as they were told. */
  @Property({ type: 'text', columnType: 'text', nullable: true })
  errors!: string | null;

  // The defaults are for servers of the version before, which know neither.
  /** Whether an owner or superuser got the answer. */
  @Property({ type: 'boolean', default: false })
  isPrivileged!: boolean;

  /** The employee record of whoever got the answer: what only that employee may read may be in it. */
  @Property({ type: 'uuid', nullable: true })
  employeeId!: string | null;

  /** Permissions of whoever got the answer. */
  @Property({ type: 'string[]', columnType: 'text[]', default: [] })
  permissions!: string[];

  @Property({ type: 'datetime', length: 3 })
  createdAt!: Date;

  @ManyToOne({
    entity: () => User,
    persist: false,
    hydrate: false,
    joinColumns: ['user_id'],
    referencedColumnNames: ['id'],
    deleteRule: 'cascade',
    updateRule: 'no action',
  })
  user?: User;
}
