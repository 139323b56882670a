import { type Refusal, Taken } from '../../platform/errors.js';
import { badInput } from '../../platform/records/check.js';
import { assign, changedBy } from '../../platform/records/inputs.js';
import { tagged, tagsRefused } from '../../platform/records/tag-changes.js';
import { type ActionContext, lock, newRecord } from '../../platform/tenancy/action-context.js';
import { check, given } from '../../platform/tenancy/checks.js';
import { onDuplicate, uniqueKey } from '../../platform/tenancy/duplicates.js';
import { externalIdTaken, ownExternalId } from '../../platform/tenancy/external-id.js';
import { createActivity } from '../activities/activity.actions.js';
import type { ActivityChanges } from '../activities/activity.inputs.js';
import { Activity } from '../activities/activity.js';
import { assigned } from '../employees/assigned.js';
import {
  type AssignLeadArgs,
  conversionOnly,
  type DisqualifyLeadArgs,
  type LeadChanges,
  type LeadScoreArgs,
} from './lead.inputs.js';
import { alreadyConverted, Lead } from './lead.js';

onDuplicate(uniqueKey(Lead, 'externalId'), () => externalIdTaken());
onDuplicate(uniqueKey(Lead, 'email'), () => emailTaken());

const emailTaken = (existingId?: string) =>
  new Taken('DUPLICATE_EMAIL', 'input.email', 'Another lead in work has this e-mail address', existingId);

/** What may still change when a lead has become a customer. */
const changeableForever = new Set<string>([
  'description',
  'tags',
  'street',
  'city',
  'state',
  'postalCode',
  'country',
] satisfies (keyof LeadChanges)[]);

export async function createLead(context: ActionContext, input: LeadChanges): Promise<Lead> {
  const { record: lead } = await check(context, {
    find: { record: () => newRecord(context, Lead), ...links(context, input) },
  });
  assign(lead, input);
  lead.code = await context.nextCode('LEAD');
  context.persist(lead);
  await context.flush();
  return lead;
}

export async function updateLead(
  context: ActionContext,
  id: string,
  input: LeadChanges,
  expectedVersion?: number | null,
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

export async function deleteLead(context: ActionContext, id: string, expectedVersion?: number | null): Promise<void> {
  const { record: lead } = await check(context, { find: { record: () => lock(context, Lead, id) }, expectedVersion });
  context.remove(lead);
  await context.flush();
}

export async function qualifyLead(context: ActionContext, id: string, expectedVersion?: number | null): Promise<Lead> {
  const lead = await lockUnconverted(context, id, expectedVersion);
  lead.qualificationStatus = 'QUALIFIED';
  await context.flush();
  return lead;
}

export async function disqualifyLead(
  context: ActionContext,
  { id, reason, expectedVersion }: DisqualifyLeadArgs,
): Promise<Lead> {
  const lead = await lockUnconverted(context, id, expectedVersion);
  const title = 'Lead disqualified';
  if (reason && !(await isKept(context, lead, title, reason))) keep(context, lead, title, reason);
  lead.qualificationStatus = 'UNQUALIFIED';
  await context.flush();
  return lead;
}

export async function updateLeadScore(context: ActionContext, args: LeadScoreArgs): Promise<Lead> {
  const { id, score, reason, expectedVersion } = args;
  const lead = await lockUnconverted(context, id, expectedVersion);
  if (reason && score !== lead.leadScore)
    keep(context, lead, `Score changed from ${lead.leadScore} to ${score}`, reason);
  lead.leadScore = score;
  await context.flush();
  return lead;
}

export async function assignLead(
  context: ActionContext,
  { id, employeeId, expectedVersion }: AssignLeadArgs,
): Promise<Lead> {
  const assignedToId = employeeId ?? null;
  const { record: lead } = await check(context, {
    find: { record: () => lock(context, Lead, id), assignedTo: assigned(context, { assignedToId }, 'employeeId') },
    expectedVersion,
    state: ({ record }) => [record.isConverted && alreadyConverted(record)],
  });
  lead.assignedToId = assignedToId;
  await context.flush();
  return lead;
}

/** An activity on the lead, and on the customer that it became. */
export function addLeadActivity(context: ActionContext, leadId: string, input: ActivityChanges): Promise<Activity> {
  return createActivity(context, { ...input, leadId }, { onLead: true });
}

async function lockUnconverted(context: ActionContext, id: string, expectedVersion?: number | null): Promise<Lead> {
  const { record: lead } = await check(context, {
    find: { record: () => lock(context, Lead, id) },
    expectedVersion,
    state: ({ record }) => [record.isConverted && alreadyConverted(record)],
  });
  return lead;
}

/** Whether a lead was disqualified for the same reason before, and still is. */
async function isKept(context: ActionContext, lead: Lead, title: string, reason: string): Promise<boolean> {
  if (lead.qualificationStatus !== 'UNQUALIFIED') return false;
  const notes = await context.find(Activity, { leadId: lead.id }, 'none');
  return notes.some((note) => note.title === title && note.description === reason);
}

function keep(context: ActionContext, lead: Lead, title: string, text: string): void {
  context.persist(Activity.note({ lead }, context.viewer.userId, { title, text }));
}

/** Only convertLead converts, and a converted lead is a record of the past. */
function changesRefused(lead: Lead, input: LeadChanges): Refusal[] {
  const changed = [...changedBy(lead, input)];
  if (lead.isConverted) return [changed.some((name) => !changeableForever.has(name)) && alreadyConverted(lead)];
  return [input.qualificationStatus === 'CONVERTED' && badInput([conversionOnly('input.qualificationStatus')])];
}

const links = (context: ActionContext, input: LeadChanges) => ({
  assignedTo: assigned(context, input),
  externalId: ownExternalId(context, Lead, input),
  email: {
    find: async () => (await given(input.email, (email) => context.find(Lead, { email }, 'none'))) ?? [],
    state: (sameAddress: Lead[], lead: Lead) => {
      const other = sameAddress.find(({ id, isConverted }) => id !== lead.id && !isConverted);
      return other && input.email !== lead.email && !lead.isConverted && emailTaken(other.id);
    },
  },
});
