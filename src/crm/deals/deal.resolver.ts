import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Field, FieldResolver, Info, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import type { Class } from '../../platform/class.js';
import type { Context } from '../../platform/graphql/context.js';
import { nestedList } from '../../platform/graphql/nested-list.js';
import { Selection } from '../../platform/reading/selection.js';
import { listArgumentsOf, PageArguments } from '../../platform/records/list-arguments.js';
import { connectionOf, type ListArguments } from '../../platform/records/lists.js';
import type { RecordRow } from '../../platform/records/record-row.js';
import {
  type ChangeArguments,
  changeArgs,
  type IdArguments,
  idArgs,
  inputArgs,
  type VerbArguments,
  verbArgs,
} from '../../platform/schema/arguments.js';
import { DeletePayload } from '../../platform/schema/deletion.js';
import { entriesOn } from '../activities/entries.js';
import { timelineOf } from '../activities/timeline.js';
import { Customer } from '../customers/customer.js';
import { type AssignArguments, assignArgs } from '../employees/assignment.js';
import { Employee } from '../employees/employee.js';
import { Lead } from '../leads/lead.js';
import { Pipeline } from '../pipelines/pipeline.js';
import { PipelineStage } from '../pipelines/pipeline-stage.js';
import { convertLead } from './convert-lead.js';
import {
  assignDeal,
  createDeal,
  deleteDeal,
  markLost,
  markWon,
  moveDealStage,
  reopenDeal,
  updateDeal,
} from './deal.actions.js';
import {
  ConvertLeadArgs,
  CreateDealInput,
  DeleteStageArgs,
  MarkLostArgs,
  MarkWonArgs,
  MoveDealStageArgs,
  UpdateDealInput,
} from './deal.inputs.js';
import { Deal } from './deal.js';
import { DealStageChange } from './deal-stage-change.js';
import { deletePipelineStage } from './delete-stage.js';

const DealList = listArgumentsOf(Deal);
const DealId = idArgs('Id of the deal.');
const History = connectionOf(DealStageChange);
const DealVerb = verbArgs('Id of the deal.');
const DealAssignment = assignArgs('Id of the deal.');
const NewDeal = inputArgs<CreateDealInput>(CreateDealInput, 'The deal.');
const DealChange = changeArgs<UpdateDealInput>('Id of the deal.', UpdateDealInput);

@ObjectType({ simpleResolvers: true, description: 'Result of a conversion.' })
class ConvertLeadPayload {
  @Field(() => Lead, { description: 'The converted lead.' })
  lead!: Lead;

  @Field(() => Customer, { description: 'The created or linked customer.' })
  customer!: Customer;

  @Field(() => Deal, { nullable: true, description: 'The created deal; null when none was asked for.' })
  deal!: Deal | null;
}

@Resolver()
export class DealResolver {
  @Query(() => connectionOf(Deal), { nullable: true, description: 'Deals. Needs deal:read.' })
  deals(@Args(() => DealList) args: ListArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.connection(Deal, args, info);
  }

  @Query(() => Deal, { nullable: true, description: 'One deal. Needs deal:read.' })
  deal(@Args(() => DealId) { id }: IdArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.byId(Deal, id, Selection.of(info));
  }

  @Mutation(() => Deal, { nullable: true, description: 'Create a deal. Needs deal:create.' })
  async createDeal(@Args(() => NewDeal) { input }: { input: CreateDealInput }, @Ctx() { action }: Context) {
    return createDeal(action, input);
  }

  @Mutation(() => Deal, { nullable: true, description: 'Change a deal. Needs deal:update.' })
  async updateDeal(@Args(() => DealChange) args: ChangeArguments<UpdateDealInput>, @Ctx() { action }: Context) {
    return updateDeal(action, args);
  }

  @Mutation(() => DeletePayload, {
    nullable: true,
    description: 'Delete a deal and its stage history; activities stay without it. Needs deal:delete.',
  })
  async deleteDeal(@Args(() => DealVerb) args: VerbArguments, @Ctx() { action }: Context): Promise<DeletePayload> {
    return deleteDeal(action, args);
  }

  @Mutation(() => Deal, {
    nullable: true,
    description: 'Move a deal to a stage; a won or lost stage closes it, an open one reopens it. Needs deal:update.',
  })
  async moveDealStage(@Args(() => MoveDealStageArgs) args: MoveDealStageArgs, @Ctx() { action }: Context) {
    return moveDealStage(action, args);
  }

  @Mutation(() => Deal, {
    nullable: true,
    description: "Close a deal as won: the pipeline's won stage, probability 100. Needs deal:update.",
  })
  async markWon(@Args(() => MarkWonArgs) args: MarkWonArgs, @Ctx() { action }: Context) {
    return markWon(action, args);
  }

  @Mutation(() => Deal, {
    nullable: true,
    description: "Close a deal as lost: the pipeline's lost stage, probability 0. Needs deal:update.",
  })
  async markLost(@Args(() => MarkLostArgs) args: MarkLostArgs, @Ctx() { action }: Context) {
    return markLost(action, args);
  }

  @Mutation(() => Deal, {
    nullable: true,
    description: 'Reopen a closed deal on its last open stage. Needs deal:update.',
  })
  async reopenDeal(@Args(() => DealVerb) args: VerbArguments, @Ctx() { action }: Context) {
    return reopenDeal(action, args);
  }

  @Mutation(() => ConvertLeadPayload, {
    nullable: true,
    description:
      'Turn a lead into a customer, and a deal if asked for, in one transaction. Needs lead:update and ' +
      'customer:create; deal:create with createDeal.',
  })
  async convertLead(@Args(() => ConvertLeadArgs) args: ConvertLeadArgs, @Ctx() { action }: Context) {
    return convertLead(action, args);
  }

  @Mutation(() => DeletePayload, {
    nullable: true,
    description: 'Delete a stage; later stages move down. Needs pipeline:delete.',
  })
  async deletePipelineStage(
    @Args(() => DeleteStageArgs) args: DeleteStageArgs,
    @Ctx() { action }: Context,
  ): Promise<DeletePayload> {
    return deletePipelineStage(action, args);
  }

  @Mutation(() => Deal, {
    nullable: true,
    description: 'Make an active employee responsible for the deal, or nobody. Needs deal:update.',
  })
  async assignDeal(@Args(() => DealAssignment) args: AssignArguments, @Ctx() { action }: Context) {
    return assignDeal(action, args);
  }
}

@Resolver(() => Deal)
export class DealHistory {
  @FieldResolver(() => History, {
    description: 'Every change of stage or status, newest first.',
    nullable: true,
  })
  stageHistory(
    @Root() { id }: RecordRow<Deal>,
    @Args(() => PageArguments) args: PageArguments,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return read.children(DealStageChange, 'deal', id, args, info);
  }
}

export const dealTimeline = [...timelineOf(Deal, 'deal'), entriesOn(Deal, 'deal')];

/** Adds the list of deals to a record to which deals refer `by` a reference. */
const dealsOf = (owner: Class, by: string, description: string): Class =>
  nestedList(owner, 'deals', Deal, { by, description });

export const dealLists = [
  dealsOf(Customer, 'customer', 'Deals in which the customer buys; needs deal:read.'),
  dealsOf(Lead, 'lead', 'Deals that came from the lead; needs deal:read.'),
  dealsOf(Pipeline, 'pipeline', 'Deals in the pipeline, closed ones included; needs deal:read.'),
  dealsOf(PipelineStage, 'stage', 'Deals on the stage; needs deal:read.'),
  dealsOf(Employee, 'assignedTo', 'Deals for which the employee is responsible; needs deal:read.'),
];
