import type { GraphQLResolveInfo } from 'graphql';
import {
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import type { Class } from '../../platform/class.js';
import type { Context } from '../../platform/graphql/context.js';
import { Selection } from '../../platform/reading/selection.js';
import { listArgumentsOf, PageArguments } from '../../platform/records/list-arguments.js';
import { connectionOf, type ListArguments } from '../../platform/records/lists.js';
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
import { timelineOf } from '../activities/timeline.js';
import { Customer } from '../customers/customer.js';
import { Lead } from '../leads/lead.js';
import { PipelineStage } from '../pipelines/pipeline-stage.js';
import { convertLead } from './convert-lead.js';
import { createDeal, deleteDeal, markLost, markWon, moveDealStage, reopenDeal, updateDeal } from './deal.actions.js';
import {
  ConvertLeadInput,
  CreateDealInput,
  type DealChanges,
  DeleteStageArgs,
  MarkLostArgs,
  MarkWonArgs,
  MoveDealStageArgs,
  UpdateDealInput,
} from './deal.inputs.js';
import { Deal } from './deal.js';
import { DealStageChange } from './deal-stage-change.js';
import { deletePipelineStage } from './delete-stage.js';

const DealList = listArgumentsOf(Deal, 'title and customer name');
const DealId = idArgs('Id of the deal.');
const History = connectionOf(DealStageChange);
const DealVerb = verbArgs('Id of the deal.');
const NewDeal = inputArgs<DealChanges>(CreateDealInput, 'The deal.');
const DealChange = changeArgs<DealChanges>('Id of the deal.', UpdateDealInput);

@ArgsType()
class ConvertLeadArgs {
  @Field(() => ID, { description: 'Id of the lead.' })
  id!: string;

  @Field(() => ConvertLeadInput, { nullable: true, description: 'How to convert; every default applies without it.' })
  input?: ConvertLeadInput | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Version last read; VERSION_CONFLICT when the stored one differs.',
  })
  expectedVersion?: number | null;
}

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
    return read.one(Deal, id, Selection.of(info));
  }

  @Mutation(() => Deal, { nullable: true, description: 'Create a deal. Needs deal:create.' })
  async createDeal(@Args(() => NewDeal) { input }: { input: DealChanges }, @Ctx() { acting }: Context) {
    return createDeal(acting, input);
  }

  @Mutation(() => Deal, { nullable: true, description: 'Change a deal. Needs deal:update.' })
  async updateDeal(
    @Args(() => DealChange) { id, input, expectedVersion }: ChangeArguments<DealChanges>,
    @Ctx() { acting }: Context,
  ) {
    return updateDeal(acting, id, input, expectedVersion);
  }

  @Mutation(() => DeletePayload, {
    nullable: true,
    description: 'Delete a deal and its stage history; activities stay without it. Needs deal:delete.',
  })
  async deleteDeal(
    @Args(() => DealVerb) { id, expectedVersion }: VerbArguments,
    @Ctx() { acting }: Context,
  ): Promise<DeletePayload> {
    await deleteDeal(acting, id, expectedVersion);
    return { id };
  }

  @Mutation(() => Deal, {
    nullable: true,
    description: 'Move a deal to a stage; a won or lost stage closes it, an open one reopens it. Needs deal:update.',
  })
  async moveDealStage(@Args(() => MoveDealStageArgs) args: MoveDealStageArgs, @Ctx() { acting }: Context) {
    return moveDealStage(acting, args);
  }

  @Mutation(() => Deal, {
    nullable: true,
    description: "Close a deal as won: the pipeline's won stage, probability 100. Needs deal:update.",
  })
  async markWon(@Args(() => MarkWonArgs) args: MarkWonArgs, @Ctx() { acting }: Context) {
    return markWon(acting, args);
  }

  @Mutation(() => Deal, {
    nullable: true,
    description: "Close a deal as lost: the pipeline's lost stage, probability 0. Needs deal:update.",
  })
  async markLost(@Args(() => MarkLostArgs) args: MarkLostArgs, @Ctx() { acting }: Context) {
    return markLost(acting, args);
  }

  @Mutation(() => Deal, {
    nullable: true,
    description: 'Reopen a closed deal on its last open stage. Needs deal:update.',
  })
  async reopenDeal(@Args(() => DealVerb) args: VerbArguments, @Ctx() { acting }: Context) {
    return reopenDeal(acting, args);
  }

  @Mutation(() => ConvertLeadPayload, {
    nullable: true,
    description:
      'Turn a lead into a customer, and a deal if asked for, in one transaction. Needs lead:update and customer:create; deal:create with createDeal.',
  })
  async convertLead(
    @Args(() => ConvertLeadArgs) { id, input, expectedVersion }: ConvertLeadArgs,
    @Ctx() { acting }: Context,
  ) {
    return convertLead(acting, id, input ?? {}, expectedVersion);
  }

  @Mutation(() => DeletePayload, {
    nullable: true,
    description: 'Delete a stage; later stages move down. Needs pipeline:delete.',
  })
  async deletePipelineStage(
    @Args(() => DeleteStageArgs) args: DeleteStageArgs,
    @Ctx() { acting }: Context,
  ): Promise<DeletePayload> {
    await deletePipelineStage(acting, args);
    return { id: args.id };
  }
}

@Resolver(() => Deal)
export class DealHistory {
  @FieldResolver(() => History, {
    description: 'Every change of stage or status, newest first.',
    nullable: true,
  })
  stageHistory(
    @Root() { id }: Deal,
    @Args(() => PageArguments) args: PageArguments,
    @Ctx() { read }: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return read.children(DealStageChange, 'deal', id, args, info);
  }
}

export const DealTimeline = timelineOf(Deal, 'deal');

/** Gives a record that deals point to, `by` one of their references, its deals. */
function dealsOf(owner: Class, by: 'customer' | 'lead' | 'stage', description: string): Class {
  @Resolver(() => owner)
  class Deals {
    @FieldResolver(() => connectionOf(Deal), { nullable: true, description })
    deals(
      @Root() { id }: { id: string },
      @Args(() => DealList) args: ListArguments,
      @Ctx() { read }: Context,
      @Info() info: GraphQLResolveInfo,
    ) {
      return read.children(Deal, by, id, args, info);
    }
  }
  return Deals;
}

export const CustomerDeals = dealsOf(Customer, 'customer', 'Its deals; needs deal:read.');
export const LeadDeals = dealsOf(Lead, 'lead', 'Deals that came from it; needs deal:read.');
export const StageDeals = dealsOf(PipelineStage, 'stage', 'Deals on the stage; needs deal:read.');
