import { sql } from '../../platform/database/sql.js';
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
import { Customer } from '../customers/customer.js';
import { assignable } from '../employees/assignable.js';
import { AssignedTo } from '../employees/assigned-to.js';
import type { Employee } from '../employees/employee.js';
import { later } from '../later.js';
import { Lead } from '../leads/lead.js';
import { Pipeline } from '../pipelines/pipeline.js';
import { PipelineStage } from '../pipelines/pipeline-stage.js';
import { tenantPolicies } from '../policies.js';
import { Code, Origin } from '../properties.js';
import { type Closing, dealNotClosed, type Standing } from './closing.js';
import { DealPriority, DealStatus } from './deal.enums.js';
import { daysInStage, dealConstraints, stageOrder } from './deal.sql.js';
import { expectedRevenue } from './expected-revenue.js';

@Record({
  table: 'deals',
  plural: 'deals',
  numbers: 'DEAL',
  description: 'A sale in progress or closed.',
  resource: 'deal',
  search: 'function',
  searched: ['title', 'customer name'],
  searchedReference: 'customer',
  sortKeys: { STAGE_ORDER: { description: 'By position of the stage.', type: 'integer', value: stageOrder } },
  ...dealConstraints,
  policies: tenantPolicies,
})
export class Deal extends ExternalRecord {
  @Code('DEAL-0001')
  code!: string;

  @Name({
    description: 'Title, 3–200 characters.',
    min: 3,
    max: 200,
    required: true,
    input: true,
    filter: true,
    order: true,
    search: true,
  })
  title!: string;

  @Text({ description: 'Free text.', nullable: true, input: true })
  description: string | null = null;

  @Reference(() => Customer, {
    description: 'The customer.',
    input: 'The customer; defaults to the customer that the lead became.',
    filter: true,
  })
  customer?: Customer | null;
  customerId: string | null = null;

  @Reference(() => Lead, { description: 'The lead it came from.', input: true, filter: true })
  lead?: Lead | null;
  leadId: string | null = null;

  @Reference(() => Pipeline, {
    description: 'Pipeline; null only on a closed deal whose pipeline was deleted.',
    create: "Pipeline; defaults to the stage's, else the default pipeline.",
    update: 'Pipeline; without `stageId` the deal enters the matching stage there.',
    filter: true,
  })
  pipeline?: Pipeline | null;
  pipelineId: string | null = null;

  @Reference(() => PipelineStage, {
    description: 'Stage; null only on a closed deal whose pipeline was deleted.',
    create: 'Stage; defaults to the first open stage. A closed stage creates a closed deal.',
    update: 'Stage; same effects as `moveDealStage`.',
    filter: true,
  })
  stage?: PipelineStage | null;
  stageId: string | null = null;

  @AssignedTo()
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
    description: "ISO 4217 code; defaults to the organization's.",
    input: true,
    update: 'ISO 4217 code; the value is not converted.',
    by: 'currency code',
    filter: true,
    group: true,
  })
  currency!: string;

  @Decimal({
    description: 'Chance of winning in percent: 100 when won, 0 when lost.',
    precision: 5,
    max: 100,
    create: "Chance of winning in percent; defaults to the stage's.",
    update: 'Chance of winning in percent; open deals only.',
    by: 'chance of winning',
    filter: true,
    order: true,
    measure: 'percentage',
  })
  probability!: string;

  @Decimal({
    description: 'value · probability / 100, rounded half up to 2 decimals; null without a value.',
    precision: 12,
    nullable: true,
    filter: true,
    order: true,
    measure: 'money',
  })
  expectedRevenue: string | null = null;

  @Day({
    description: 'Expected close date.',
    nullable: true,
    input: 'Expected close date; not in the past when an open deal is created.',
    filter: true,
    order: true,
  })
  expectedCloseDate: string | null = null;

  @Day({
    description: 'Close date; null while open.',
    nullable: true,
    create: 'Close date of a deal created on a closed stage; defaults to today.',
    update: 'Corrects the close date; closed deals only.',
    by: 'close date',
    filter: true,
    order: true,
  })
  actualCloseDate: string | null = null;

  @Choice(DealPriority, { description: 'Priority.', input: true, default: 'MEDIUM', filter: true, order: true })
  priority: DealPriority = 'MEDIUM';

  @Choice(DealStatus, { description: 'Outcome.', by: 'outcome', filter: true, order: true })
  status: DealStatus = 'OPEN';

  @Computed('boolean', { description: 'Whether the status is WON.' }, ({ table }) => sql`${table}.status = 'WON'`)
  readonly isWon!: boolean;

  @Computed('boolean', { description: 'Whether the status is LOST.' }, ({ table }) => sql`${table}.status = 'LOST'`)
  readonly isLost!: boolean;

  @Text({
    description: 'Why it was lost.',
    max: 500,
    nullable: true,
    create: 'Why it was lost; on a lost stage only.',
    update: 'Why it was lost; lost deals only.',
    by: 'reason of the loss',
    filter: true,
    group: true,
  })
  lostReason: string | null = null;

  @Origin('Origin, free text.')
  source: string | null = null;

  @Tags({ description: 'Tags.', input: 'Tags, at most 20.', filter: true, group: true })
  tags: string[] = [];

  @Computed(
    'int',
    {
      description: 'Days of 24 hours since an open deal entered its stage, rounded down; null when closed.',
      nullable: true,
      by: 'days in the present stage',
      filter: true,
    },
    daysInStage,
  )
  readonly daysInStage!: number | null;

  get standing(): Standing {
    return { stageId: this.stageId, status: this.status };
  }

  /** Moves the deal to a stage, whose kind decides the outcome. Moving to the present stage changes nothing. */
  moveTo(stage: PipelineStage, closing: Closing): void {
    if (stage.id === this.stageId) return;
    if (stage.outcome === 'OPEN') this.enter(stage);
    else {
      this.standOn(stage);
      this.close(stage.outcome, closing);
    }
  }

  /** Puts the deal on an open stage, and so opens it. */
  enter(stage: PipelineStage): void {
    this.standOn(stage);
    this.status = 'OPEN';
    this.probability = stage.probability;
    this.actualCloseDate = null;
    this.lostReason = null;
    this.updateExpectedRevenue();
  }

  /** Moves the deal to a stage without changing its outcome. */
  standOn(stage: PipelineStage): void {
    this.pipelineId = stage.pipelineId;
    this.stageId = stage.id;
  }

  /** Does nothing if the deal has the outcome. The deal stays on its stage if the pipeline has no stage for it. */
  mark(outcome: 'WON' | 'LOST', stage: PipelineStage | null, closing: Closing): void {
    if (this.status === outcome) return;
    this.stageId = stage?.id ?? this.stageId;
    this.close(outcome, closing);
  }

  reopen(stage: PipelineStage): void {
    if (this.status === 'OPEN') throw dealNotClosed('An open deal cannot be reopened');
    this.enter(stage);
  }

  /** A deal that already has the outcome keeps date and reason. */
  private close(outcome: 'WON' | 'LOST', { on, lostReason = null }: Closing): void {
    if (this.status === outcome) return;
    this.status = outcome;
    this.probability = outcome === 'WON' ? '100.00' : '0.00';
    this.actualCloseDate = on;
    this.lostReason = outcome === 'LOST' ? lostReason : null;
    this.updateExpectedRevenue();
  }

  /** Call it after every change of value or probability. */
  updateExpectedRevenue(): void {
    this.expectedRevenue = expectedRevenue(this.value, this.probability);
  }
}

later.deal.is(Deal);
assignable(Deal);
relate(Customer, 'deals', { record: () => Deal, by: 'customer', description: 'By its deals.' });
