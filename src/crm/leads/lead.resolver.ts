import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Info, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../../platform/graphql/context.js';
import { nestedList } from '../../platform/graphql/nested-list.js';
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
import { AddLeadActivityInput } from '../activities/activity.inputs.js';
import { entriesOn } from '../activities/entries.js';
import { timelineOf } from '../activities/timeline.js';
import { type AssignArguments, assignArgs } from '../employees/assignment.js';
import { Employee } from '../employees/employee.js';
import {
  assignLead,
  createLead,
  deleteLead,
  disqualifyLead,
  qualifyLead,
  updateLead,
  updateLeadScore,
} from './lead.actions.js';
import { CreateLeadInput, DisqualifyLeadArgs, LeadScoreArgs, UpdateLeadInput } from './lead.inputs.js';
import { Lead } from './lead.js';

const LeadList = listArgumentsOf(Lead);
const LeadId = idArgs('Id of the lead.');
const LeadVerb = verbArgs('Id of the lead.');
const LeadAssignment = assignArgs('Id of the lead.');
const NewLead = inputArgs<CreateLeadInput>(CreateLeadInput, 'The lead.');
const LeadChange = changeArgs<UpdateLeadInput>('Id of the lead.', UpdateLeadInput);

@Resolver()
export class LeadResolver {
  @Query(() => connectionOf(Lead), { nullable: true, description: 'Leads. Needs lead:read.' })
  leads(@Args(() => LeadList) args: ListArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.connection(Lead, args, info);
  }

  @Query(() => Lead, { nullable: true, description: 'One lead. Needs lead:read.' })
  lead(@Args(() => LeadId) { id }: IdArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.byId(Lead, id, Selection.of(info));
  }

  @Mutation(() => Lead, { nullable: true, description: 'Create a lead. Needs lead:create.' })
  async createLead(@Args(() => NewLead) { input }: { input: CreateLeadInput }, @Ctx() { action }: Context) {
    return createLead(action, input);
  }

  @Mutation(() => Lead, { nullable: true, description: 'Change a lead. Needs lead:update.' })
  async updateLead(@Args(() => LeadChange) args: ChangeArguments<UpdateLeadInput>, @Ctx() { action }: Context) {
    return updateLead(action, args);
  }

  @Mutation(() => DeletePayload, {
    nullable: true,
    description: 'Delete a lead; deals, customers and activities stay without it. Needs lead:delete.',
  })
  async deleteLead(@Args(() => LeadVerb) args: VerbArguments, @Ctx() { action }: Context): Promise<DeletePayload> {
    return deleteLead(action, args);
  }

  @Mutation(() => Lead, { nullable: true, description: 'Set the qualification to QUALIFIED. Needs lead:update.' })
  async qualifyLead(@Args(() => LeadVerb) args: VerbArguments, @Ctx() { action }: Context) {
    return qualifyLead(action, args);
  }

  @Mutation(() => Lead, { nullable: true, description: 'Set the qualification to UNQUALIFIED. Needs lead:update.' })
  async disqualifyLead(@Args(() => DisqualifyLeadArgs) args: DisqualifyLeadArgs, @Ctx() { action }: Context) {
    return disqualifyLead(action, args);
  }

  @Mutation(() => Lead, { nullable: true, description: 'Set the score. Needs lead:update.' })
  async updateLeadScore(@Args(() => LeadScoreArgs) args: LeadScoreArgs, @Ctx() { action }: Context) {
    return updateLeadScore(action, args);
  }

  @Mutation(() => Lead, {
    nullable: true,
    description: 'Make an active employee responsible for the lead, or nobody. Needs lead:update.',
  })
  async assignLead(@Args(() => LeadAssignment) args: AssignArguments, @Ctx() { action }: Context) {
    return assignLead(action, args);
  }
}

export const leadTimeline = [...timelineOf(Lead, 'lead'), entriesOn(Lead, 'lead', { activity: AddLeadActivityInput })];

export const EmployeeLeads = nestedList(Employee, 'leads', Lead, {
  by: 'assignedTo',
  description: 'Leads for which the employee is responsible; needs lead:read.',
});
