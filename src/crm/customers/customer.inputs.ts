import { type Changes, inputFor } from '../../platform/records/inputs.js';
import { Customer } from './customer.js';

export const CreateCustomerInput = inputFor(Customer, 'create', 'A new customer.');
export const UpdateCustomerInput = inputFor(
  Customer,
  'update',
  'Changes to a customer; omitted fields stay, null clears.',
);
export type CustomerChanges = Changes<Customer>;
