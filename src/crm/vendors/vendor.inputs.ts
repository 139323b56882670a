import { type InputFault, inputFor } from '../../platform/records/inputs.js';
import { TagChanges, tagRule } from '../../platform/records/tag-changes.js';
import type * as inputs from '../inputs.generated.js';
import { Vendor } from './vendor.js';

export type CreateVendorInput = inputs.CreateVendorInput;
export const CreateVendorInput = inputFor(Vendor, 'create', 'A new vendor; a name or a company must be given.', {
  rules: [({ name, companyName }: VendorChanges) => nameless(!name && !companyName), shortCompany],
});
export type UpdateVendorInput = inputs.UpdateVendorInput;
export const UpdateVendorInput = inputFor(
  Vendor,
  'update',
  'Changes to a vendor. Omitted fields keep their values; null clears.',
  {
    with: TagChanges,
    rules: [
      ({ name, companyName }: VendorChanges) => nameless(name === null && companyName === null),
      shortCompany,
      tagRule,
    ],
  },
);

/** Values of either input. */
export type VendorChanges = Partial<CreateVendorInput> & UpdateVendorInput;

function nameless(isSo: boolean): InputFault[] {
  return isSo ? [{ path: 'name', code: 'REQUIRED', message: 'name or companyName must be given' }] : [];
}

/** A company has at least 2 characters, unless it is a copy of the name. */
function shortCompany({ name, companyName }: VendorChanges): InputFault[] {
  if (!companyName || companyName === name || [...companyName].length > 1) return [];
  return [{ path: 'companyName', code: 'TOO_SHORT', message: 'must have at least 2 characters' }];
}
