import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Organization } from '../organizations/organization.js';
import { tenantPolicies } from '../policies.js';

/** The last number given out of each kind, e.g. 41 when `CUST-0041` was. Drawn through `draw_codes`. */
@Entity({ tableName: 'code_counters', rowLevelSecurity: 'force', policies: tenantPolicies })
export class CodeCounter {
  @PrimaryKey({ type: 'uuid' })
  organizationId!: string;

  @PrimaryKey({ type: 'text', columnType: 'text' })
  kind!: string;

  @Property({ type: 'integer' })
  last!: number;

  @ManyToOne({
    entity: () => Organization,
    persist: false,
    hydrate: false,
    joinColumns: ['organization_id'],
    referencedColumnNames: ['id'],
    deleteRule: 'restrict',
    updateRule: 'no action',
  })
  organization?: Organization;
}
