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
  description: 'A step of a pipeline, on which deals stand.',
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
  defaultOrderText: 'stages of the default pipeline first, then by name of the pipeline and position',
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
    description: 'The pipeline that the stage belongs to.',
    onDelete: 'cascade',
    create: 'Id of the pipeline to add the stage to.',
    required: true,
    filter: true,
  })
  pipeline?: Pipeline;
  pipelineId!: string;

  @Name({
    description: 'Name of the stage, unique in the pipeline.',
    max: 255,
    required: true,
    create: 'Name of the stage, 1–255 characters, unique in the pipeline.',
    update: 'Name of the stage, 1–255 characters, unique in the pipeline.',
    filter: true,
    order: true,
    search: true,
  })
  name!: string;
  nameSort?: string;

  @Text({ description: 'Free text about the stage, at most 10,000 characters.', nullable: true, input: true })
  description: string | null = null;

  @Int({
    description: 'Position in the pipeline: 1, 2, 3 …, without gaps.',
    create: 'Position in the pipeline, from 1; default: after the last open stage. Greater positions mean the last.',
    by: 'position',
    filter: true,
    order: true,
  })
  order!: number;

  @Decimal({
    description: 'Chance of winning in percent, 0–100, which deals get when they enter the stage.',
    precision: 5,
    max: 100,
    create: 'Chance of winning in percent, 0–100, default 0; 100 on a won stage, 0 on a lost one.',
    update: 'Chance of winning in percent, 0–100; deals already on the stage keep theirs.',
    by: 'chance of winning',
    filter: true,
    order: true,
  })
  probability = '0.00';

  @Flag({
    description: 'Whether deals may enter the stage.',
    input: true,
    default: true,
    by: 'whether deals may enter',
    filter: true,
  })
  isActive = true;

  @Flag({
    description: 'Whether deals on this stage are won; at most one such stage per pipeline.',
    create: 'Whether deals on this stage are won; at most one such stage per pipeline.',
    update: 'Whether deals on this stage are won; can only change while no deal is on the stage.',
    default: false,
    by: 'whether deals on the stage are won',
    filter: true,
  })
  isClosedWon = false;

  @Flag({
    description: 'Whether deals on this stage are lost; at most one such stage per pipeline.',
    create: 'Whether deals on this stage are lost; at most one such stage per pipeline.',
    update: 'Whether deals on this stage are lost; can only change while no deal is on the stage.',
    default: false,
    by: 'whether deals on the stage are lost',
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
