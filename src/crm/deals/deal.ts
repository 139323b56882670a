import { sql } from '../../platform/database/sql.js';
import { Choice, Computed, Currency, Day, Decimal, Text } from '../../platform/records/decorators.js';
import { Record, relate } from '../../platform/records/record.js';
import { Customer } from '../customers/customer.js';
import { assignable } from '../employees/assignable.js';
import { AssignedTo } from '../employees/assigned-to.js';
import type { Employee } from '../employees/employee.js';
import { later } from '../later.js';
import type { PipelineStage } from '../pipelines/pipeline-stage.js';
import { tenantPolicies } from '../policies.js';
import { Labels, Origin } from '../properties.js';
import { type Closing, dealNotClosed, type Standing } from './closing.js';
import { DealPriority, DealStatus } from './deal.enums.js';
import { daysInStage, dealConstraints, stageOrder } from './deal.sql.js';
import { DealPlace } from './deal-place.js';
import { expectedRevenue } from './expected-revenue.js';

@Record({
  table: 'deals',
  plural: 'deals',
  numbers: 'DEAL',
  description: 'A sale, in progress or closed, on a stage of a pipeline.',
  resource: 'deal',
  search: 'function',
  searched: ['title', 'customer name'],
  searchedReference: 'customer',
  sortKeys: {
    STAGE_ORDER: {
      description: 'Sorts by position of the stage in its pipeline; to filter by it, use `stage.order`.',
      type: 'integer',
      value: stageOrder,
    },
  },
  ...dealConstraints,
  policies: tenantPolicies,
})
export class Deal extends DealPlace {
  @AssignedTo()
  assignedTo?: Employee | null;
  assignedToId: string | null = null;

  @Decimal({
    description: 'Value of the deal in `currency`, from 0.',
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
    description: 'ISO 4217 code of the currency of `value`.',
    create: "ISO 4217 code of the currency of `value`; default: the organization's.",
    update: 'ISO 4217 code of the currency of `value`; a change converts nothing.',
    upsert: "ISO 4217 code of the currency of `value`; when creating, default: the organization's.",
    by: 'currency code',
    filter: true,
    group: true,
  })
  currency!: string;

  @Decimal({
    description: 'Chance of winning in percent, 0–100: 100 when won, 0 when lost.',
    precision: 5,
    max: 100,
    create: "Chance of winning in percent, 0–100; default: the stage's.",
    update: 'Chance of winning in percent, 0–100; only while the deal is open.',
    by: 'chance of winning',
    filter: true,
    order: true,
    measure: 'percentage',
  })
  probability!: string;

  @Decimal({
    description: 'Expected revenue: value · probability / 100, rounded half up to 2 decimals; null without a value.',
    precision: 12,
    nullable: true,
    by: 'expected revenue, whatever the currency',
    filter: true,
    order: true,
    measure: 'money',
  })
  expectedRevenue: string | null = null;

  @Day({
    description: 'Date on which the deal is expected to close.',
    nullable: true,
    create: 'Date on which the deal is expected to close; not in the past unless created closed.',
    update: 'Date on which the deal is expected to close.',
    upsert: 'Date on which the deal is expected to close; not in the past when an open deal is created.',
    filter: true,
    order: true,
  })
  expectedCloseDate: string | null = null;

  @Day({
    description: 'Date on which the deal was won or lost; null while open.',
    nullable: true,
    create: 'Close date, not in the future; only on a won or lost stage, default today.',
    update:
      'Corrected close date, not in the future; only when the deal is closed. Null is refused on a closed deal that ' +
      'does not move.',
    upsert:
      'Close date, not in the future; when creating, only on a won or lost stage, default today. Null is refused on ' +
      'a closed deal that does not move.',
    by: 'close date',
    filter: true,
    order: true,
  })
  actualCloseDate: string | null = null;

  @Choice(DealPriority, {
    description: 'How urgent the deal is.',
    input: true,
    default: 'MEDIUM',
    filter: true,
    order: true,
  })
  priority: DealPriority = 'MEDIUM';

  @Choice(DealStatus, {
    description: 'Whether the deal is open, won or lost.',
    by: 'outcome',
    filter: true,
    order: true,
  })
  status: DealStatus = 'OPEN';

  @Computed(
    'boolean',
    { description: 'Whether the deal is won, i.e. `status` is WON.' },
    ({ table }) => sql`${table}.status = 'WON'`,
  )
  readonly isWon!: boolean;

  @Computed(
    'boolean',
    { description: 'Whether the deal is lost, i.e. `status` is LOST.' },
    ({ table }) => sql`${table}.status = 'LOST'`,
  )
  readonly isLost!: boolean;

  @Text({
    description: 'Reason why the deal was lost; null unless LOST.',
    max: 500,
    nullable: true,
    create: 'Reason why the deal was lost, at most 500 characters; only on a lost stage.',
    update: 'Reason why the deal was lost, at most 500 characters; only on a lost deal.',
    by: 'reason of the loss',
    filter: true,
    group: true,
  })
  lostReason: string | null = null;

  @Origin('Origin of the deal, free text of at most 100 characters.')
  source: string | null = null;

  @Labels('the deal', { group: true })
  tags: string[] = [];

  @Computed(
    'int',
    {
      description: 'Whole days (24 hours each) since the open deal entered its stage; null when closed.',
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
relate(Customer, 'deals', { record: () => Deal, by: 'customer', description: 'Filters by deals of the customer.' });
