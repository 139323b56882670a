import type { EntityManager } from '../../platform/database/orm.js';
import { systemPermissions, systemRoles } from '../../platform/permissions/catalogue.js';
import { Permission, Role, RolePermission } from './role.js';

/** Gives a new organization the permission catalogue and the default roles; answers the roles by name. */
export function setUpAccess(em: EntityManager, organizationId: string): Map<string, Role> {
  const permissions = new Map(
    systemPermissions.map((name) => {
      const [resource, action] = name.split(':') as [string, string];
      return [name, made(em, new Permission(), { organizationId, resource, action, isSystemPermission: true })];
    }),
  );
  const roles = new Map<string, Role>();
  for (const { name, permissions: granted } of systemRoles) {
    const slug = name.toLowerCase().replaceAll(' ', '-');
    const role = made(em, new Role(), { organizationId, name, slug, isSystemRole: true });
    for (const permission of granted)
      made(em, new RolePermission(), {
        organizationId,
        roleId: role.id,
        permissionId: permissions.get(permission)!.id,
      });
    roles.set(name, role);
  }
  return roles;
}

function made<Entity extends object>(em: EntityManager, entity: Entity, values: Partial<Entity>): Entity {
  em.persist(Object.assign(entity, values));
  return entity;
}
