import { BadInput, Taken } from '../../platform/errors.js';
import { assign } from '../../platform/records/inputs.js';
import { type Acting, checkVersion, hold, lock, onDuplicate, organizationOf } from '../../platform/tenancy/acting.js';
import { checkExternalId, externalIdTaken } from '../../platform/tenancy/external-id.js';
import { createActivity } from '../activities/activity.actions.js';
import type { ActivityChanges } from '../activities/activity.inputs.js';
import { Activity } from '../activities/activity.js';
import { assignee } from '../employees/employee.actions.js';
import type { AssignLeadArgs, DisqualifyLeadArgs, LeadChanges, LeadScoreArgs } from './lead.inputs.js';
import { Lead } from './lead.js';

onDuplicate('leads_external_key', () => externalIdTaken());
onDuplicate('leads_email_key', () => emailTaken());

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

export async function createLead(acting: Acting, input: LeadChanges): Promise<Lead> {
  refuseConversion(input);
  const lead = new Lead();
  lead.organizationId = organizationOf(acting).id;
  await checkLinks(acting, lead, input);
  assign(lead, input);
  lead.code = await acting.draw('LEAD');
  acting.em.persist(lead);
  await acting.em.flush();
  return lead;
}

export async function updateLead(
  acting: Acting,
  id: string,
  input: LeadChanges,
  expectedVersion?: number | null,
): Promise<Lead> {
  refuseConversion(input);
  const lead = await lock(acting, Lead, id);
  await checkLinks(acting, lead, input);
  checkVersion(lead, expectedVersion);
  const touched = Object.entries(input).filter(([, value]) => value !== undefined);
  if (touched.some(([name]) => !changeableForever.has(name))) lead.demandUnconverted();
  assign(lead, input);
  await acting.em.flush();
  return lead;
}

export async function deleteLead(acting: Acting, id: string, expectedVersion?: number | null): Promise<void> {
  const lead = await lock(acting, Lead, id);
  checkVersion(lead, expectedVersion);
  acting.em.remove(lead);
  await acting.em.flush();
}

export async function qualifyLead(acting: Acting, id: string, expectedVersion?: number | null): Promise<Lead> {
  const lead = await lockUnconverted(acting, id, expectedVersion);
  lead.qualificationStatus = 'QUALIFIED';
  await acting.em.flush();
  return lead;
}

export async function disqualifyLead(
  acting: Acting,
  { id, reason, expectedVersion }: DisqualifyLeadArgs,
): Promise<Lead> {
  const lead = await lockUnconverted(acting, id, expectedVersion);
  lead.qualificationStatus = 'UNQUALIFIED';
  if (reason) keep(acting, lead, 'Lead disqualified', reason);
  await acting.em.flush();
  return lead;
}

export async function updateLeadScore(acting: Acting, args: LeadScoreArgs): Promise<Lead> {
  const { id, score, reason, expectedVersion } = args;
  const lead = await lockUnconverted(acting, id, expectedVersion);
  if (reason) keep(acting, lead, `Score changed from ${lead.leadScore} to ${score}`, reason);
  lead.leadScore = score;
  await acting.em.flush();
  return lead;
}

export async function assignLead(acting: Acting, { id, employeeId, expectedVersion }: AssignLeadArgs): Promise<Lead> {
  const lead = await lock(acting, Lead, id);
  if (employeeId && employeeId !== lead.assignedToId) await assignee(acting, employeeId, 'employeeId');
  checkVersion(lead, expectedVersion);
  lead.demandUnconverted();
  lead.assignedToId = employeeId ?? null;
  await acting.em.flush();
  return lead;
}

/** An activity on the lead, and on the customer that it became. */
export async function addLeadActivity(acting: Acting, leadId: string, input: ActivityChanges): Promise<Activity> {
  const { convertedCustomerId } = await hold(acting, Lead, leadId, 'leadId');
  return createActivity(acting, { ...input, leadId, customerId: convertedCustomerId });
}

async function lockUnconverted(acting: Acting, id: string, expectedVersion?: number | null): Promise<Lead> {
  const lead = await lock(acting, Lead, id);
  checkVersion(lead, expectedVersion);
  lead.demandUnconverted();
  return lead;
}

function keep({ em, viewer }: Acting, lead: Lead, title: string, text: string): void {
  em.persist(Activity.note({ lead }, viewer.userId, { title, text }));
}

function refuseConversion({ qualificationStatus }: LeadChanges): void {
  if (qualificationStatus === 'CONVERTED')
    throw new BadInput(
      [{ path: 'input.qualificationStatus', code: 'NOT_ALLOWED', message: 'is set by convertLead only' }],
      'CONVERSION_ONLY',
    );
}

async function checkLinks(acting: Acting, lead: Lead, input: LeadChanges): Promise<void> {
  const { assignedToId, email } = input;
  await checkExternalId(acting, lead, input);
  if (assignedToId && assignedToId !== lead.assignedToId) await assignee(acting, assignedToId);
  if (!email || email === lead.email || lead.isConverted) return;
  const sameAddress = await acting.find(Lead, 'email', email, 'none');
  const other = sameAddress.find(({ id, isConverted }) => id !== lead.id && !isConverted);
  if (other) throw emailTaken(other.id);
}
