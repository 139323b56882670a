import { assign } from '../../platform/records/inputs.js';
import { type ActionContext, lock, newRecord } from '../../platform/tenancy/action-context.js';
import { check } from '../../platform/tenancy/checks.js';
import { onDuplicate, uniqueKey } from '../../platform/tenancy/duplicates.js';
import { externalIdTaken, ownExternalId } from '../../platform/tenancy/external-id.js';
import { assigned } from '../employees/assigned.js';
import { linkedUser, userLinked } from '../organizations/linked-user.js';
import type { VendorChanges } from './vendor.inputs.js';
import { Vendor } from './vendor.js';

onDuplicate(uniqueKey(Vendor, 'externalId'), () => externalIdTaken());
onDuplicate(uniqueKey(Vendor, 'userId'), () => alreadyVendor());

const alreadyVendor = (existingId?: string) => userLinked('vendor', existingId);

export async function createVendor(
  acting: ActionContext,
  { name, companyName, ...input }: VendorChanges,
): Promise<Vendor> {
  const { record: vendor } = await check(acting, {
    find: links(acting, input, () => newRecord(acting, Vendor)),
  });
  vendor.rename(name, companyName);
  assign(vendor, input);
  vendor.code = await acting.nextCode(Vendor);
  acting.persist(vendor);
  await acting.flush();
  return vendor;
}

export async function updateVendor(
  acting: ActionContext,
  id: string,
  { name, companyName, ...input }: VendorChanges,
  expectedVersion?: number | null,
): Promise<Vendor> {
  const { record: vendor } = await check(acting, {
    find: links(acting, input, () => lock(acting, Vendor, id)),
    expectedVersion,
  });
  vendor.rename(name, companyName);
  assign(vendor, input);
  await acting.flush();
  return vendor;
}

export async function deleteVendor(acting: ActionContext, id: string, expectedVersion?: number | null): Promise<void> {
  const { record: vendor } = await check(acting, { find: { record: () => lock(acting, Vendor, id) }, expectedVersion });
  acting.remove(vendor);
  await acting.flush();
}

const links = (acting: ActionContext, input: VendorChanges, record: () => Vendor | Promise<Vendor>) => ({
  ...linkedUser(acting, Vendor, input, alreadyVendor),
  record,
  assignedTo: assigned(acting, input),
  externalId: ownExternalId(acting, Vendor, input),
});
