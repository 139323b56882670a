import { Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { OfOrganization } from '../organizations/of-organization.js';
import type { Organization } from '../organizations/organization.js';
import { tenantPolicies } from '../policies.js';
import { ApiKey } from './api-key.js';

/** The foreign key of `apiKeyId`, for rows that go with their key. It is neither read nor written. */
export const OfApiKey = () =>
  ManyToOne({
    entity: () => ApiKey,
    persist: false,
    hydrate: false,
    joinColumns: ['organization_id', 'api_key_id'],
    referencedColumnNames: ['organization_id', 'id'],
    deleteRule: 'cascade',
    updateRule: 'no action',
  });

/**
 * The current secret of an API key, or a former one that still works. The serving role can neither read nor write
 * these: `request_api_key` finds the key of a hash, and `replace_api_key_secret` stores hashes.
 */
@Index({ name: 'api_key_secrets_key_index', properties: ['organizationId', 'apiKeyId'] })
@Entity({ tableName: 'api_key_secrets', rowLevelSecurity: 'force', policies: tenantPolicies })
export class ApiKeySecret {
  /** SHA-256 of the secret. */
  @PrimaryKey({ type: 'text', columnType: 'text' })
  hash!: string;

  @Property({ type: 'uuid' })
  organizationId!: string;

  @Property({ type: 'uuid' })
  apiKeyId!: string;

  /** Of a former secret; null for the current one. */
  @Property({ type: 'datetime', length: 3, nullable: true })
  expiresAt!: Date | null;

  @OfOrganization()
  organization?: Organization;

  @OfApiKey()
  apiKey?: ApiKey;
}
