import { Conflict, type Refusal } from '../../platform/errors.js';
import { faultsRefused } from '../../platform/records/check.js';
import { assign, changedBy, type InputFault } from '../../platform/records/inputs.js';
import { tagged, tagsRefused } from '../../platform/records/tag-changes.js';
import { type ActionContext, lock, lockShared, newRecord } from '../../platform/tenancy/action-context.js';
import { check, given } from '../../platform/tenancy/checks.js';
import { onDuplicate, uniqueKey } from '../../platform/tenancy/duplicates.js';
import { externalIdTaken, ownExternalId } from '../../platform/tenancy/external-id.js';
import { Customer } from '../customers/customer.js';
import { assigned } from '../employees/assigned.js';
import { later } from '../later.js';
import { type ActivityChanges, type AddCustomerNoteInput, initialStatus, kindFaults } from './activity.inputs.js';
import { Activity, firstLine } from './activity.js';

onDuplicate(uniqueKey(Activity, 'externalId'), () => externalIdTaken());

/** `onLead`: the lead is an argument of its own, and the customer that it became comes along. */
export async function createActivity(
  acting: ActionContext,
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
  acting.persist(activity);
  await acting.flush();
  return activity;
}

export async function updateActivity(
  acting: ActionContext,
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
  await acting.flush();
  return activity;
}

export async function completeActivity(
  acting: ActionContext,
  id: string,
  expectedVersion?: number | null,
): Promise<Activity> {
  const { record: activity } = await check(acting, {
    find: { record: () => lock(acting, Activity, id) },
    expectedVersion,
    state: ({ record }) => [record.status === 'CANCELLED' && cancelled()],
  });
  activity.setStatus('COMPLETED');
  await acting.flush();
  return activity;
}

export async function cancelActivity(
  acting: ActionContext,
  id: string,
  expectedVersion?: number | null,
): Promise<Activity> {
  const { record: activity } = await check(acting, {
    find: { record: () => lock(acting, Activity, id) },
    expectedVersion,
    state: ({ record }) => [record.status === 'COMPLETED' && completed()],
  });
  activity.setStatus('CANCELLED');
  await acting.flush();
  return activity;
}

export async function deleteActivity(
  acting: ActionContext,
  id: string,
  expectedVersion?: number | null,
): Promise<void> {
  const { record: activity } = await check(acting, {
    find: { record: () => lock(acting, Activity, id) },
    expectedVersion,
  });
  acting.remove(activity);
  await acting.flush();
}

/** Writes a note about a customer, who stays as it is. */
export async function addCustomerNote(
  acting: ActionContext,
  customerId: string,
  { text, isPinned }: AddCustomerNoteInput,
): Promise<Activity> {
  const customer = await lockShared(acting, Customer, customerId, 'customerId');
  const note = Activity.note({ customer }, acting.viewer.userId, { text, isPinned });
  acting.persist(note);
  await acting.flush();
  return note;
}

const links = (acting: ActionContext, input: ActivityChanges, leadPath: string) => ({
  customer: () => given(input.customerId, (id) => lockShared(acting, Customer, id, 'input.customerId')),
  lead: () => given(input.leadId, (id) => lockShared(acting, later.lead.type, id, leadPath)),
  deal: () => given(input.dealId, (id) => lockShared(acting, later.deal.type, id, 'input.dealId')),
  assignedTo: assigned(acting, input),
  externalId: ownExternalId(acting, Activity, input),
});

interface Linked {
  customer: { name: string } | null;
  lead: { name: string } | null;
}

/** Name of the customer that an activity is about, else of its lead; those just named are known. */
async function nameOfLinked(
  acting: ActionContext,
  { customerId, leadId }: Activity,
  { customer, lead }: Linked,
): Promise<string | null> {
  if (customerId) {
    const [known] = customer ? [customer] : await acting.find(Customer, { id: customerId }, 'none');
    if (known) return known.name;
  }
  const [known] = lead || !leadId ? [lead] : await acting.find(later.lead.type, { id: leadId }, 'none');
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
