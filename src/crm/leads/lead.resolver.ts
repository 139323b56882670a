import type { GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, ID, Info, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../../platform/graphql/context.js';
import { Selection } from '../../platform/reading/selection.js';
import { listArgumentsOf } from '../../platform/records/list-arguments.js';
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
import { type ActivityChanges, AddLeadActivityInput } from '../activities/activity.inputs.js';
import { Activity } from '../activities/activity.js';
import { timelineOf } from '../activities/timeline.js';
import {
  addLeadActivity,
  assignLead,
  createLead,
  deleteLead,
  disqualifyLead,
  qualifyLead,
  updateLead,
  updateLeadScore,
} from './lead.actions.js';
import {
  AssignLeadArgs,
  CreateLeadInput,
  DisqualifyLeadArgs,
  type LeadChanges,
  LeadScoreArgs,
  UpdateLeadInput,
} from './lead.inputs.js';
import { Lead } from './lead.js';

const LeadList = listArgumentsOf(Lead, 'name, e-mail address and company');
const LeadId = idArgs('Id of the lead.');
const LeadVerb = verbArgs('Id of the lead.');
const NewLead = inputArgs<LeadChanges>(CreateLeadInput, 'The lead.');
const LeadChange = changeArgs<LeadChanges>('Id of the lead.', UpdateLeadInput);

@ArgsType()
class NewLeadActivity {
  @Field(() => ID, { description: 'Id of the lead.' })
  leadId!: string;

  @Field(() => AddLeadActivityInput, { description: 'The activity.' })
  input!: ActivityChanges;
}

@Resolver()
export class LeadResolver {
  @Query(() => connectionOf(Lead), { nullable: true, description: 'Leads. Needs lead:read.' })
  leads(@Args(() => LeadList) args: ListArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.connection(Lead, args, info);
  }

  @Query(() => Lead, { nullable: true, description: 'One lead. Needs lead:read.' })
  lead(@Args(() => LeadId) { id }: IdArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.one(Lead, id, Selection.of(info));
  }

  @Mutation(() => Lead, { nullable: true, description: 'Create a lead. Needs lead:create.' })
  async createLead(@Args(() => NewLead) { input }: { input: LeadChanges }, @Ctx() { acting }: Context) {
    return createLead(acting, input);
  }

  @Mutation(() => Lead, { nullable: true, description: 'Change a lead. Needs lead:update.' })
  async updateLead(
    @Args(() => LeadChange) { id, input, expectedVersion }: ChangeArguments<LeadChanges>,
    @Ctx() { acting }: Context,
  ) {
    return updateLead(acting, id, input, expectedVersion);
  }

  @Mutation(() => DeletePayload, {
    nullable: true,
    description: 'Delete a lead; deals, customers and activities stay without it. Needs lead:delete.',
  })
  async deleteLead(
    @Args(() => LeadVerb) { id, expectedVersion }: VerbArguments,
    @Ctx() { acting }: Context,
  ): Promise<DeletePayload> {
    await deleteLead(acting, id, expectedVersion);
    return { id };
  }

  @Mutation(() => Lead, { nullable: true, description: 'Set the qualification to QUALIFIED. Needs lead:update.' })
  async qualifyLead(@Args(() => LeadVerb) { id, expectedVersion }: VerbArguments, @Ctx() { acting }: Context) {
    return qualifyLead(acting, id, expectedVersion);
  }

  @Mutation(() => Lead, { nullable: true, description: 'Set the qualification to UNQUALIFIED. Needs lead:update.' })
  async disqualifyLead(@Args(() => DisqualifyLeadArgs) args: DisqualifyLeadArgs, @Ctx() { acting }: Context) {
    return disqualifyLead(acting, args);
  }

  @Mutation(() => Lead, { nullable: true, description: 'Set the score. Needs lead:update.' })
  async updateLeadScore(@Args(() => LeadScoreArgs) args: LeadScoreArgs, @Ctx() { acting }: Context) {
    return updateLeadScore(acting, args);
  }

  @Mutation(() => Lead, { nullable: true, description: 'Set the responsible employee. Needs lead:update.' })
  async assignLead(@Args(() => AssignLeadArgs) args: AssignLeadArgs, @Ctx() { acting }: Context) {
    return assignLead(acting, args);
  }

  @Mutation(() => Activity, {
    nullable: true,
    description: "Add an activity to a lead's timeline. Needs lead:update or activity:create.",
  })
  async addLeadActivity(@Args(() => NewLeadActivity) { leadId, input }: NewLeadActivity, @Ctx() { acting }: Context) {
    const { id } = await addLeadActivity(acting, leadId, input);
    return { id };
  }
}

export const LeadTimeline = timelineOf(Lead, 'lead');
