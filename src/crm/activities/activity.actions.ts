import type { Refusal } from '../../platform/errors.js';
import { faultsRefused } from '../../platform/records/check.js';
import { assign, changedBy, type InputFault } from '../../platform/records/inputs.js';
import { tagged, tagsRefused } from '../../platform/records/tag-changes.js';
import type { TenantRecord } from '../../platform/records/tenant-record.js';
import type { ChangeArguments, VerbArguments } from '../../platform/schema/arguments.js';
import type { DeletePayload } from '../../platform/schema/deletion.js';
import { type ActionContext, findOne, lock, lockShared, newRecord } from '../../platform/tenancy/action-context.js';
import { check, ifGiven, lockSeen } from '../../platform/tenancy/checks.js';
import { onDuplicate, uniqueKey } from '../../platform/tenancy/duplicates.js';
import { externalIdTaken, ownExternalId } from '../../platform/tenancy/external-id.js';
import { Customer } from '../customers/customer.js';
import { assigned } from '../employees/assigned.js';
import { type AssignArguments, assignRecord } from '../employees/assignment.js';
import { later } from '../later.js';
import {
  type ActivityChanges,
  type AddActivityInput,
  type AddNoteInput,
  type CreateActivityInput,
  initialStatus,
  kindFaults,
  type UpdateActivityInput,
} from './activity.inputs.js';
import { Activity } from './activity.js';
import { firstLine } from './note.js';
import type { Subject } from './subject.js';

onDuplicate(uniqueKey(Activity, 'externalId'), () => externalIdTaken());

/** With `on`, the record that it is about is an argument beside the input. */
export async function createActivity(
  context: ActionContext,
  input: CreateActivityInput,
  { on }: { on?: Subject } = {},
): Promise<Activity> {
  const { activityType = 'NOTE', completedAt, status = initialStatus(input), ...rest } = input;
  const {
    record: activity,
    customer,
    lead,
  } = await check(context, {
    find: { record: () => newRecord(context, Activity), ...links(context, input, on) },
  });
  activity.activityType = activityType;
  activity.createdById = context.viewer.userId;
  assign(activity, { ...rest, title: rest.title ?? firstLine(rest.description!) });
  // An activity added to a lead also belongs to the customer that the lead became.
  if (on === 'lead') activity.customerId = lead?.convertedCustomerId ?? null;
  activity.customerName = await nameOfLinked(context, activity, { customer, lead });
  activity.setStatus(status, completedAt ? new Date(completedAt) : undefined);
  context.persist(activity);
  await context.flush();
  return activity;
}

export async function updateActivity(
  context: ActionContext,
  { id, input, expectedVersion }: ChangeArguments<UpdateActivityInput>,
): Promise<Activity> {
  const {
    record: activity,
    customer,
    lead,
  } = await check(context, {
    find: { record: () => lock(context, Activity, id), ...links(context, input) },
    expectedVersion,
    state: ({ record }) => [...changesRefused(record, tagged(record, input)), tagsRefused(record, input)],
  });
  const { completedAt, status = activity.status, ...rest } = tagged(activity, input);
  const changed = changedBy(activity, rest);
  assign(activity, rest);
  if (changed.has('customerId') || changed.has('leadId'))
    activity.customerName = await nameOfLinked(context, activity, { customer, lead });
  activity.setStatus(status, completedAt ? new Date(completedAt) : undefined);
  if (completedAt && status === 'COMPLETED') assign(activity, { completedAt });
  await context.flush();
  return activity;
}

export async function completeActivity(context: ActionContext, args: VerbArguments): Promise<Activity> {
  const activity = await lockSeen(context, Activity, args);
  activity.complete();
  await context.flush();
  return activity;
}

export async function cancelActivity(context: ActionContext, args: VerbArguments): Promise<Activity> {
  const activity = await lockSeen(context, Activity, args);
  activity.cancel();
  await context.flush();
  return activity;
}

export const assignActivity = (context: ActionContext, args: AssignArguments): Promise<Activity> =>
  assignRecord(context, Activity, args);

export async function deleteActivity(context: ActionContext, args: VerbArguments): Promise<DeletePayload> {
  const activity = await lockSeen(context, Activity, args);
  context.remove(activity);
  await context.flush();
  return { id: activity.id };
}

/** Adds an activity to the timeline of a record without changing the record. */
export const addActivity = (context: ActionContext, on: Subject, id: string, input: AddActivityInput) =>
  createActivity(context, { activityType: 'NOTE', ...input, [`${on}Id`]: id }, { on });

export const addNote = (context: ActionContext, on: Subject, id: string, { text, isPinned }: AddNoteInput) =>
  addActivity(context, on, id, { description: text, isPinned });

function links(context: ActionContext, input: ActivityChanges, on?: Subject) {
  const linked = <Linked extends TenantRecord>(name: Subject, type: () => new () => Linked) => {
    const path = name === on ? `${name}Id` : `input.${name}Id`;
    return () => ifGiven(input[`${name}Id`], (id) => lockShared(context, type(), id, path));
  };
  return {
    customer: linked('customer', () => Customer),
    lead: linked('lead', () => later.lead.type),
    deal: linked('deal', () => later.deal.type),
    vendor: linked('vendor', () => later.vendor.type),
    assignedTo: assigned(context, input),
    externalId: ownExternalId(context, Activity, input),
  };
}

interface Linked {
  customer: { name: string } | null;
  lead: { name: string } | null;
}

/** Name of the activity's customer, else of its lead. Records that the input names are already loaded. */
async function nameOfLinked(
  context: ActionContext,
  { customerId, leadId }: Activity,
  { customer, lead }: Linked,
): Promise<string | null> {
  if (customerId) {
    const linked = customer ?? (await findOne(context, Customer, { id: customerId }, 'none'));
    if (linked) return linked.name;
  }
  const linked = lead ?? (leadId ? await findOne(context, later.lead.type, { id: leadId }, 'none') : null);
  return linked?.name ?? null;
}

/** Reasons to refuse a change. Values that stay the same are ignored. */
function changesRefused(activity: Activity, input: ActivityChanges): Refusal[] {
  const changed: ReadonlySet<string> = changedBy(activity, input);
  const faults = kindFaults(activity.activityType, input).filter(({ path }) => changed.has(path));
  const isCompleted = (input.status ?? activity.status) === 'COMPLETED';
  if (changed.has('completedAt') && input.completedAt && !isCompleted)
    faults.push(completionRefused('belongs to the status COMPLETED only'));
  if (changed.has('completedAt') && input.completedAt === null && isCompleted)
    faults.push(completionRefused('must not be null while the status is COMPLETED'));
  return [faultsRefused(faults, 'input'), isCompleted && activity.completionRefused()];
}

const completionRefused = (message: string): InputFault => ({ path: 'completedAt', code: 'NOT_ALLOWED', message });
