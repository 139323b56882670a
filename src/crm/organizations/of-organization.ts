import { ManyToOne } from '@mikro-orm/decorators/legacy';
import { Organization } from './organization.js';

/** The foreign key of `organizationId`, for rows that are no records. It is neither read nor written. */
export const OfOrganization = () =>
  ManyToOne({
    entity: () => Organization,
    persist: false,
    hydrate: false,
    joinColumns: ['organization_id'],
    referencedColumnNames: ['id'],
    deleteRule: 'restrict',
    updateRule: 'no action',
  });
