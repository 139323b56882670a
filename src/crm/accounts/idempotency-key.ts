import { Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { activeUser } from '../../platform/records/tenant-record.js';
import { definerPolicy } from '../policies.js';
import { OfUser } from '../users/of-user.js';
import type { User } from '../users/user.js';

const own = `(user_id = ${activeUser})`;

/** The response to a mutation with an Idempotency-Key. `platform/graphql/idempotency.ts` writes and reads it. */
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

  /** Data of the response as JSON. */
  @Property({ type: 'text', columnType: 'text' })
  answer!: string;

  /** Errors of the response as JSON. */
  @Property({ type: 'text', columnType: 'text', nullable: true })
  errors!: string | null;

  // The defaults serve servers of the previous version, which do not write these columns.
  /** Whether the caller was an owner or superuser. */
  @Property({ type: 'boolean', default: false })
  isPrivileged!: boolean;

  /** The caller's employee record: the response may contain fields that only this employee may read. */
  @Property({ type: 'uuid', nullable: true })
  employeeId!: string | null;

  /** The caller's permissions. */
  @Property({ type: 'string[]', columnType: 'text[]', default: [] })
  permissions!: string[];

  /** The change set of the mutation; null if it changed nothing. */
  @Property({ type: 'uuid', nullable: true })
  changeSetId!: string | null;

  @Property({ type: 'datetime', length: 3 })
  createdAt!: Date;

  @OfUser()
  user?: User;
}
