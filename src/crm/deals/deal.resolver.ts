import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Field, FieldResolver, Info, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import type { Class } from '../../platform/class.js';
import type { Context } from '../../platform/graphql/context.js';
import { nestedList } from '../../platform/graphql/nested-list.js';
import { Selection } from '../../platform/reading/selection.js';
import { listArgumentsOf } from '../../platform/records/list-arguments.js';
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

const StageHistory = listArgumentsOf(DealStageChange);
const DealList = listArgumentsOf(Deal);
const DealId = idArgs('Id of the deal.');
const History = connectionOf(DealStageChange);
const DealVerb = verbArgs('Id of the deal.');
const DealAssignment = assignArgs('Id of the deal.');
const NewDeal = inputArgs<CreateDealInput>(CreateDealInput, 'The deal to create.');
const DealChange = changeArgs<UpdateDealInput>('Id of the deal.', UpdateDealInput);

@ObjectType({ simpleResolvers: true, description: 'The result of converting a lead.' })
class ConvertLeadPayload {
  @Field(() => Lead, { description: 'The lead, now with the qualification CONVERTED.' })
  lead!: Lead;

  @Field(() => Customer, { description: 'The customer that was created, or found and linked.' })
  customer!: Customer;

  @Field(() => Deal, { nullable: true, description: 'The deal that was created; null without `createDeal`.' })
  deal!: Deal | null;
}

@Resolver()
export class DealResolver {
  @Query(() => connectionOf(Deal), { nullable: true, description: 'Lists deals, open and closed.' })
  deals(@Args(() => DealList) args: ListArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.connection(Deal, args, info);
  }

  @Query(() => Deal, { nullable: true, description: 'Finds a deal by its id; null if there is none.' })
  deal(@Args(() => DealId) { id }: IdArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.byId(Deal, id, Selection.of(info));
  }

  @Mutation(() => Deal, { nullable: true, description: 'Creates a deal, open or already closed.' })
  async createDeal(@Args(() => NewDeal) { input }: { input: CreateDealInput }, @Ctx() { action }: Context) {
    return createDeal(action, input);
  }

  @Mutation(() => Deal, { nullable: true, description: 'Changes fields of a deal.' })
  async updateDeal(@Args(() => DealChange) args: ChangeArguments<UpdateDealInput>, @Ctx() { action }: Context) {
    return updateDeal(action, args);
  }

  @Mutation(() => DeletePayload, {
    nullable: true,
    description: 'Deletes a deal with its stage history; its activities are kept.',
  })
  async deleteDeal(@Args(() => DealVerb) args: VerbArguments, @Ctx() { action }: Context): Promise<DeletePayload> {
    return deleteDeal(action, args);
  }

  @Mutation(() => Deal, {
    nullable: true,
    description:
      'Moves a deal to a stage of its pipeline: a won or lost stage closes the deal, an open one reopens it.',
  })
  async moveDealStage(@Args(() => MoveDealStageArgs) args: MoveDealStageArgs, @Ctx() { action }: Context) {
    return moveDealStage(action, args);
  }

  @Mutation(() => Deal, {
    nullable: true,
    description:
      "Closes a deal as won, with probability 100: it moves to the pipeline's won stage. Without one, the deal " +
      'keeps its stage, unless that is the lost stage: then it moves to the last open one.',
  })
  async markWon(@Args(() => MarkWonArgs) args: MarkWonArgs, @Ctx() { action }: Context) {
    return markWon(action, args);
  }

  @Mutation(() => Deal, {
    nullable: true,
    description:
      "Closes a deal as lost, with probability 0: it moves to the pipeline's lost stage. Without one, the deal " +
      'keeps its stage, unless that is the won stage: then it moves to the last open one.',
  })
  async markLost(@Args(() => MarkLostArgs) args: MarkLostArgs, @Ctx() { action }: Context) {
    return markLost(action, args);
  }

  @Mutation(() => Deal, {
    nullable: true,
    description: 'Reopens a closed deal on the open stage where it last was.',
  })
  async reopenDeal(@Args(() => DealVerb) args: VerbArguments, @Ctx() { action }: Context) {
    return reopenDeal(action, args);
  }

  @Mutation(() => ConvertLeadPayload, {
    nullable: true,
    description: 'Turns a lead into a customer, and with `createDeal` into a deal as well, in one transaction.',
  })
  async convertLead(@Args(() => ConvertLeadArgs) args: ConvertLeadArgs, @Ctx() { action }: Context) {
    return convertLead(action, args);
  }

  @Mutation(() => DeletePayload, {
    nullable: true,
    description: 'Deletes a stage; later stages move down by one position.',
  })
  async deletePipelineStage(
    @Args(() => DeleteStageArgs) args: DeleteStageArgs,
    @Ctx() { action }: Context,
  ): Promise<DeletePayload> {
    return deletePipelineStage(action, args);
  }

  @Mutation(() => Deal, {
    nullable: true,
    description: 'Sets the employee who is responsible for a deal, or nobody.',
  })
  async assignDeal(@Args(() => DealAssignment) args: AssignArguments, @Ctx() { action }: Context) {
    return assignDeal(action, args);
  }
}

@Resolver(() => Deal)
export class DealHistory {
  @FieldResolver(() => History, {
    description: 'Every change of stage or status of the deal, newest first.',
    nullable: true,
  })
  stageHistory(
    @Root() { id }: RecordRow<Deal>,
    @Args(() => StageHistory) args: ListArguments,
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
  dealsOf(Customer, 'customer', 'Deals of the customer.'),
  dealsOf(Lead, 'lead', 'Deals that came from the lead.'),
  dealsOf(Pipeline, 'pipeline', 'Deals in the pipeline, open or closed.'),
  dealsOf(PipelineStage, 'stage', 'Deals on the stage, open or closed.'),
  dealsOf(Employee, 'assignedTo', 'Deals for which the employee is responsible.'),
];
