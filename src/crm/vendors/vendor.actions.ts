import { assign } from '../../platform/records/inputs.js';
import { tagged, tagsRefused } from '../../platform/records/tag-changes.js';
import type { ChangeArguments, VerbArguments } from '../../platform/schema/arguments.js';
import type { DeletePayload } from '../../platform/schema/deletion.js';
import { type ActionContext, lock, newRecord } from '../../platform/tenancy/action-context.js';
import { check, lockSeen } from '../../platform/tenancy/checks.js';
import { onDuplicate, uniqueKey } from '../../platform/tenancy/duplicates.js';
import { externalIdTaken, ownExternalId } from '../../platform/tenancy/external-id.js';
import { assigned } from '../employees/assigned.js';
import { type AssignArguments, assignRecord } from '../employees/assignment.js';
import { linkedUser, userLinked } from '../organizations/linked-user.js';
import type { CreateVendorInput, UpdateVendorInput, VendorChanges } from './vendor.inputs.js';
import { Vendor } from './vendor.js';

onDuplicate(uniqueKey(Vendor, 'externalId'), () => externalIdTaken());
onDuplicate(uniqueKey(Vendor, 'userId'), () => alreadyVendor());

const alreadyVendor = (existingId?: string) => userLinked('vendor', existingId);

export async function createVendor(
  context: ActionContext,
  { name, companyName, ...input }: CreateVendorInput,
): Promise<Vendor> {
  const { record: vendor } = await check(context, {
    find: links(context, input, () => newRecord(context, Vendor)),
  });
  vendor.rename(name, companyName);
  assign(vendor, input);
  vendor.code = await context.nextCode(Vendor);
  context.persist(vendor);
  await context.flush();
  return vendor;
}

export async function updateVendor(
  context: ActionContext,
  { id, input, expectedVersion }: ChangeArguments<UpdateVendorInput>,
): Promise<Vendor> {
  const { record: vendor } = await check(context, {
    find: links(context, input, () => lock(context, Vendor, id)),
    expectedVersion,
    state: ({ record }) => [tagsRefused(record, input)],
  });
  const { name, companyName, ...rest } = tagged(vendor, input);
  vendor.rename(name, companyName);
  assign(vendor, rest);
  await context.flush();
  return vendor;
}

export async function activateVendor(context: ActionContext, args: VerbArguments): Promise<Vendor> {
  const vendor = await lockSeen(context, Vendor, args);
  vendor.activate();
  await context.flush();
  return vendor;
}

export async function deactivateVendor(context: ActionContext, args: VerbArguments): Promise<Vendor> {
  const vendor = await lockSeen(context, Vendor, args);
  vendor.deactivate();
  await context.flush();
  return vendor;
}

export const assignVendor = (context: ActionContext, args: AssignArguments): Promise<Vendor> =>
  assignRecord(context, Vendor, args);

export async function deleteVendor(context: ActionContext, args: VerbArguments): Promise<DeletePayload> {
  const vendor = await lockSeen(context, Vendor, args);
  context.remove(vendor);
  await context.flush();
  return { id: vendor.id };
}

const links = (context: ActionContext, input: VendorChanges, record: () => Vendor | Promise<Vendor>) => ({
  ...linkedUser(context, Vendor, input, alreadyVendor),
  record,
  assignedTo: assigned(context, input),
  externalId: ownExternalId(context, Vendor, input),
});
