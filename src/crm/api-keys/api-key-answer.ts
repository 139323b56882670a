import { Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { OfOrganization } from '../organizations/of-organization.js';
import type { Organization } from '../organizations/organization.js';
import { tenantPolicies } from '../policies.js';
import type { ApiKey } from './api-key.js';
import { OfApiKey } from './api-key-secret.js';

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
