import { column, sql } from '../../platform/database/sql.js';
import { Decimal, Flag, Int, Name, Reference, Text } from '../../platform/records/decorators.js';
import { Record } from '../../platform/records/record.js';
import { ExternalRecord } from '../../platform/records/tenant-record.js';
import { tenantPolicies } from '../policies.js';
import { Pipeline } from './pipeline.js';

const ofPipeline = (property: 'is_default' | 'name_sort') => (alias: string) =>
  sql`
  (
    select p.${sql.ref(property)}
    from pipelines p
    where p.organization_id = ${column(alias, 'organization_id')}
      and p.id = ${column(alias, 'pipeline_id')}
  )`;

@Record({
  table: 'pipeline_stages',
  plural: 'stages',
  description: 'A step of a pipeline.',
  resource: 'pipeline',
  search: 'columns',
  searched: ['name'],
  sortKeys: {
    PIPELINE_DEFAULT: { type: 'boolean', value: ofPipeline('is_default') },
    PIPELINE_NAME: { type: 'text', value: ofPipeline('name_sort') },
  },
  defaultOrder: [
    { field: 'PIPELINE_DEFAULT', direction: 'DESC' },
    { field: 'PIPELINE_NAME', direction: 'ASC' },
    { field: 'ORDER', direction: 'ASC' },
  ],
  defaultOrderText: 'the default pipeline first, then by pipeline name, then order',
  keys: {
    pipeline: ['pipelineId', 'id'],
    name: ['pipelineId', 'nameSort'],
    order: { over: ['pipelineId', 'order'], isDeferred: true },
    won: { over: ['pipelineId'], where: 'is_closed_won' },
    lost: { over: ['pipelineId'], where: 'is_closed_lost' },
  },
  checks: {
    won: '((NOT is_closed_won) OR (probability = (100)::numeric))',
    lost: '((NOT is_closed_lost) OR (probability = (0)::numeric))',
  },
  policies: tenantPolicies,
})
export class PipelineStage extends ExternalRecord {
  @Reference(() => Pipeline, {
    description: 'The pipeline.',
    onDelete: 'cascade',
    create: 'Pipeline.',
    required: true,
    filter: true,
  })
  pipeline?: Pipeline;
  pipelineId!: string;

  @Name({
    description: 'Name, unique in the pipeline.',
    max: 255,
    required: true,
    create: 'Name, 1–255 characters, unique in the pipeline.',
    update: 'Name.',
    filter: true,
    order: true,
    search: true,
  })
  name!: string;
  nameSort?: string;

  @Text({ description: 'Free text.', nullable: true, input: true })
  description: string | null = null;

  @Int({
    description: 'Position in the pipeline from 1, without gaps.',
    create: 'Position from 1, clamped to the range; by default after the last open stage.',
    by: 'position',
    filter: true,
    order: true,
  })
  order!: number;

  @Decimal({
    description: 'Chance of winning in percent, 0–100, given to deals that enter.',
    precision: 5,
    max: 100,
    create: 'Chance of winning in percent, default 0; 100 on a won stage, 0 on a lost one.',
    update: 'Chance of winning in percent.',
    by: 'chance of winning',
    filter: true,
    order: true,
  })
  probability = '0.00';

  @Flag({
    description: 'Whether deals may enter.',
    input: true,
    default: true,
    by: 'whether deals may enter',
    filter: true,
  })
  isActive = true;

  @Flag({
    description: 'Deals here are won; at most one per pipeline.',
    create: 'Deals here are won.',
    update: 'Deals here are won; only while no deal is on the stage.',
    default: false,
    by: 'whether deals here are won',
    filter: true,
  })
  isClosedWon = false;

  @Flag({
    description: 'Deals here are lost; at most one per pipeline.',
    create: 'Deals here are lost.',
    update: 'Deals here are lost; only while no deal is on the stage.',
    default: false,
    by: 'whether deals here are lost',
    filter: true,
  })
  isClosedLost = false;

  get isOpen(): boolean {
    return !this.isClosedWon && !this.isClosedLost;
  }

  /** Status of the deals on this stage. */
  get outcome(): Outcome {
    return outcomeOf(this);
  }

  /** Whether open deals may enter. */
  get takesOpenDeals(): boolean {
    return this.isActive && this.isOpen;
  }

  /** Sets the probability; a closed flag overrides it. */
  settleProbability(asked: string | null | undefined): void {
    const forced = forcedProbability(this.outcome);
    this.probability = forced === null ? (asked ?? this.probability) : `${forced}.00`;
  }
}

export const byOrder = (a: PipelineStage, b: PipelineStage): number => a.order - b.order;

type Outcome = 'OPEN' | 'WON' | 'LOST';

export const outcomeOf = ({ isClosedWon, isClosedLost }: Partial<ClosedFlags>): Outcome =>
  isClosedWon ? 'WON' : isClosedLost ? 'LOST' : 'OPEN';

type ClosedFlags = Pick<PipelineStage, 'isClosedWon' | 'isClosedLost'>;

/** The percentage of a closed outcome; null for an open one. */
export const forcedProbability = (outcome: Outcome): number | null =>
  outcome === 'OPEN' ? null : outcome === 'WON' ? 100 : 0;
