import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { slugOf } from '../../platform/records/slug.js';
import { systemPermissions, systemRoles } from '../permissions.js';
import { Permission, Role, RolePermission } from './role.js';

/** Gives a new organization the permission catalogue and the default roles. */
export function setUpAccess(work: Pick<UnitOfWork, 'persist'>, organizationId: string): void {
  const permissions = new Map(
    systemPermissions.map((name) => {
      const [resource, action] = name.split(':') as [string, string];
      return [name, made(work, new Permission(), { organizationId, resource, action, isSystemPermission: true })];
    }),
  );
  for (const { name, permissions: granted } of systemRoles) {
    const slug = slugOf(name, 90, 'role');
    const role = made(work, new Role(), { organizationId, name, slug, isSystemRole: true });
    for (const permission of granted)
      made(work, new RolePermission(), {
        organizationId,
        roleId: role.id,
        permissionId: permissions.get(permission)!.id,
      });
  }
}

function made<Entity extends object>(
  work: Pick<UnitOfWork, 'persist'>,
  entity: Entity,
  values: Partial<Entity>,
): Entity {
  work.persist(Object.assign(entity, values));
  return entity;
}
