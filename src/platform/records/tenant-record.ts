import { v7 } from 'uuid';
import { Id, Instant, Int, Name, Reference } from './decorators.js';
import { Later } from './later.js';

/** What every mutable record has. */
export abstract class VersionedRecord {
  /**
   * Made here and not by the database: the same SQL runs on every PostgreSQL, and the id is known before the insert.
   */
  @Id({ description: 'Id, UUIDv7.', filter: true, by: 'id' })
  id: string = v7();

  @Int({ description: 'Number of the stored version, from 1; grows with every change.' })
  version!: number;

  @Instant({ description: 'Creation time.', filter: true, order: true, by: 'creation time' })
  createdAt: Date = new Date();

  @Instant({ description: 'Time of the last change.', filter: true, order: true, by: 'last change' })
  updatedAt: Date = this.createdAt;
}

/** The record whose id each record of a tenant carries. */
export const tenant = new Later<VersionedRecord>('tenant');

/** A record that belongs to exactly one organization for good. */
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

/** A record that other systems know, too. */
export abstract class ExternalRecord extends TenantRecord {
  @Name({
    description: 'Key in another system, unique in the organization.',
    max: 255,
    nullable: true,
    input: true,
    by: 'key in another system',
    filter: true,
  })
  externalId: string | null = null;
}

// Written as PostgreSQL prints them back: another spelling would be dropped and recreated by every schema diff.
export const activeOrganization = `( SELECT (current_setting('app.organization_id'::text))::uuid AS current_setting)`;
export const activeUser = `( SELECT (current_setting('app.user_id'::text))::uuid AS current_setting)`;

const own = `(organization_id = ${activeOrganization})`;

/** Rows of the active organization only, to read and to write. */
export const tenantPolicy = { name: 'tenant', using: own, check: own };
