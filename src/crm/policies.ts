import { tenantPolicy } from '../platform/records/tenant-record.js';
import { databaseNames } from './database-names.js';

/** Functions of the database restrict their rows themselves. */
export const definerPolicy = { name: 'definer', roles: [databaseNames.definer], using: 'true', check: 'true' };

/** Policies of tables whose rows belong to one organization. */
export const tenantPolicies = [tenantPolicy, definerPolicy];
