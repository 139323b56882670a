import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Field, FieldResolver, Info, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { holds, isPrivileged } from '../../platform/auth/viewer.js';
import { sql } from '../../platform/database/sql.js';
import { Forbidden } from '../../platform/errors.js';
import type { Context } from '../../platform/graphql/context.js';
import { Selection } from '../../platform/reading/selection.js';
import { listArgumentsOf } from '../../platform/records/list-arguments.js';
import { type Connection, type ListArguments, PageInfo } from '../../platform/records/lists.js';
import type { RecordRow } from '../../platform/records/record-row.js';
import { declareEnum } from '../../platform/schema/enums.js';
import { DateTimeScalar } from '../../platform/schema/scalars.js';
import { User } from '../users/user.js';
import { Permission, Role } from './role.js';
import { RoleHolder } from './role-holder.js';

const RoleSource = declareEnum('RoleSource', 'How a user got a role.', {
  ASSIGNMENT: 'Assigned to the user, with `assignRole`.',
  EMPLOYEE: "Through the user's employee record, whose primary role it is.",
});
type RoleSource = keyof typeof RoleSource;

@ObjectType({ simpleResolvers: true, description: 'A user who holds a role.' })
class RoleUserEdge {
  @Field(() => String, { description: 'Cursor of the row, to pass as `after` or `before`.' })
  cursor!: string;

  @Field(() => User, { description: 'The user who holds the role.' })
  node!: User;

  @Field(() => [RoleSource], { description: 'How the user got the role.' })
  sources!: RoleSource[];

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When the role was assigned; null if it comes from the employee record only.',
  })
  assignedAt!: string | null;

  @Field(() => User, { nullable: true, description: 'The user who assigned the role.' })
  assignedBy!: User | null;
}

@ObjectType({ simpleResolvers: true, description: 'A page of users who hold a role.' })
class RoleUserConnection {
  @Field(() => Int, { description: 'Number of users on all pages together.' })
  totalCount?: number;

  @Field(() => PageInfo, { description: 'Position of this page in its list.' })
  pageInfo!: PageInfo;

  @Field(() => [User], { description: 'The users on this page.' })
  nodes!: User[];

  @Field(() => [RoleUserEdge], { description: 'The users on this page, with how and when they got the role.' })
  edges!: RoleUserEdge[];
}

const HolderArgs = listArgumentsOf(User, 'by last name, users without one by username');

interface Holder {
  user: User;
  byAssignment: boolean;
  byEmployee: boolean;
  assignedAt: string | null;
  assignedBy: User | null;
}

/** The selection on the view that provides the selected fields of its users. */
function holderSelection(page: Selection): Selection {
  const edge = page.at('edges');
  const all = new Selection();
  const holder = Selection.from({
    user: page.at('nodes').with(edge.at('node')),
    byAssignment: all,
    byEmployee: all,
    assignedAt: all,
    ...(edge.has('assignedBy') && { assignedBy: edge.at('assignedBy') }),
  });
  return page.with(Selection.from({ edges: Selection.from({ node: holder, cursor: all }) }));
}

@Resolver(() => Role)
export class RoleFields {
  @FieldResolver(() => [Permission], {
    nullable: true,
    description:
      "Permissions that the role grants, by resource and action. Needs role:read, except for the caller's own roles.",
  })
  async permissions(
    @Root() { id }: RecordRow<Role>,
    @Ctx() { read, viewer }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const permissions = await read.load<object[] | null>(info, id, async (roles) => {
      const source = sql`
        (
          select r.id as holder, p.*
          from unnest(${roles}::uuid[]) as r(id)
          cross join lateral permissions_of_role(r.id) p
        ) as t`;
      const order = sql`t.resource_sort, t.action_sort, t.id`;
      const found = await read.byKeys(Permission, 'holder', roles, Selection.of(info), { source, order });
      if (holds(viewer, 'role:read')) return roles.map((role) => found.get(role) ?? []);
      const own = await read.query(sql`
        select r.id
        from memberships m
        cross join lateral roles_held(m.user_id, m.organization_id) r
        where m.user_id = ${viewer.userId}::uuid
          and m.is_active
          and r.id = any(${roles}::uuid[])`);
      const mine = new Set(own.map((role) => role.id));
      return roles.map((role) => (mine.has(role) ? (found.get(role) ?? []) : null));
    });
    if (!permissions)
      throw new Forbidden('MISSING_PERMISSION', 'This needs the permission role:read', { permission: 'role:read' });
    return permissions;
  }

  @FieldResolver(() => RoleUserConnection, {
    nullable: true,
    description: 'Users who hold the role, by last name.',
  })
  async users(
    @Root() { id }: RecordRow<Role>,
    @Args(() => HolderArgs) { filter, ...args }: ListArguments,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<RoleUserConnection> {
    const page = holderSelection(Selection.of(info));
    const { edges = [], ...rest } = (await read.children(
      RoleHolder,
      'role',
      id,
      { ...args, filter: filter && { user: filter } },
      info,
      undefined,
      page,
    )) as Connection<Holder> & {
      pageInfo: PageInfo;
    };
    return {
      ...rest,
      nodes: edges.map(({ node }) => node.user),
      edges: edges.map(({ cursor, node: { user, byAssignment, byEmployee, assignedAt, assignedBy } }) => ({
        cursor,
        node: user,
        sources: [...(byAssignment ? (['ASSIGNMENT'] as const) : []), ...(byEmployee ? (['EMPLOYEE'] as const) : [])],
        assignedAt,
        assignedBy,
      })),
    };
  }
}

@ObjectType({ simpleResolvers: true, description: 'The permissions for one resource.' })
class PermissionGroup {
  @Field(() => String, { description: 'Name of the resource, e.g. `customer`.' })
  resource!: string;

  @Field(() => [Permission], { description: 'Permissions for the resource, by action.' })
  permissions!: object[];
}

@ObjectType({ simpleResolvers: true, description: "The caller's permissions for one resource." })
class ResourcePermissions {
  @Field(() => String, { description: 'Name of the resource, e.g. `customer`.' })
  resource!: string;

  @Field(() => [String], { description: 'Actions that the caller may perform, in alphabetical order.' })
  actions!: string[];
}

@Resolver()
export class OwnAccessResolver {
  @Query(() => [Role], {
    nullable: true,
    description: "Lists the caller's active roles in the active organization; empty without one, and for an API key.",
  })
  async myRoles(@Ctx() { read, viewer }: Context, @Info() info: GraphQLResolveInfo) {
    const { userId, organization } = viewer;
    if (!userId || !organization) return [];
    const source = sql`
      (
        select ${userId}::uuid as holder, r.*
        from roles_held(${userId}::uuid, ${organization.id}::uuid) r
      ) as t`;
    const order = sql`t.name_sort, t.id`;
    const found = await read.byKeys(Role, 'holder', [userId], Selection.of(info), { source, order });
    return found.get(userId) ?? [];
  }

  @Query(() => [ResourcePermissions], {
    nullable: true,
    description:
      "Lists the caller's permissions in the active organization, by resource; empty without an organization.",
  })
  async myPermissions(@Ctx() { read, viewer }: Context): Promise<ResourcePermissions[]> {
    if (!viewer.organization) return [];
    const held = isPrivileged(viewer)
      ? await read.query(sql`
          select resource, action
          from permissions
          where organization_id = ${viewer.organization.id}::uuid`)
      : [...viewer.organization.permissions].map((name) => {
          const [resource, action] = name.split(':');
          return { resource, action };
        });
    const groups = Map.groupBy(held as { resource: string; action: string }[], ({ resource }) => resource);
    return [...groups.keys()].sort().map((resource) => ({
      resource,
      actions: groups
        .get(resource)!
        .map(({ action }) => action)
        .sort(),
    }));
  }

  @Query(() => [PermissionGroup], {
    nullable: true,
    description: 'Lists the permissions of the organization, grouped by resource in alphabetical order.',
  })
  async permissionsByResource(@Ctx() { read }: Context, @Info() info: GraphQLResolveInfo): Promise<PermissionGroup[]> {
    const rows = await read.all(
      Permission,
      Selection.of(info)
        .at('permissions')
        .with(Selection.from({ resource: new Selection() })),
      { narrowing: () => sql`true`, order: sql`t.resource_sort, t.action_sort, t.id` },
    );
    const groups = Map.groupBy(rows, ({ resource }) => resource as string);
    return [...groups].map(([resource, permissions]) => ({ resource, permissions }));
  }
}
