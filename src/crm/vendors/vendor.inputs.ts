import { type Changes, inputFor } from '../../platform/records/inputs.js';
import { Vendor } from './vendor.js';

export const CreateVendorInput = inputFor(Vendor, 'create', 'A new vendor; needs a name or a company.');
export const UpdateVendorInput = inputFor(Vendor, 'update', 'Changes to a vendor; omitted fields stay, null clears.');

/** Clearing one of the two names takes the other one. */
export type VendorChanges = Omit<Changes<Vendor>, 'name' | 'companyName'> & {
  name?: string | null;
  companyName?: string | null;
};
