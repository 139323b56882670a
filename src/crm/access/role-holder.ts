import type { Viewer } from '../../platform/auth/viewer.js';
import { column, sql } from '../../platform/database/sql.js';
import { sortKeyOf } from '../../platform/reading/keyset.js';
import { Flag, Id, Instant, Reference } from '../../platform/records/decorators.js';
import { constantCase } from '../../platform/records/property.js';
import { Record, recordOf } from '../../platform/records/record.js';
import { User } from '../users/user.js';
import { Role } from './role.js';

const ofUser = ({ type, value }: ReturnType<typeof sortKeyOf>) => ({
  type,
  value: (alias: string, viewer: Viewer) => sql`
        (
          select ${value('u', viewer)}
          from users u
          where u.id = ${column(alias, 'user_id')}
        )`,
});

/** The sort keys of users, by which `Role.users` can be ordered. */
const keysOfUsers = Object.fromEntries(
  [...recordOf(User).properties.values()]
    .filter(({ order }) => order)
    .map((spec) => [constantCase(spec.name), ofUser(sortKeyOf(spec))]),
);

/** A user who has a role by assignment, employee record or both; one row for each user. A view. */
@Record({
  table: 'role_holders',
  view: true,
  plural: 'holders',
  description: 'A user who holds a role.',
  search: { via: 'user' },
  sortKeys: {
    FAMILY_NAME: ofUser({ type: 'text', value: () => sql`coalesce(u.last_name_sort, u.username_sort)` }),
    ...keysOfUsers,
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
