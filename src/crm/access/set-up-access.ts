import type { EntityManager } from '../../platform/database/orm.js';
import { systemPermissions, systemRoles } from '../../platform/permissions/catalogue.js';
import { slugOf } from '../../platform/records/slug.js';
import { Permission, Role, RolePermission } from './role.js';

/** Gives a new organization the permission catalogue and the default roles. */
export function setUpAccess(em: EntityManager, organizationId: string): void {
  const permissions = new Map(
    systemPermissions.map((name) => {
      const [resource, action] = name.split(':') as [string, string];
      return [name, made(em, new Permission(), { organizationId, resource, action, isSystemPermission: true })];
    }),
  );
  for (const { name, permissions: granted } of systemRoles) {
    const slug = slugOf(name, 90, 'role');
    const role = made(em, new Role(), { organizationId, name, slug, isSystemRole: true });
    for (const permission of granted)
      made(em, new RolePermission(), {
        organizationId,
        roleId: role.id,
        permissionId: permissions.get(permission)!.id,
      });
  }
}

function made<Entity extends object>(em: EntityManager, entity: Entity, values: Partial<Entity>): Entity {
  em.persist(Object.assign(entity, values));
  return entity;
}
