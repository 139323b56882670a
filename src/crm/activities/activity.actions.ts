import { Conflict, type Refusal } from '../../platform/errors.js';
import { faultsRefused } from '../../platform/records/check.js';
import { assign, changedBy, type InputFault } from '../../platform/records/inputs.js';
import { recordNamed } from '../../platform/records/record.js';
import { tagged, tagsRefused } from '../../platform/records/tag-changes.js';
import { type Acting, hold, lock, newRecord, onDuplicate } from '../../platform/tenancy/acting.js';
import { check, given } from '../../platform/tenancy/checks.js';
import { externalIdTaken, ownExternalId } from '../../platform/tenancy/external-id.js';
import type { TenantRecord } from '../../platform/tenancy/tenant-record.js';
import { Customer } from '../customers/customer.js';
import { assigned } from '../employees/assigned.js';
import { type ActivityChanges, type AddCustomerNoteInput, initialStatus, kindFaults } from './activity.inputs.js';
import { Activity, firstLine } from './activity.js';

onDuplicate('activities_external_key', () => externalIdTaken());

type Named = new () => TenantRecord & { name: string; convertedCustomerId?: string | null };
const [Lead, Deal] = [() => recordNamed('Lead') as unknown as Named, () => recordNamed('Deal') as unknown as Named];

/** `onLead`: the lead is an argument of its own, and the customer that it became comes along. */
export async function createActivity(
  acting: Acting,
  input: ActivityChanges,
  { onLead = false } = {},
): Promise<Activity> {
  const { activityType = 'NOTE', completedAt, status = initialStatus(input), ...rest } = input;
  const {
    record: activity,
    customer,
    lead,
  } = await check(acting, {
    find: { record: () => newRecord(acting, Activity), ...links(acting, input, onLead ? 'leadId' : 'input.leadId') },
  });
  activity.activityType = activityType;
  activity.createdById = acting.viewer.userId;
  assign(activity, { ...rest, title: rest.title ?? firstLine(rest.description!) });
  if (onLead) activity.customerId = lead?.convertedCustomerId ?? null;
  activity.customerName = await nameOfLinked(acting, activity, { customer, lead });
  activity.setStatus(status, completedAt ? new Date(completedAt) : undefined);
  acting.em.persist(activity);
  await acting.em.flush();
  return activity;
}

export async function updateActivity(
  acting: Acting,
  id: string,
  input: ActivityChanges,
  expectedVersion?: number | null,
): Promise<Activity> {
  const {
    record: activity,
    customer,
    lead,
  } = await check(acting, {
    find: { record: () => lock(acting, Activity, id), ...links(acting, input, 'input.leadId') },
    expectedVersion,
    state: ({ record }) => [...changesRefused(record, tagged(record, input)), tagsRefused(record, input)],
  });
  const { completedAt, status = activity.status, ...rest } = tagged(activity, input);
  const changed = changedBy(activity, rest);
  assign(activity, rest);
  if (changed.has('customerId') || changed.has('leadId'))
    activity.customerName = await nameOfLinked(acting, activity, { customer, lead });
  activity.setStatus(status, completedAt ? new Date(completedAt) : undefined);
  if (completedAt && status === 'COMPLETED') assign(activity, { completedAt });
  await acting.em.flush();
  return activity;
}

export async function completeActivity(acting: Acting, id: string, expectedVersion?: number | null): Promise<Activity> {
  const { record: activity } = await check(acting, {
    find: { record: () => lock(acting, Activity, id) },
    expectedVersion,
    state: ({ record }) => [record.status === 'CANCELLED' && cancelled()],
  });
  activity.setStatus('COMPLETED');
  await acting.em.flush();
  return activity;
}

export async function cancelActivity(acting: Acting, id: string, expectedVersion?: number | null): Promise<Activity> {
  const { record: activity } = await check(acting, {
    find: { record: () => lock(acting, Activity, id) },
    expectedVersion,
    state: ({ record }) => [record.status === 'COMPLETED' && completed()],
  });
  activity.setStatus('CANCELLED');
  await acting.em.flush();
  return activity;
}

export async function deleteActivity(acting: Acting, id: string, expectedVersion?: number | null): Promise<void> {
  const { record: activity } = await check(acting, {
    find: { record: () => lock(acting, Activity, id) },
    expectedVersion,
  });
  acting.em.remove(activity);
  await acting.em.flush();
}

/** Writes a note about a customer, who stays as it is. */
export async function addCustomerNote(
  acting: Acting,
  customerId: string,
  { text, isPinned }: AddCustomerNoteInput,
): Promise<Activity> {
  const customer = await hold(acting, Customer, customerId, 'customerId');
  const note = Activity.note({ customer }, acting.viewer.userId, { text, isPinned });
  acting.em.persist(note);
  await acting.em.flush();
  return note;
}

const links = (acting: Acting, input: ActivityChanges, leadPath: string) => ({
  customer: () => given(input.customerId, (id) => hold(acting, Customer, id, 'input.customerId')),
  lead: () => given(input.leadId, (id) => hold(acting, Lead(), id, leadPath)),
  deal: () => given(input.dealId, (id) => hold(acting, Deal(), id, 'input.dealId')),
  assignedTo: assigned(acting, input),
  externalId: ownExternalId(acting, Activity, input),
});

interface Linked {
  customer: { name: string } | null;
  lead: { name: string } | null;
}

/** Name of the customer that an activity is about, else of its lead; those just named are known. */
async function nameOfLinked(
  acting: Acting,
  { customerId, leadId }: Activity,
  { customer, lead }: Linked,
): Promise<string | null> {
  if (customerId) {
    const [known] = customer ? [customer] : await acting.find(Customer, 'id', customerId, 'none');
    if (known) return known.name;
  }
  const [known] = lead || !leadId ? [lead] : await acting.find(Lead(), 'id', leadId, 'none');
  return known?.name ?? null;
}

/** Only values that would change are looked at. */
function changesRefused(activity: Activity, input: ActivityChanges): Refusal[] {
  const changed = changedBy(activity, input);
  const faults = kindFaults(activity.activityType, input).filter(({ path }) => changed.has(path as never));
  const isCompleted = (input.status ?? activity.status) === 'COMPLETED';
  if (changed.has('completedAt') && input.completedAt && !isCompleted)
    faults.push(completionRefused('belongs to the status COMPLETED only'));
  if (changed.has('completedAt') && input.completedAt === null && isCompleted)
    faults.push(completionRefused('must not be null while the status is COMPLETED'));
  return [faultsRefused(faults, 'input'), activity.status === 'CANCELLED' && isCompleted && cancelled()];
}

const completionRefused = (message: string): InputFault => ({ path: 'completedAt', code: 'NOT_ALLOWED', message });

const cancelled = () =>
  new Conflict('ACTIVITY_CANCELLED', 'A cancelled activity cannot be completed; set it to SCHEDULED first');

const completed = () =>
  new Conflict('ACTIVITY_COMPLETED', 'A completed activity cannot be cancelled; reopen it by its status first');
