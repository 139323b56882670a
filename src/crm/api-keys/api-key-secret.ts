import { Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { OfOrganization } from '../organizations/of-organization.js';
import type { Organization } from '../organizations/organization.js';
import { tenantPolicies } from '../policies.js';
import { ApiKey } from './api-key.js';

/** The foreign key of `apiKeyId`, for rows that go with their key. It is neither read nor written. */
const OfApiKey = () =>
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

/** The response to a mutation of an API key with an Idempotency-Key; see `platform/graphql/idempotency.ts`. */
@Index({ name: 'api_key_answers_created_index', properties: ['organizationId', 'apiKeyId', 'createdAt'] })
@Entity({ tableName: 'api_key_answers', rowLevelSecurity: 'force', policies: tenantPolicies })
export class ApiKeyAnswer {
  @PrimaryKey({ type: 'uuid' })
  organizationId!: string;

  @PrimaryKey({ type: 'uuid' })
  apiKeyId!: string;

  /** Hash of the organization header, operation and key. */
  @PrimaryKey({ type: 'text', columnType: 'text' })
  scope!: string;

  /** Hash of the document and its variables. */
  @Property({ type: 'text', columnType: 'text' })
  request!: string;

  /** Data of the response as JSON. */
  @Property({ type: 'text', columnType: 'text' })
  answer!: string;

  /** Errors of the response as JSON. */
  @Property({ type: 'text', columnType: 'text', nullable: true })
  errors!: string | null;

  /** Always false, as a key is no owner. */
  @Property({ type: 'boolean' })
  isPrivileged!: boolean;

  /** Always null, as a key is no employee. */
  @Property({ type: 'uuid', nullable: true })
  employeeId!: string | null;

  /** The permissions of the key. */
  @Property({ type: 'string[]', columnType: 'text[]' })
  permissions!: string[];

  @Property({ type: 'datetime', length: 3 })
  createdAt!: Date;

  @OfOrganization()
  organization?: Organization;

  @OfApiKey()
  apiKey?: ApiKey;
}
