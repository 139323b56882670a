import { permissionRules } from '../platform/permissions/rules.js';

const resources = ['customer', 'lead', 'deal', 'pipeline', 'employee', 'vendor', 'activity', 'role'] as const;
const actions = ['create', 'read', 'update', 'delete'] as const;

type Resource = (typeof resources)[number];
type Action = (typeof actions)[number];
export type PermissionName = `${Resource}:${Action}` | 'analytics:read' | 'organization:read' | 'organization:update';

/** The permissions that every organization is created with. */
export const systemPermissions: readonly PermissionName[] = [
  ...resources.flatMap((resource) => actions.map((action): PermissionName => `${resource}:${action}`)),
  'analytics:read',
  'organization:read',
  'organization:update',
];

/** One shield rule for each permission, e.g. `can['customer:read']`. */
export const can = permissionRules(systemPermissions, { access: ['role'] });

const initials = { C: 'create', R: 'read', U: 'update', D: 'delete' } as const;
type Grants = Partial<Record<Resource | 'analytics' | 'organization', string>>;

/** The roles that every organization is created with, resource by resource: C create, R read, U update, D delete. */
// biome-ignore format: a table
const roleTable: Record<string, Grants> = {
  Admin: {
    ...Object.fromEntries(resources.map((resource) => [resource, 'CRUD'])),
    analytics: 'R',
    organization: 'RU',
  },
  'Sales Manager': {
    customer: 'CRUD', lead: 'CRUD', deal: 'CRUD', pipeline: 'CRU', activity: 'CRUD',
    vendor: 'R', employee: 'R', role: 'R', analytics: 'R', organization: 'R',
  },
  'Sales Rep': {
    customer: 'CRU', lead: 'CRU', deal: 'CRU', pipeline: 'R', activity: 'CRU',
    vendor: 'R', employee: 'R', organization: 'R',
  },
  'Marketing Rep': {
    customer: 'R', lead: 'CRU', deal: 'R', pipeline: 'R', activity: 'CRU', employee: 'R', organization: 'R',
  },
  Viewer: {
    customer: 'R', lead: 'R', deal: 'R', pipeline: 'R', activity: 'R',
    vendor: 'R', employee: 'R', role: 'R', analytics: 'R', organization: 'R',
  },
};

export const systemRoles = Object.entries(roleTable).map(([name, grants]) => ({
  name,
  permissions: Object.entries(grants).flatMap(([resource, letters]) =>
    [...letters].map((letter) => `${resource}:${initials[letter as keyof typeof initials]}` as PermissionName),
  ),
}));
