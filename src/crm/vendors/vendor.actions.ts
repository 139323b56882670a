import { assign } from '../../platform/records/inputs.js';
import { type Acting, checkVersion, lock, onDuplicate, organizationOf } from '../../platform/tenancy/acting.js';
import { checkExternalId, externalIdTaken } from '../../platform/tenancy/external-id.js';
import { assignee } from '../employees/employee.actions.js';
import { demandLinkable, userLinked } from '../organizations/linked-user.js';
import type { VendorChanges } from './vendor.inputs.js';
import { Vendor } from './vendor.js';

onDuplicate('vendors_external_key', () => externalIdTaken());
onDuplicate('vendors_user_key', () => alreadyVendor());

const alreadyVendor = (existingId?: string) => userLinked('vendor', existingId);

export async function createVendor(acting: Acting, { name, companyName, ...input }: VendorChanges): Promise<Vendor> {
  const vendor = new Vendor();
  vendor.organizationId = organizationOf(acting).id;
  vendor.rename(name, companyName);
  await checkLinks(acting, vendor, input);
  assign(vendor, input);
  vendor.code = await acting.draw('VEN');
  acting.em.persist(vendor);
  await acting.em.flush();
  return vendor;
}

export async function updateVendor(
  acting: Acting,
  id: string,
  { name, companyName, ...input }: VendorChanges,
  expectedVersion?: number | null,
): Promise<Vendor> {
  const vendor = await lock(acting, Vendor, id);
  vendor.rename(name, companyName);
  await checkLinks(acting, vendor, input);
  checkVersion(vendor, expectedVersion);
  assign(vendor, input);
  await acting.em.flush();
  return vendor;
}

export async function deleteVendor(acting: Acting, id: string, expectedVersion?: number | null): Promise<void> {
  const vendor = await lock(acting, Vendor, id);
  checkVersion(vendor, expectedVersion);
  acting.em.remove(vendor);
  await acting.em.flush();
}

async function checkLinks(acting: Acting, vendor: Vendor, input: VendorChanges): Promise<void> {
  const { assignedToId, userId } = input;
  await checkExternalId(acting, vendor, input);
  if (assignedToId && assignedToId !== vendor.assignedToId) await assignee(acting, assignedToId);
  if (userId && userId !== vendor.userId) await demandLinkable(acting, vendor, userId, alreadyVendor);
}
