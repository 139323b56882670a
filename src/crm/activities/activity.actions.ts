import { BadInput, Conflict, type Fault } from '../../platform/errors.js';
import { assign } from '../../platform/records/inputs.js';
import { recordNamed } from '../../platform/records/record.js';
import { type Acting, checkVersion, hold, lock, onDuplicate, organizationOf } from '../../platform/tenancy/acting.js';
import { checkExternalId, externalIdTaken } from '../../platform/tenancy/external-id.js';
import type { TenantRecord } from '../../platform/tenancy/tenant-record.js';
import { Customer } from '../customers/customer.js';
import { assignee } from '../employees/employee.actions.js';
import type { ActivityChanges, AddCustomerNoteInput } from './activity.inputs.js';
import { Activity, type ActivityType, firstLine } from './activity.js';

onDuplicate('activities_external_key', () => externalIdTaken());

/** Fields that only one kind has. */
const fieldsOfKind: Partial<Record<ActivityType, (keyof ActivityChanges)[]>> = {
  CALL: ['phoneNumber', 'callDuration'],
  EMAIL: ['emailSubject', 'emailBody'],
  MEETING: ['meetingLocation', 'meetingUrl', 'attendees'],
  TASK: ['taskPriority', 'taskDueDate'],
};

type Named = new () => TenantRecord & { name: string };

export async function createActivity(acting: Acting, input: ActivityChanges): Promise<Activity> {
  const {
    activityType = 'NOTE',
    completedAt,
    status = activityType === 'NOTE' ? 'COMPLETED' : 'SCHEDULED',
    ...rest
  } = input;
  const faults = [...kindFaults(activityType, rest), ...completionFaults(status, completedAt)];
  if (!rest.title && !rest.description)
    faults.push({ path: 'input.title', code: 'REQUIRED', message: 'or description must be given' });
  if (faults.length) throw new BadInput(faults);
  const activity = new Activity();
  activity.organizationId = organizationOf(acting).id;
  activity.activityType = activityType;
  activity.createdById = acting.viewer.userId;
  await checkExternalId(acting, activity, rest);
  await link(acting, activity, rest);
  if (rest.assignedToId) await assignee(acting, rest.assignedToId);
  assign(activity, { ...rest, title: rest.title ?? firstLine(rest.description!) });
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
  const activity = await lock(acting, Activity, id);
  const { completedAt, status = activity.status, ...rest } = input;
  const faults = [...kindFaults(activity.activityType, rest), ...completionFaults(status, completedAt)];
  if (faults.length) throw new BadInput(faults);
  await checkExternalId(acting, activity, rest);
  await link(acting, activity, rest);
  if (rest.assignedToId && rest.assignedToId !== activity.assignedToId) await assignee(acting, rest.assignedToId);
  checkVersion(activity, expectedVersion);
  if (activity.status === 'CANCELLED' && status === 'COMPLETED') throw cancelled();
  assign(activity, rest);
  activity.setStatus(status, completedAt ? new Date(completedAt) : undefined);
  if (completedAt) activity.completedAt = new Date(completedAt);
  await acting.em.flush();
  return activity;
}

export async function completeActivity(acting: Acting, id: string, expectedVersion?: number | null): Promise<Activity> {
  const activity = await lock(acting, Activity, id);
  checkVersion(activity, expectedVersion);
  if (activity.status === 'CANCELLED') throw cancelled();
  activity.setStatus('COMPLETED');
  await acting.em.flush();
  return activity;
}

export async function cancelActivity(acting: Acting, id: string, expectedVersion?: number | null): Promise<Activity> {
  const activity = await lock(acting, Activity, id);
  checkVersion(activity, expectedVersion);
  if (activity.status === 'COMPLETED')
    throw new Conflict('ACTIVITY_COMPLETED', 'A completed activity cannot be cancelled; reopen it by its status first');
  activity.setStatus('CANCELLED');
  await acting.em.flush();
  return activity;
}

export async function deleteActivity(acting: Acting, id: string, expectedVersion?: number | null): Promise<void> {
  const activity = await lock(acting, Activity, id);
  checkVersion(activity, expectedVersion);
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

/** What it is about must exist; its name is kept from the first link on. */
async function link(
  acting: Acting,
  activity: Activity,
  { customerId, leadId, dealId }: ActivityChanges,
): Promise<void> {
  const customer = customerId ? await hold(acting, Customer, customerId, 'input.customerId') : null;
  const lead = leadId ? await hold(acting, recordNamed('Lead') as unknown as Named, leadId, 'input.leadId') : null;
  if (dealId) await hold(acting, recordNamed('Deal') as unknown as Named, dealId, 'input.dealId');
  activity.link({ customer, lead });
}

function kindFaults(kind: ActivityType, input: ActivityChanges): Fault[] {
  const foreign = Object.entries(fieldsOfKind).filter(([other]) => other !== kind);
  return foreign.flatMap(([other, fields]) =>
    fields
      .filter((name) => input[name] != null && !(Array.isArray(input[name]) && input[name].length === 0))
      .map((name): Fault => ({ path: `input.${name}`, code: 'NOT_ALLOWED', message: `belongs to ${other} only` })),
  );
}

function completionFaults(status: string, completedAt: ActivityChanges['completedAt']): Fault[] {
  if (completedAt == null) return [];
  const path = 'input.completedAt';
  if (status !== 'COMPLETED') return [{ path, code: 'NOT_ALLOWED', message: 'belongs to the status COMPLETED only' }];
  if (new Date(completedAt) > new Date()) return [{ path, code: 'OUT_OF_RANGE', message: 'must not be in the future' }];
  return [];
}

const cancelled = () =>
  new Conflict('ACTIVITY_CANCELLED', 'A cancelled activity cannot be completed; set it to SCHEDULED first');
