import { type Refusal, Taken } from '../../platform/errors.js';
import { badInput } from '../../platform/records/check.js';
import { assign, changedBy } from '../../platform/records/inputs.js';
import { tagged, tagsRefused } from '../../platform/records/tag-changes.js';
import type { ChangeArguments, VerbArguments } from '../../platform/schema/arguments.js';
import type { DeletePayload } from '../../platform/schema/deletion.js';
import { type ActionContext, lock, newRecord } from '../../platform/tenancy/action-context.js';
import { check, ifGiven, lockSeen } from '../../platform/tenancy/checks.js';
import { onDuplicate, uniqueKey } from '../../platform/tenancy/duplicates.js';
import { externalIdTaken, ownExternalId } from '../../platform/tenancy/external-id.js';
import { Activity } from '../activities/activity.js';
import { noteAbout } from '../activities/note.js';
import { assigned } from '../employees/assigned.js';
import { type AssignArguments, assignRecord } from '../employees/assignment.js';
import {
  type CreateLeadInput,
  conversionOnly,
  type DisqualifyLeadArgs,
  type LeadChanges,
  type LeadScoreArgs,
  type UpdateLeadInput,
} from './lead.inputs.js';
import { Lead } from './lead.js';

onDuplicate(uniqueKey(Lead, 'externalId'), () => externalIdTaken());
onDuplicate(uniqueKey(Lead, 'email'), () => emailTaken());

const emailTaken = (existingId?: string) =>
  new Taken('DUPLICATE_EMAIL', 'input.email', 'Another unconverted lead has this e-mail address', existingId);

/** Fields that change even after a lead has become a customer. */
const changeableForever = new Set<string>([
  'description',
  'tags',
  'street',
  'city',
  'state',
  'postalCode',
  'country',
] satisfies (keyof LeadChanges)[]);

export async function createLead(context: ActionContext, input: CreateLeadInput): Promise<Lead> {
  const { record: lead } = await check(context, {
    find: { record: () => newRecord(context, Lead), ...links(context, input) },
  });
  assign(lead, input);
  lead.code = await context.nextCode(Lead);
  context.persist(lead);
  await context.flush();
  return lead;
}

export async function updateLead(
  context: ActionContext,
  { id, input, expectedVersion }: ChangeArguments<UpdateLeadInput>,
): Promise<Lead> {
  const { record: lead } = await check(context, {
    find: { record: () => lock(context, Lead, id), ...links(context, input) },
    expectedVersion,
    state: ({ record }) => [...changesRefused(record, tagged(record, input)), tagsRefused(record, input)],
  });
  assign(lead, tagged(lead, input));
  await context.flush();
  return lead;
}

export async function deleteLead(context: ActionContext, args: VerbArguments): Promise<DeletePayload> {
  const lead = await lockSeen(context, Lead, args);
  context.remove(lead);
  await context.flush();
  return { id: lead.id };
}

export async function qualifyLead(context: ActionContext, args: VerbArguments): Promise<Lead> {
  const lead = await lockSeen(context, Lead, args);
  lead.qualify();
  await context.flush();
  return lead;
}

export async function disqualifyLead(context: ActionContext, { reason, ...args }: DisqualifyLeadArgs): Promise<Lead> {
  const lead = await lockSeen(context, Lead, args);
  const isRepeated = reason && (await isDisqualifiedFor(context, lead, reason));
  lead.disqualify();
  if (reason && !isRepeated) addNote(context, lead, disqualification, reason);
  await context.flush();
  return lead;
}

export async function updateLeadScore(
  context: ActionContext,
  { score, reason, ...args }: LeadScoreArgs,
): Promise<Lead> {
  const lead = await lockSeen(context, Lead, args);
  const { leadScore } = lead;
  lead.rescore(score);
  if (reason && score !== leadScore) addNote(context, lead, `Score changed from ${leadScore} to ${score}`, reason);
  await context.flush();
  return lead;
}

export const assignLead = (context: ActionContext, args: AssignArguments): Promise<Lead> =>
  assignRecord(context, Lead, args, { refused: (lead) => lead.conversionRefused() });

const disqualification = 'Lead disqualified';

/** Whether the lead is disqualified and has a note with the same reason. */
async function isDisqualifiedFor(context: ActionContext, lead: Lead, reason: string): Promise<boolean> {
  if (lead.qualificationStatus !== 'UNQUALIFIED') return false;
  const notes = await context.find(Activity, { leadId: lead.id }, 'none');
  return notes.some(({ title, description }) => title === disqualification && description === reason);
}

function addNote(context: ActionContext, lead: Lead, title: string, text: string): void {
  context.persist(noteAbout({ lead }, context.viewer.userId, { title, text }));
}

/** Reasons to refuse a change: only convertLead converts, and most fields of a converted lead are fixed. */
function changesRefused(lead: Lead, input: LeadChanges): Refusal[] {
  const changed = [...changedBy(lead, input)];
  if (lead.isConverted) return [changed.some((name) => !changeableForever.has(name)) && lead.conversionRefused()];
  return [input.qualificationStatus === 'CONVERTED' && badInput([conversionOnly('input.qualificationStatus')])];
}

const links = (context: ActionContext, input: LeadChanges) => ({
  assignedTo: assigned(context, input),
  externalId: ownExternalId(context, Lead, input),
  email: {
    find: async () => (await ifGiven(input.email, (email) => context.find(Lead, { email }, 'none'))) ?? [],
    state: (sameAddress: Lead[], lead: Lead) => {
      const holder = sameAddress.find(({ id, isConverted }) => id !== lead.id && !isConverted);
      return holder && input.email !== lead.email && !lead.isConverted && emailTaken(holder.id);
    },
  },
});
