import { type Changes, inputFor } from '../../platform/records/inputs.js';
import { TagChanges, tagRule } from '../../platform/records/tag-changes.js';
import { createdInThePast, Imported } from '../organizations/imports.js';
import { Customer } from './customer.js';

export const CreateCustomerInput = inputFor(Customer, 'create', 'A new customer.', {
  with: Imported,
  rules: [createdInThePast],
});
export const UpdateCustomerInput = inputFor(
  Customer,
  'update',
  'Changes to a customer; omitted fields stay, null clears.',
  { with: TagChanges, rules: [tagRule] },
);
export type CustomerChanges = Changes<Customer>;
