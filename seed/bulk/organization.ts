import { systemPermissions, systemRoles } from '../../src/crm/permissions.js';
import { addRows, type BulkTenant, founding } from './tenant.js';
import { industries } from './words.js';

const places = [
  { currency: 'USD', timezone: 'America/New_York' },
  { currency: 'EUR', timezone: 'Europe/Berlin' },
  { currency: 'GBP', timezone: 'Europe/London' },
];

export const nameOf = (number: number): string => `Bulk ${String(number).padStart(2, '0')}`;

/** Adds the organization with its permission catalogue and default roles. Returns the ids of the roles by name. */
export async function addOrganization(tenant: BulkTenant): Promise<Map<string, string>> {
  const { client, number, organizationId } = tenant;
  const name = nameOf(number);
  // Bypasses free_slug, which serializes the creation of organizations whose names only differ in a number.
  const slug = name.toLowerCase().replace(' ', '-');
  const industry = industries[number % industries.length];
  const details = { name, slug, industry, settings: {}, is_active: true };
  await addRows(client, 'organizations', [
    { ...founding(tenant, 'organization'), id: organizationId, ...details, ...places[number % places.length] },
  ]);

  const permissions = systemPermissions.map((permission) => {
    const [resource, action] = permission.split(':');
    const born = founding(tenant, `permission ${permission}`);
    return { ...born, organization_id: organizationId, resource, action, is_system_permission: true };
  });
  await addRows(client, 'permissions', permissions);

  const roles = systemRoles.map(({ name: role }) => {
    const names = { name: role, slug: role.toLowerCase().replaceAll(' ', '-') };
    const flags = { is_system_role: true, is_active: true };
    return { ...founding(tenant, `role ${role}`), organization_id: organizationId, ...names, ...flags };
  });
  await addRows(client, 'roles', roles);

  const grants = systemRoles.flatMap(({ name: role, permissions: granted }) =>
    granted.map((permission) => ({
      ...founding(tenant, `grant of ${permission} to ${role}`),
      organization_id: organizationId,
      role_id: founding(tenant, `role ${role}`).id,
      permission_id: founding(tenant, `permission ${permission}`).id,
    })),
  );
  await addRows(client, 'role_permissions', grants);
  return new Map(roles.map(({ name: role, id }) => [role, id]));
}
