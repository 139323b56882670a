import { sql } from '../../platform/database/sql.js';
import { Conflict, type Refusal } from '../../platform/errors.js';
import { Computed, Flag, Name, Text } from '../../platform/records/decorators.js';
import { Record } from '../../platform/records/record.js';
import { ExternalRecord } from '../../platform/records/tenant-record.js';
import { tenantPolicies } from '../policies.js';
import { Code } from '../properties.js';

@Record({
  table: 'pipelines',
  plural: 'pipelines',
  numbers: 'PIPE',
  description: 'A sales process: a sequence of stages through which deals move.',
  resource: 'pipeline',
  search: 'columns',
  searched: ['name', 'description'],
  keys: { code: ['code'], default: { over: [], where: 'is_default' } },
  policies: tenantPolicies,
})
export class Pipeline extends ExternalRecord {
  @Code('PIPE-0001')
  code!: string;

  @Name({
    description: 'Name of the pipeline.',
    max: 255,
    required: true,
    create: 'Name of the pipeline, 1–255 characters.',
    update: 'Name of the pipeline, 1–255 characters.',
    filter: true,
    order: true,
    search: true,
  })
  name!: string;
  nameSort?: string;

  @Text({
    description: 'Free text about the pipeline, at most 10,000 characters.',
    nullable: true,
    input: true,
    search: true,
  })
  description: string | null = null;

  @Flag({
    description: 'Whether new deals may enter the pipeline.',
    input: true,
    update: 'Whether new deals may enter the pipeline; the default pipeline must be active.',
    default: true,
    by: 'whether new deals may enter',
    filter: true,
  })
  isActive = true;

  @Flag({
    description: 'Whether deals enter this pipeline when none is given; exactly one per organization.',
    create: 'Makes the pipeline the default; the first one of an organization always is.',
    default: false,
    by: 'whether it is the default',
    filter: true,
  })
  isDefault = false;

  @Computed(
    'int',
    { description: 'Number of stages in the pipeline.' },
    ({ table }) => sql`
      (
        select count(*)::integer
        from pipeline_stages s
        where s.organization_id = ${table}.organization_id
          and s.pipeline_id = ${table}.id
      )`,
  )
  readonly stageCount!: number;

  /** Raises the version: a change of the stages' order is a change of the pipeline. */
  touch(): void {
    this.updatedAt = new Date();
  }

  /** DEFAULT_PIPELINE: new deals enter the default pipeline. */
  deactivationRefused(): Refusal {
    const message = 'The default pipeline stays active; make another pipeline the default first';
    return this.isDefault && new Conflict('DEFAULT_PIPELINE', message);
  }

  /** DEFAULT_PIPELINE: an organization always has a default pipeline. */
  deletionRefused(): Refusal {
    const message = 'The default pipeline cannot be deleted; make another pipeline the default first';
    return this.isDefault && new Conflict('DEFAULT_PIPELINE', message);
  }

  /** PIPELINE_INACTIVE: the default pipeline takes new deals. */
  defaultRefused(): Refusal {
    const message = 'An inactive pipeline cannot be the default; activate it first';
    return !this.isDefault && !this.isActive && new Conflict('PIPELINE_INACTIVE', message);
  }
}
