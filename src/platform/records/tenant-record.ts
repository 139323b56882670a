import { v7 } from 'uuid';
import { Id, Instant, Int, Name, Reference } from './decorators.js';
import { Later } from './later.js';

/** The properties of every mutable record. */
export abstract class VersionedRecord {
  /**
   * Generated here, so that the id is known before the insert, and so that old versions of PostgreSQL work as well.
   */
  @Id({ description: 'Unique id of the record, a UUIDv7.', filter: true, by: 'id' })
  id: string = v7();

  @Int({
    description: 'Version of the stored record, from 1; increases with every change. Pass it as `expectedVersion`.',
  })
  version!: number;

  @Instant({ description: 'When the record was created.', filter: true, order: true, by: 'creation time' })
  createdAt: Date = new Date();

  @Instant({ description: 'When the record was last changed.', filter: true, order: true, by: 'last change' })
  updatedAt: Date = this.createdAt;
}

/** The tenant: the record that every tenant record refers to. */
export const tenant = new Later<VersionedRecord>('tenant');

/** A record of exactly one organization, which never changes. */
export abstract class TenantRecord extends VersionedRecord {
  @Reference(() => tenant.type, {
    description: 'The organization.',
    onDelete: 'restrict',
    tenant: false,
    hidden: true,
  })
  organization?: unknown;
  organizationId!: string;
}

/** A record that another system may know as well. */
export abstract class ExternalRecord extends TenantRecord {
  @Name({
    description: "Key of the record in another system, unique among the organization's records of this type.",
    max: 255,
    nullable: true,
    input: true,
    by: 'key in another system',
    filter: true,
  })
  externalId: string | null = null;
}

// Spelled as PostgreSQL prints them; with another spelling, every schema diff would drop and recreate the policies.
export const activeOrganization = `( SELECT (current_setting('app.organization_id'::text))::uuid AS current_setting)`;
export const activeUser = `( SELECT (current_setting('app.user_id'::text))::uuid AS current_setting)`;

const inActiveOrganization = `(organization_id = ${activeOrganization})`;

/** Allows reading and writing rows of the active organization only. */
export const tenantPolicy = { name: 'tenant', using: inActiveOrganization, check: inActiveOrganization };
