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

export async function createLead(acting: ActionContext, input: LeadChanges): Promise<Lead> {
  const { record: lead } = await check(acting, {
    find: { record: () => newRecord(acting, Lead), ...links(acting, input) },
  });
  assign(lead, input);
  lead.code = await acting.nextCode(Lead);
  acting.persist(lead);
  await acting.flush();
  return lead;
}

export async function updateLead(
  acting: ActionContext,
  id: string,
  input: LeadChanges,
  expectedVersion?: number | null,
): Promise<Lead> {
  const { record: lead } = await check(acting, {
    find: { record: () => lock(acting, Lead, id), ...links(acting, input) },
    expectedVersion,
    state: ({ record }) => [...changesRefused(record, tagged(record, input)), tagsRefused(record, input)],
  });
  assign(lead, tagged(lead, input));
  await acting.flush();
  return lead;
}

export async function deleteLead(acting: ActionContext, id: string, expectedVersion?: number | null): Promise<void> {
  const { record: lead } = await check(acting, { find: { record: () => lock(acting, Lead, id) }, expectedVersion });
  acting.remove(lead);
  await acting.flush();
}

export async function qualifyLead(acting: ActionContext, id: string, expectedVersion?: number | null): Promise<Lead> {
  const lead = await lockUnconverted(acting, id, expectedVersion);
  lead.qualificationStatus = 'QUALIFIED';
  await acting.flush();
  return lead;
}

export async function disqualifyLead(
  acting: ActionContext,
  { id, reason, expectedVersion }: DisqualifyLeadArgs,
): Promise<Lead> {
  const lead = await lockUnconverted(acting, id, expectedVersion);
  const title = 'Lead disqualified';
  if (reason && !(await isKept(acting, lead, title, reason))) keep(acting, lead, title, reason);
  lead.qualificationStatus = 'UNQUALIFIED';
  await acting.flush();
  return lead;
}

export async function updateLeadScore(acting: ActionContext, args: LeadScoreArgs): Promise<Lead> {
  const { id, score, reason, expectedVersion } = args;
  const lead = await lockUnconverted(acting, id, expectedVersion);
  if (reason && score !== lead.leadScore)
    keep(acting, lead, `Score changed from ${lead.leadScore} to ${score}`, reason);
  lead.leadScore = score;
  await acting.flush();
  return lead;
}

export async function assignLead(
  acting: ActionContext,
  { id, employeeId, expectedVersion }: AssignLeadArgs,
): Promise<Lead> {
  const assignedToId = employeeId ?? null;
  const { record: lead } = await check(acting, {
    find: { record: () => lock(acting, Lead, id), assignedTo: assigned(acting, { assignedToId }, 'employeeId') },
    expectedVersion,
    state: ({ record }) => [record.isConverted && alreadyConverted(record)],
  });
  lead.assignedToId = assignedToId;
  await acting.flush();
  return lead;
}

/** An activity on the lead, and on the customer that it became. */
export function addLeadActivity(acting: ActionContext, leadId: string, input: ActivityChanges): Promise<Activity> {
  return createActivity(acting, { ...input, leadId }, { onLead: true });
}

async function lockUnconverted(acting: ActionContext, id: string, expectedVersion?: number | null): Promise<Lead> {
  const { record: lead } = await check(acting, {
    find: { record: () => lock(acting, Lead, id) },
    expectedVersion,
    state: ({ record }) => [record.isConverted && alreadyConverted(record)],
  });
  return lead;
}

/** Whether a lead was disqualified for the same reason before, and still is. */
async function isKept(acting: ActionContext, lead: Lead, title: string, reason: string): Promise<boolean> {
  if (lead.qualificationStatus !== 'UNQUALIFIED') return false;
  const notes = await acting.find(Activity, { leadId: lead.id }, 'none');
  return notes.some((note) => note.title === title && note.description === reason);
}

function keep(acting: ActionContext, lead: Lead, title: string, text: string): void {
  acting.persist(Activity.note({ lead }, acting.viewer.userId, { title, text }));
}

/** Only convertLead converts, and a converted lead is a record of the past. */
function changesRefused(lead: Lead, input: LeadChanges): Refusal[] {
  const changed = [...changedBy(lead, input)];
  if (lead.isConverted) return [changed.some((name) => !changeableForever.has(name)) && alreadyConverted(lead)];
  return [input.qualificationStatus === 'CONVERTED' && badInput([conversionOnly('input.qualificationStatus')])];
}

const links = (acting: ActionContext, input: LeadChanges) => ({
  assignedTo: assigned(acting, input),
  externalId: ownExternalId(acting, Lead, input),
  email: {
    find: async () => (await given(input.email, (email) => acting.find(Lead, { email }, 'none'))) ?? [],
    state: (sameAddress: Lead[], lead: Lead) => {
      const other = sameAddress.find(({ id, isConverted }) => id !== lead.id && !isConverted);
      return other && input.email !== lead.email && !lead.isConverted && emailTaken(other.id);
    },
  },
});
