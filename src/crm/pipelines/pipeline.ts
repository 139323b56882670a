import { Unique } from '@mikro-orm/decorators/legacy';
import { sql } from '../../platform/database/sql.js';
import { Computed, Flag, Name, Text } from '../../platform/records/decorators.js';
import { Record } from '../../platform/records/record.js';
import { TenantRecord } from '../../platform/records/tenant-record.js';
import { tenantPolicies } from '../policies.js';

@Unique({ name: 'pipelines_code_key', properties: ['organizationId', 'code'] })
@Unique({ name: 'pipelines_default_key', properties: ['organizationId'], where: 'is_default' })
@Record({
  table: 'pipelines',
  plural: 'pipelines',
  numbers: 'PIPE',
  description: 'A sequence of stages through which deals move.',
  resource: 'pipeline',
  search: 'columns',
  policies: tenantPolicies,
})
export class Pipeline extends TenantRecord {
  @Text({
    description: 'Number, e.g. `PIPE-0001`, unique in the organization.',
    by: 'number',
    filter: true,
    search: true,
  })
  code!: string;

  @Name({
    description: 'Name.',
    max: 255,
    required: true,
    create: 'Name, 1–255 characters.',
    update: 'Name.',
    by: 'name',
    filter: true,
    order: true,
    search: true,
  })
  name!: string;
  nameSort?: string;

  @Text({ description: 'Free text.', nullable: true, input: true, search: true })
  description: string | null = null;

  @Flag({
    description: 'Whether new deals may enter.',
    input: true,
    update: 'Whether new deals may enter; the default pipeline must be active.',
    default: true,
    by: 'whether new deals may enter',
    filter: true,
  })
  isActive = true;

  @Flag({
    description: 'Whether new deals enter here unless told otherwise; exactly one per organization.',
    create: 'Makes it the default; the first pipeline of an organization always is.',
    default: false,
    by: 'whether it is the default',
    filter: true,
  })
  isDefault = false;

  @Computed(
    'int',
    { description: 'Number of stages.' },
    ({ table }) =>
      sql`(select count(*)::integer from pipeline_stages s where s.organization_id = ${table}.organization_id and s.pipeline_id = ${table}.id)`,
  )
  stageCount!: number;
}
