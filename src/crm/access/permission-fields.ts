import type { GraphQLResolveInfo } from 'graphql';
import { Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { sql } from '../../platform/database/sql.js';
import type { Context } from '../../platform/graphql/context.js';
import { Selection } from '../../platform/reading/selection.js';
import type { RecordRow } from '../../platform/records/record-row.js';
import { Permission, Role } from './role.js';

@Resolver(() => Permission)
export class PermissionFields {
  @FieldResolver(() => [Role], {
    nullable: true,
    description: 'Roles of the active organization that grant the permission, by name.',
  })
  roles(@Root() { id }: RecordRow<Permission>, @Ctx() { read, viewer }: Context, @Info() info: GraphQLResolveInfo) {
    return read.load<object[]>(info, id, async (permissions) => {
      const source = sql`
        (
          select g.permission_id as holder, r.*
          from role_permissions g
          join roles r on r.organization_id = g.organization_id and r.id = g.role_id
          where g.organization_id = ${viewer.organization?.id ?? null}::uuid
            and g.permission_id = any(${permissions}::uuid[])
        ) as t`;
      const order = sql`t.name_sort, t.id`;
      const found = await read.byKeys(Role, 'holder', permissions, Selection.of(info), { source, order });
      return permissions.map((permission) => found.get(permission) ?? []);
    });
  }
}
