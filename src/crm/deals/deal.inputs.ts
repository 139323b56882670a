import { Choice, Currency, Day, Decimal, Id, Int, Nested, Text } from '../../platform/records/decorators.js';
import { Arguments, type Changes, Input, inputFor } from '../../platform/records/inputs.js';
import { CustomerType } from '../customers/customer.js';
import { Deal, DealPriority } from './deal.js';

export const CreateDealInput = inputFor(Deal, 'create', 'A new deal; needs a customer or a lead.');
export const UpdateDealInput = inputFor(Deal, 'update', 'Changes to a deal; omitted fields stay, null clears.');
export type DealChanges = Changes<Deal>;

const version = { description: 'Version last read; VERSION_CONFLICT when the stored one differs.' };

@Arguments('Mutation.moveDealStage')
export class MoveDealStageArgs {
  @Id({ description: 'Id of the deal.', required: true })
  id!: string;

  @Id({ description: "Active stage of the deal's pipeline.", required: true })
  stageId!: string;

  @Text({ description: 'Why it is lost; lost stage only.', max: 500 })
  lostReason?: string | null;

  @Day({ description: 'Close date on a won or lost stage; default today.' })
  actualCloseDate?: string | null;

  @Int(version)
  expectedVersion?: number | null;
}

@Arguments('Mutation.markWon')
export class MarkWonArgs {
  @Id({ description: 'Id of the deal.', required: true })
  id!: string;

  @Day({ description: 'Close date; default today.' })
  actualCloseDate?: string | null;

  @Int(version)
  expectedVersion?: number | null;
}

@Arguments('Mutation.markLost')
export class MarkLostArgs {
  @Id({ description: 'Id of the deal.', required: true })
  id!: string;

  @Text({ description: 'Why it was lost, 1–500 characters.', max: 500, required: true })
  lostReason!: string;

  @Day({ description: 'Close date; default today.' })
  actualCloseDate?: string | null;

  @Int(version)
  expectedVersion?: number | null;
}

@Arguments('Mutation.deletePipelineStage')
export class DeleteStageArgs {
  @Id({ description: 'Id of the stage.', required: true })
  id!: string;

  @Id({
    description: 'Active open stage of the same pipeline that takes over the deals; required while any are there.',
  })
  moveDealsToStageId?: string | null;

  @Int(version)
  expectedVersion?: number | null;
}

@Input('The deal created by a conversion.')
export class ConvertLeadDealInput {
  @Text({
    description: "Title, 3–200 characters; default `Deal with` and the lead's company, else its name.",
    min: 3,
    max: 200,
  })
  title?: string;

  @Decimal({ description: "Value; default the lead's estimated value.", precision: 12, nullable: true })
  value?: string | null;

  @Currency({ description: "ISO 4217 code; default the organization's." })
  currency?: string;

  @Id({ description: "Pipeline; default the stage's, else the default pipeline.", nullable: true })
  pipelineId?: string | null;

  @Id({ description: 'Open stage; default the first one of the pipeline.', nullable: true })
  stageId?: string | null;

  @Day({ description: 'Expected close date, not in the past.', nullable: true })
  expectedCloseDate?: string | null;

  @Choice(DealPriority, { description: 'Priority.', default: 'MEDIUM' })
  priority?: DealPriority;
}

@Input('How to convert a lead.')
export class ConvertLeadInput {
  @Choice(CustomerType, {
    description: 'Kind of the new customer; default BUSINESS when the lead has a company, else INDIVIDUAL.',
    nullable: true,
  })
  customerType?: CustomerType | null;

  @Id({ description: "Responsible employee of the new customer and deal; default the lead's.", nullable: true })
  assignedToId?: string | null;

  @Id({ description: 'Link to this customer instead of finding or creating one.', nullable: true })
  existingCustomerId?: string | null;

  @Nested(() => ConvertLeadDealInput, {
    description: 'Also create a deal; needs deal:create. `{}` takes every default.',
    nullable: true,
  })
  createDeal?: ConvertLeadDealInput | null;
}
