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
// Clients rely on `assignLead` without an employee; the other assignments are newer and require one or null.
const LeadAssignment = assignArgs('Id of the lead.', { mayOmitOwner: true });
const NewLead = inputArgs<CreateLeadInput>(CreateLeadInput, 'The lead to create.');
const LeadChange = changeArgs<UpdateLeadInput>('Id of the lead.', UpdateLeadInput);

@Resolver()
export class LeadResolver {
  @Query(() => connectionOf(Lead), { nullable: true, description: 'Lists leads, converted ones included.' })
  leads(@Args(() => LeadList) args: ListArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.connection(Lead, args, info);
  }

  @Query(() => Lead, { nullable: true, description: 'Finds a lead by its id; null if there is none.' })
  lead(@Args(() => LeadId) { id }: IdArguments, @Ctx() { read }: Context, @Info() info: GraphQLResolveInfo) {
    return read.byId(Lead, id, Selection.of(info));
  }

  @Mutation(() => Lead, { nullable: true, description: 'Creates a lead.' })
  async createLead(@Args(() => NewLead) { input }: { input: CreateLeadInput }, @Ctx() { action }: Context) {
    return createLead(action, input);
  }

  @Mutation(() => Lead, { nullable: true, description: 'Changes fields of a lead.' })
  async updateLead(@Args(() => LeadChange) args: ChangeArguments<UpdateLeadInput>, @Ctx() { action }: Context) {
    return updateLead(action, args);
  }

  @Mutation(() => DeletePayload, {
    nullable: true,
    description: 'Deletes a lead; its deals, customer and activities are kept.',
  })
  async deleteLead(@Args(() => LeadVerb) args: VerbArguments, @Ctx() { action }: Context): Promise<DeletePayload> {
    return deleteLead(action, args);
  }

  @Mutation(() => Lead, { nullable: true, description: 'Sets the qualification of a lead to QUALIFIED.' })
  async qualifyLead(@Args(() => LeadVerb) args: VerbArguments, @Ctx() { action }: Context) {
    return qualifyLead(action, args);
  }

  @Mutation(() => Lead, { nullable: true, description: 'Sets the qualification of a lead to UNQUALIFIED.' })
  async disqualifyLead(@Args(() => DisqualifyLeadArgs) args: DisqualifyLeadArgs, @Ctx() { action }: Context) {
    return disqualifyLead(action, args);
  }

  @Mutation(() => Lead, { nullable: true, description: 'Sets the score of a lead, 0–100.' })
  async updateLeadScore(@Args(() => LeadScoreArgs) args: LeadScoreArgs, @Ctx() { action }: Context) {
    return updateLeadScore(action, args);
  }

  @Mutation(() => Lead, {
    nullable: true,
    description: 'Sets the employee who is responsible for a lead, or nobody.',
  })
  async assignLead(@Args(() => LeadAssignment) args: AssignArguments, @Ctx() { action }: Context) {
    return assignLead(action, args);
  }
}

export const leadTimeline = [...timelineOf(Lead, 'lead'), entriesOn(Lead, 'lead', { activity: AddLeadActivityInput })];

export const EmployeeLeads = nestedList(Employee, 'leads', Lead, {
  by: 'assignedTo',
  description: 'Leads for which the employee is responsible.',
});
