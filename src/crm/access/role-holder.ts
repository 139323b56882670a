import { column, type Fragment, sql } from '../../platform/database/sql.js';
import { Flag, Id, Instant, Reference } from '../../platform/records/decorators.js';
import { Record } from '../../platform/records/record.js';
import { User } from '../users/user.js';
import { Role } from './role.js';

const ofUser = (type: string, value: Fragment) => ({
  type,
  value: (alias: string) => sql`
        (
          select ${value}
          from users u
          where u.id = ${column(alias, 'user_id')}
        )`,
});

/** A user who has a role by assignment, employee record or both; one row for each user. A view. */
@Record({
  table: 'role_holders',
  view: true,
  plural: 'holders',
  description: 'A user who holds a role.',
  search: { via: 'user' },
  sortKeys: {
    FAMILY_NAME: ofUser('text', sql`coalesce(u.last_name_sort, u.username_sort)`),
    // The sort keys of users.
    CREATED_AT: ofUser('timestamptz', sql`u.created_at`),
    UPDATED_AT: ofUser('timestamptz', sql`u.updated_at`),
    USERNAME: ofUser('text', sql`u.username_sort`),
    EMAIL: ofUser('text', sql`u.email_sort`),
    LAST_NAME: ofUser('text', sql`u.last_name_sort`),
    LAST_LOGIN_AT: ofUser('timestamptz', sql`u.last_login_at`),
  },
  defaultOrder: [{ field: 'FAMILY_NAME', direction: 'ASC' }],
  policies: [],
})
export class RoleHolder {
  @Id({ description: 'Id of the user.' })
  id!: string;

  @Reference(() => Role, { description: 'The role.' })
  role?: Role;

  @Reference(() => User, { description: 'The user.', tenant: false })
  user?: User;

  @Flag({ description: 'Whether the role is assigned.' })
  byAssignment!: boolean;

  @Flag({ description: 'Whether the employee record gives it.' })
  byEmployee!: boolean;

  @Instant({ description: 'When it was assigned.', nullable: true })
  assignedAt!: Date | null;

  @Reference(() => User, { description: 'The user who assigned the role.', tenant: false })
  assignedBy?: User | null;
}
