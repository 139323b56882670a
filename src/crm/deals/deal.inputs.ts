import type { Viewer } from '../../platform/auth/viewer.js';
import {
  Choice,
  Currency,
  Day,
  Decimal,
  ExpectedVersion,
  Id,
  Name,
  Nested,
  Text,
} from '../../platform/records/decorators.js';
import { Arguments, Input, type InputFault, inputFor } from '../../platform/records/inputs.js';
import { TagChanges, tagRule } from '../../platform/records/tag-changes.js';
import { today } from '../../platform/tenancy/today.js';
import { CustomerType } from '../customers/customer.enums.js';
import type * as inputs from '../inputs.generated.js';
import { createdInThePast, Imported } from '../organizations/imports.js';
import { DealPriority, type DealStatus } from './deal.enums.js';
import { Deal } from './deal.js';

type Dates = Pick<DealChanges, 'actualCloseDate' | 'expectedCloseDate'>;

/** A deal is not closed in the future. */
function closedByToday({ actualCloseDate }: Dates, viewer: Viewer | null): InputFault[] {
  if (!actualCloseDate || actualCloseDate <= today(viewer!)) return [];
  return [{ path: 'actualCloseDate', code: 'OUT_OF_RANGE', message: 'must not be in the future' }];
}

/** An open deal is expected to close today or later. */
export function expectedFromToday({ expectedCloseDate }: Dates, viewer: Viewer | null): InputFault[] {
  if (!expectedCloseDate || expectedCloseDate >= today(viewer!)) return [];
  return [{ path: 'expectedCloseDate', code: 'OUT_OF_RANGE', message: 'must not be in the past' }];
}

type Closing = Pick<DealChanges, 'actualCloseDate' | 'lostReason'>;

/** Only closed deals have a close date, and only lost ones a reason. */
export function closingFaults({ actualCloseDate, lostReason }: Closing, status: DealStatus): InputFault[] {
  const faults: InputFault[] = [];
  const refuse = (path: string, stages: string) =>
    faults.push({ path, code: 'NOT_ALLOWED', message: `belongs to ${stages} stages only` });
  if (actualCloseDate && status === 'OPEN') refuse('actualCloseDate', 'won and lost');
  if (lostReason && status !== 'LOST') refuse('lostReason', 'lost');
  return faults;
}

export const nobodyBuys: InputFault = {
  path: 'customerId',
  code: 'REQUIRED',
  message: 'customerId or leadId must be given',
  reason: 'CUSTOMER_OR_LEAD_REQUIRED',
};

/** Without a stage, a new deal enters the first open stage. */
function newDeal(input: DealChanges, viewer: Viewer | null): InputFault[] {
  const isOpen = !input.stageId;
  return [
    ...(input.customerId || input.leadId ? [] : [nobodyBuys]),
    ...(isOpen ? [...closingFaults(input, 'OPEN'), ...expectedFromToday(input, viewer)] : []),
  ];
}

export type CreateDealInput = inputs.CreateDealInput;
export const CreateDealInput = inputFor(Deal, 'create', 'A new deal; a customer or a lead must be given.', {
  with: Imported,
  rules: [createdInThePast, closedByToday, newDeal],
});
export type UpdateDealInput = inputs.UpdateDealInput;
export const UpdateDealInput = inputFor(
  Deal,
  'update',
  'Changes to a deal. Omitted fields keep their values; null clears.',
  {
    with: TagChanges,
    rules: [closedByToday, tagRule],
  },
);

/** Values of either input. */
export type DealChanges = Partial<CreateDealInput> & UpdateDealInput;

@Arguments(closedByToday)
export class MoveDealStageArgs {
  @Id({ description: 'Id of the deal.', required: true })
  id!: string;

  @Id({ description: "Id of an active stage of the deal's pipeline.", required: true })
  stageId!: string;

  @Text({ description: 'Reason why the deal is lost, at most 500 characters; only for a lost stage.', max: 500 })
  lostReason?: string | null;

  @Day({ description: 'Close date, not in the future; only for a won or lost stage, default today.' })
  actualCloseDate?: string | null;

  @ExpectedVersion()
  expectedVersion?: number | null;
}

@Arguments(closedByToday)
export class MarkWonArgs {
  @Id({ description: 'Id of the deal.', required: true })
  id!: string;

  @Day({ description: 'Close date, not in the future; default today.' })
  actualCloseDate?: string | null;

  @ExpectedVersion()
  expectedVersion?: number | null;
}

@Arguments(closedByToday)
export class MarkLostArgs {
  @Id({ description: 'Id of the deal.', required: true })
  id!: string;

  @Text({ description: 'Reason why the deal was lost, 1–500 characters.', max: 500, required: true })
  lostReason!: string;

  @Day({ description: 'Close date, not in the future; default today.' })
  actualCloseDate?: string | null;

  @ExpectedVersion()
  expectedVersion?: number | null;
}

@Arguments()
export class DeleteStageArgs {
  @Id({ description: 'Id of the stage.', required: true })
  id!: string;

  @Id({
    description:
      'Id of an active open stage of the same pipeline that takes over the deals; required if the stage has deals.',
  })
  moveDealsToStageId?: string | null;

  @ExpectedVersion()
  expectedVersion?: number | null;
}

@Input('The deal that a conversion creates.', expectedFromToday)
export class ConvertLeadDealInput {
  @Name({
    description: "Title, 3–200 characters; default: `Deal with` and the lead's company, or else name.",
    min: 3,
    max: 200,
  })
  title?: string;

  @Decimal({ description: "Value of the deal; default: the lead's estimated value.", precision: 12, nullable: true })
  value?: string | null;

  @Currency({ description: "ISO 4217 code of the currency of `value`; default: the organization's." })
  currency?: string;

  @Id({
    description: "Id of the pipeline; default: that of `stageId`, else the organization's default pipeline.",
    nullable: true,
  })
  pipelineId?: string | null;

  @Id({ description: 'Id of an open stage; default: the first open stage of the pipeline.', nullable: true })
  stageId?: string | null;

  @Day({ description: 'Date on which the deal is expected to close, not in the past.', nullable: true })
  expectedCloseDate?: string | null;

  @Choice(DealPriority, { description: 'How urgent the deal is.', default: 'MEDIUM' })
  priority?: DealPriority;
}

@Input('Options for converting a lead; all have defaults.')
export class ConvertLeadInput {
  @Choice(CustomerType, {
    description: 'Type of the new customer; default: BUSINESS if the lead has a company, else INDIVIDUAL.',
    nullable: true,
  })
  customerType?: CustomerType | null;

  @Id({
    description: "Id of the employee responsible for the new customer and deal; default: the lead's.",
    nullable: true,
  })
  assignedToId?: string | null;

  @Id({ description: 'Id of a customer to link the lead to, instead of finding or creating one.', nullable: true })
  existingCustomerId?: string | null;

  @Nested(() => ConvertLeadDealInput, {
    description: 'Also creates a deal, which needs deal:create; `{}` takes every default.',
    nullable: true,
  })
  createDeal?: ConvertLeadDealInput | null;
}

@Arguments()
export class ConvertLeadArgs {
  @Id({ description: 'Id of the lead.', required: true })
  id!: string;

  @Nested(() => ConvertLeadInput, { description: 'Options of the conversion; omit them to use every default.' })
  input?: ConvertLeadInput | null;

  @ExpectedVersion()
  expectedVersion?: number | null;
}
