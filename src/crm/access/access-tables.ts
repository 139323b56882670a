import type { AccessTables } from '../../platform/auth/access-changes.js';

/** The tables that `request_viewer` and `request_api_key` read, and the functions that write to them. */
export const accessTables: AccessTables = {
  organization: [
    'api_key_permissions',
    'api_keys',
    'employees',
    'organizations',
    'permissions',
    'role_permissions',
    'roles',
    'user_roles',
  ],
  // A user may be a member of several organizations, and these decide which of them is active.
  everybody: ['memberships', 'sessions', 'user_profiles', 'user_secrets', 'users'],
  writers: ['hand_over_primary_profile'],
};
