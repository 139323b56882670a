import { inputFor } from '../../platform/records/inputs.js';
import { TagChanges, tagRule } from '../../platform/records/tag-changes.js';
import type * as inputs from '../inputs.generated.js';
import { createdInThePast, Imported } from '../organizations/imports.js';
import { Customer } from './customer.js';

export type CreateCustomerInput = inputs.CreateCustomerInput;
export const CreateCustomerInput = inputFor(Customer, 'create', 'A new customer, a person or a company.', {
  with: Imported,
  rules: [createdInThePast],
});
export type UpdateCustomerInput = inputs.UpdateCustomerInput;
export const UpdateCustomerInput = inputFor(
  Customer,
  'update',
  'Changes to a customer. Omitted fields keep their values; null clears.',
  { with: TagChanges, rules: [tagRule] },
);

/** Values of either input. */
export type CustomerChanges = Partial<CreateCustomerInput> & UpdateCustomerInput;
