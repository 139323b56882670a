import { tenantPolicy } from '../platform/records/tenant-record.js';
import { databaseNames } from './database-names.js';

/** Functions of the database narrow their rows themselves. */
export const definerPolicy = { name: 'definer', roles: [databaseNames.definer], using: 'true', check: 'true' };

/** Policies of what belongs to one organization. */
export const tenantPolicies = [tenantPolicy, definerPolicy];
