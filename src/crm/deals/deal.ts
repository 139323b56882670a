import { Check, Index, Unique } from '@mikro-orm/decorators/legacy';
import { column, sql } from '../../platform/database/sql.js';
import { Conflict } from '../../platform/errors.js';
import {
  Choice,
  Computed,
  Currency,
  Day,
  Decimal,
  Name,
  Reference,
  Tags,
  Text,
} from '../../platform/records/decorators.js';
import { Record, relate } from '../../platform/records/record.js';
import { ExternalRecord } from '../../platform/records/tenant-record.js';
import { declareEnum } from '../../platform/schema/enums.js';
import { Customer } from '../customers/customer.js';
import { assignable } from '../employees/assignable.js';
import { Employee } from '../employees/employee.js';
import { later } from '../later.js';
import { Lead } from '../leads/lead.js';
import { Pipeline } from '../pipelines/pipeline.js';
import { PipelineStage } from '../pipelines/pipeline-stage.js';
import { tenantPolicies } from '../policies.js';

export const DealStatus = declareEnum(
  'DealStatus',
  'Outcome of a deal.',
  { OPEN: 'Still being worked on.', WON: 'Closed, we got it.', LOST: 'Closed, we did not get it.' },
  'a deal status',
);
export type DealStatus = keyof typeof DealStatus;

export const DealPriority = declareEnum(
  'DealPriority',
  'Priority of a deal.',
  { LOW: 'Low.', MEDIUM: 'Medium.', HIGH: 'High.', URGENT: 'Urgent.' },
  'a deal priority',
);
export type DealPriority = keyof typeof DealPriority;

/** What closing may be told; each has a default. */
export interface Closing {
  on: string;
  lostReason?: string | null;
}

/** Where a deal stands, for its history. */
export type Standing = Pick<Deal, 'stageId' | 'status'>;

@Unique({ name: 'deals_external_key', properties: ['organizationId', 'externalId'] })
@Unique({ name: 'deals_code_key', properties: ['organizationId', 'code'] })
@Index({ name: 'deals_status_index', properties: ['organizationId', 'status'] })
@Index({ name: 'deals_stage_index', properties: ['organizationId', 'stageId', 'createdAt', 'id'] })
@Index({ name: 'deals_pipeline_index', properties: ['organizationId', 'pipelineId', 'status'] })
@Index({ name: 'deals_customer_index', properties: ['organizationId', 'customerId', 'createdAt', 'id'] })
@Index({ name: 'deals_lead_index', properties: ['organizationId', 'leadId', 'createdAt', 'id'] })
@Index({ name: 'deals_assigned_index', properties: ['organizationId', 'assignedToId', 'status'] })
@Index({ name: 'deals_created_index', properties: ['organizationId', 'createdAt', 'id'] })
@Index({
  name: 'deals_expected_close_index',
  expression: `create index deals_expected_close_index on deals (organization_id, expected_close_date, id) where (status = 'OPEN'::text)`,
})
@Index({
  name: 'deals_actual_close_index',
  expression: `create index deals_actual_close_index on deals (organization_id, actual_close_date, id) where (status = 'WON'::text)`,
})
@Index({
  name: 'deals_search_index',
  expression: 'create index deals_search_index on deals using gin (organization_id, search_text gin_trgm_ops)',
})
@Check({
  name: 'deals_open_check',
  expression: `((status <> 'OPEN'::text) OR ((actual_close_date IS NULL) AND (lost_reason IS NULL) AND (pipeline_id IS NOT NULL) AND (stage_id IS NOT NULL)))`,
})
@Check({
  name: 'deals_won_check',
  expression: `((status <> 'WON'::text) OR ((probability = (100)::numeric) AND (actual_close_date IS NOT NULL) AND (lost_reason IS NULL)))`,
})
@Check({
  name: 'deals_lost_check',
  expression: `((status <> 'LOST'::text) OR ((probability = (0)::numeric) AND (actual_close_date IS NOT NULL)))`,
})
@Check({
  name: 'deals_expected_revenue_check',
  expression: '(NOT (expected_revenue IS DISTINCT FROM round(((value * probability) / (100)::numeric), 2)))',
})
@Record({
  table: 'deals',
  plural: 'deals',
  numbers: 'DEAL',
  description: 'A sale in progress or closed.',
  resource: 'deal',
  search: 'function',
  sortKeys: {
    STAGE_ORDER: {
      description: 'By position of the stage.',
      type: 'integer',
      value: (alias) =>
        sql`(select s."order" from pipeline_stages s where s.organization_id = ${column(alias, 'organization_id')} and s.id = ${column(alias, 'stage_id')})`,
    },
  },
  policies: tenantPolicies,
})
export class Deal extends ExternalRecord {
  @Text({
    description: 'Number, e.g. `DEAL-0001`, unique in the organization.',
    by: 'number',
    filter: true,
    search: true,
  })
  code!: string;

  @Name({
    description: 'What is being sold, 3–200 characters.',
    min: 3,
    max: 200,
    required: true,
    input: true,
    by: 'title',
    filter: true,
    order: true,
    search: true,
  })
  title!: string;

  @Text({ description: 'Free text.', nullable: true, input: true })
  description: string | null = null;

  @Reference(() => Customer, {
    description: 'Who buys.',
    input: 'Who buys; default the customer that the lead became.',
    by: 'customer',
    filter: true,
  })
  customer?: Customer | null;
  customerId: string | null = null;

  @Reference(() => Lead, { description: 'The lead it came from.', input: true, by: 'lead', filter: true })
  lead?: Lead | null;
  leadId: string | null = null;

  @Reference(() => Pipeline, {
    description: 'Pipeline; null only on a closed deal whose pipeline was deleted.',
    create: "Pipeline; default the stage's, else the default pipeline.",
    update: 'Pipeline; without `stageId` the deal enters the matching stage there.',
    by: 'pipeline',
    filter: true,
  })
  pipeline?: Pipeline | null;
  pipelineId: string | null = null;

  @Reference(() => PipelineStage, {
    description: 'Stage; null only on a closed deal whose pipeline was deleted.',
    create: 'Stage; default the first open stage. A closed stage creates a closed deal.',
    update: 'Stage; same effects as `moveDealStage`.',
    by: 'stage',
    filter: true,
  })
  stage?: PipelineStage | null;
  stageId: string | null = null;

  @Reference(() => Employee, {
    description: 'Responsible employee.',
    input: 'Responsible employee; must be ACTIVE.',
    by: 'responsible employee',
    filter: true,
  })
  assignedTo?: Employee | null;
  assignedToId: string | null = null;

  @Decimal({
    description: 'Value in `currency`.',
    precision: 12,
    nullable: true,
    input: true,
    by: 'value, whatever the currency',
    filter: true,
    order: true,
    measure: 'money',
  })
  value: string | null = null;

  @Currency({
    description: "ISO 4217 code; default the organization's.",
    input: true,
    update: 'ISO 4217 code; the value is not converted.',
    by: 'currency code',
    filter: true,
  })
  currency!: string;

  @Decimal({
    description: 'Chance of winning in percent: 100 when won, 0 when lost.',
    precision: 5,
    max: 100,
    create: "Chance of winning in percent; default the stage's.",
    update: 'Chance of winning in percent; open deals only.',
    by: 'chance of winning',
    filter: true,
    order: true,
    measure: 'number',
  })
  probability!: string;

  @Decimal({
    description: 'value · probability / 100, rounded half up to 2 decimals; null without a value.',
    precision: 12,
    nullable: true,
    by: 'expected revenue',
    filter: true,
    order: true,
    measure: 'money',
  })
  expectedRevenue: string | null = null;

  @Day({
    description: 'Expected close date.',
    nullable: true,
    input: 'Expected close date; not in the past when an open deal is created.',
    by: 'expected close date',
    filter: true,
    order: true,
  })
  expectedCloseDate: string | null = null;

  @Day({
    description: 'Close date; null while open.',
    nullable: true,
    create: 'Close date of a deal created on a closed stage; default today.',
    update: 'Corrects the close date; closed deals only.',
    by: 'close date',
    filter: true,
    order: true,
  })
  actualCloseDate: string | null = null;

  @Choice(DealPriority, {
    description: 'Priority.',
    input: true,
    default: 'MEDIUM',
    by: 'priority',
    filter: true,
    order: true,
  })
  priority: DealPriority = 'MEDIUM';

  @Choice(DealStatus, { description: 'Outcome.', by: 'outcome', filter: true, order: true })
  status: DealStatus = 'OPEN';

  @Computed('boolean', { description: 'Whether the status is WON.' }, ({ table }) => sql`${table}.status = 'WON'`)
  isWon!: boolean;

  @Computed('boolean', { description: 'Whether the status is LOST.' }, ({ table }) => sql`${table}.status = 'LOST'`)
  isLost!: boolean;

  @Text({
    description: 'Why it was lost.',
    max: 500,
    nullable: true,
    create: 'Why it was lost; on a lost stage only.',
    update: 'Why it was lost; lost deals only.',
  })
  lostReason: string | null = null;

  @Text({
    description: 'Where it came from, free text.',
    max: 100,
    nullable: true,
    input: true,
    by: 'origin',
    filter: true,
  })
  source: string | null = null;

  @Tags({ description: 'Tags.', input: 'Tags, at most 20.', by: 'tags', filter: true })
  tags: string[] = [];

  @Computed(
    'int',
    { description: 'Whole days since an open deal entered its stage; null when closed.', nullable: true },
    ({ table }) =>
      sql`case when ${table}.status = 'OPEN' then (select greatest(floor(extract(epoch from now() - max(h.changed_at)) / 86400), 0)::integer from deal_stage_changes h where h.organization_id = ${table}.organization_id and h.deal_id = ${table}.id) end`,
  )
  daysInStage!: number | null;

  get standing(): Standing {
    return { stageId: this.stageId, status: this.status };
  }

  /** Goes to a stage, whose kind decides the outcome. The stage it is on already changes nothing. */
  moveTo(stage: PipelineStage, closing: Closing): void {
    if (stage.id === this.stageId) return;
    this.standOn(stage);
    if (stage.isClosedWon) this.win(closing);
    else if (stage.isClosedLost) this.lose(closing);
    else this.open(stage);
  }

  /** Goes to a stage and keeps its outcome, where the pipeline it goes to has no stage for that. */
  standOn(stage: PipelineStage): void {
    this.pipelineId = stage.pipelineId;
    this.stageId = stage.id;
  }

  /** A won deal stays as it is; a pipeline without a won stage leaves it where it stands. */
  markWon(stage: PipelineStage | null, closing: Closing): void {
    if (this.status === 'WON') return;
    this.stageId = stage?.id ?? this.stageId;
    this.win(closing);
  }

  /** A lost deal stays as it is; a pipeline without a lost stage leaves it where it stands. */
  markLost(stage: PipelineStage | null, closing: Closing): void {
    if (this.status === 'LOST') return;
    this.stageId = stage?.id ?? this.stageId;
    this.lose(closing);
  }

  reopen(stage: PipelineStage): void {
    if (this.status === 'OPEN') throw dealNotClosed('An open deal cannot be reopened');
    this.standOn(stage);
    this.open(stage);
  }

  private win({ on }: Closing): void {
    if (this.status === 'WON') return;
    this.close('WON', '100.00', on, null);
  }

  private lose({ on, lostReason = null }: Closing): void {
    if (this.status === 'LOST') return;
    this.close('LOST', '0.00', on, lostReason);
  }

  private open(stage: PipelineStage): void {
    this.status = 'OPEN';
    this.probability = stage.probability;
    this.actualCloseDate = null;
    this.lostReason = null;
    this.weigh();
  }

  private close(status: DealStatus, probability: string, on: string, lostReason: string | null): void {
    this.status = status;
    this.probability = probability;
    this.actualCloseDate = on;
    this.lostReason = lostReason;
    this.weigh();
  }

  /** Recomputes the expected revenue in exact hundredths; call it after every change of value or probability. */
  weigh(): void {
    if (this.value === null) this.expectedRevenue = null;
    else {
      const product = hundredths(this.value) * hundredths(this.probability);
      const rounded = (product + 5000n) / 10_000n;
      this.expectedRevenue = `${rounded / 100n}.${String(rounded % 100n).padStart(2, '0')}`;
    }
  }
}

assignable(Deal);
later.deal.is(Deal);

export const dealNotClosed = (message: string) => new Conflict('DEAL_NOT_CLOSED', message);

function hundredths(decimal: string): bigint {
  const [whole, fraction = ''] = decimal.split('.');
  return BigInt(whole!) * 100n + BigInt(fraction.padEnd(2, '0').slice(0, 2));
}

relate(Customer, 'deals', { record: () => Deal, by: 'customer', description: 'By its deals.' });
