import type { DatabaseNames } from '../platform/database/names.js';

/** Databases and roles of this product. Migrations write them out. */
export const databaseNames: DatabaseNames = {
  database: 'crm',
  owner: 'crm_owner',
  serving: 'crm_app',
  definer: 'crm_definer',
};
