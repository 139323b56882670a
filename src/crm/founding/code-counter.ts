import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { OfOrganization } from '../organizations/of-organization.js';
import type { Organization } from '../organizations/organization.js';
import { tenantPolicies } from '../policies.js';

/** The last number of each kind, e.g. 41 after `CUST-0041`. `draw_codes` draws the next. */
@Entity({ tableName: 'code_counters', rowLevelSecurity: 'force', policies: tenantPolicies })
export class CodeCounter {
  @PrimaryKey({ type: 'uuid' })
  organizationId!: string;

  @PrimaryKey({ type: 'text', columnType: 'text' })
  kind!: string;

  @Property({ type: 'integer' })
  last!: number;

  @OfOrganization()
  organization?: Organization;
}
