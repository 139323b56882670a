import type { GraphQLResolveInfo } from 'graphql';
import { Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { type Fragment, sql } from '../../platform/database/sql.js';
import type { Context } from '../../platform/graphql/context.js';
import type { Referred } from '../../platform/reading/projection.js';
import { Selection } from '../../platform/reading/selection.js';
import type { RecordRow } from '../../platform/records/record-row.js';
import { Membership } from '../organizations/membership.js';
import { UserProfile } from '../organizations/user-profile.js';
import { User } from '../users/user.js';
import { Role } from './role.js';

/**
 * Active roles of each holder, by name. Row-level security hides roles of the caller's other organizations, so the rows
 * come from a function of the database that returns the caller's own roles.
 */
function rolesOf(read: Context['read'], info: GraphQLResolveInfo, id: string, table: string, organization: Fragment) {
  const user = table === 'users' ? sql`h.id` : sql`h.user_id`;
  return read.load(info, id, async (holders) => {
    const source = sql`
      (
        select h.id as holder, r.*
        from ${sql.ref(table)} h
        cross join lateral roles_held(${user}, ${organization}) r
        where h.id = any(${holders}::uuid[])
      ) as t`;
    const found = await read.byKeys(Role, 'holder', holders, Selection.of(info), {
      source,
      order: sql`t.name_sort, t.id`,
    });
    return holders.map((holder) => found.get(holder) ?? []);
  });
}

@Resolver(() => User)
export class UserRoles {
  @FieldResolver(() => [Role], {
    description: 'Active roles in the active organization, by assignment or through the employee record.',
  })
  roles(
    @Root() { id, isSnapshot }: RecordRow<User> & Referred,
    @Ctx() { read, viewer }: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object[]> | object[] {
    if (isSnapshot) return [];
    return rolesOf(read, info, id, 'users', sql`${viewer.organization?.id ?? null}::uuid`);
  }
}

@Resolver(() => Membership)
export class MembershipRoles {
  @FieldResolver(() => [Role], { description: "The member's active roles in this organization." })
  roles(@Root() { id }: RecordRow<Membership>, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return rolesOf(read, info, id, 'memberships', sql`h.organization_id`);
  }
}

@Resolver(() => UserProfile)
export class ProfileRoles {
  @FieldResolver(() => [Role], { description: "The user's active roles in the organization." })
  roles(@Root() { id }: RecordRow<UserProfile>, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return rolesOf(read, info, id, 'user_profiles', sql`h.organization_id`);
  }
}
