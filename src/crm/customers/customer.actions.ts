import { Taken } from '../../platform/errors.js';
import { assign } from '../../platform/records/inputs.js';
import { tagged, tagsRefused } from '../../platform/records/tag-changes.js';
import type { ChangeArguments, VerbArguments } from '../../platform/schema/arguments.js';
import type { DeletePayload } from '../../platform/schema/deletion.js';
import { type ActionContext, lock, newRecord } from '../../platform/tenancy/action-context.js';
import { check, lockSeen, unclaimed } from '../../platform/tenancy/checks.js';
import { onDuplicate, uniqueKey } from '../../platform/tenancy/duplicates.js';
import { externalIdTaken, ownExternalId } from '../../platform/tenancy/external-id.js';
import { assigned } from '../employees/assigned.js';
import { type AssignArguments, assignRecord } from '../employees/assignment.js';
import { later } from '../later.js';
import { linkedUser, userLinked } from '../organizations/linked-user.js';
import type { CreateCustomerInput, CustomerChanges, UpdateCustomerInput } from './customer.inputs.js';
import { Customer } from './customer.js';

onDuplicate(uniqueKey(Customer, 'externalId'), () => externalIdTaken());
onDuplicate(uniqueKey(Customer, 'email'), () => emailTaken());
onDuplicate(uniqueKey(Customer, 'userId'), () => alreadyCustomer());

const alreadyCustomer = (existingId?: string) => userLinked('customer', existingId);

const emailTaken = (existingId?: string) =>
  new Taken('DUPLICATE_EMAIL', 'input.email', 'Another customer has this e-mail address', existingId);

export async function createCustomer(context: ActionContext, input: CreateCustomerInput): Promise<Customer> {
  const { record: customer } = await check(context, {
    find: links(context, input, () => newRecord(context, Customer)),
  });
  assign(customer, input);
  customer.completeNames();
  customer.code = await context.nextCode(Customer);
  context.persist(customer);
  await context.flush();
  return customer;
}

export async function updateCustomer(
  context: ActionContext,
  { id, input, expectedVersion }: ChangeArguments<UpdateCustomerInput>,
): Promise<Customer> {
  const { record: customer } = await check(context, {
    find: links(context, input, () => lock(context, Customer, id)),
    expectedVersion,
    state: ({ record }) => [tagsRefused(record, input)],
  });
  assign(customer, tagged(customer, input));
  await context.flush();
  return customer;
}

export async function activateCustomer(context: ActionContext, args: VerbArguments): Promise<Customer> {
  const customer = await lockSeen(context, Customer, args);
  customer.activate();
  await context.flush();
  return customer;
}

export async function deactivateCustomer(context: ActionContext, args: VerbArguments): Promise<Customer> {
  const customer = await lockSeen(context, Customer, args);
  customer.deactivate();
  await context.flush();
  return customer;
}

export const assignCustomer = (context: ActionContext, args: AssignArguments): Promise<Customer> =>
  assignRecord(context, Customer, args);

/** Deals and activities stay; the database clears their references. Every action locks leads before customers. */
export async function deleteCustomer(
  context: ActionContext,
  { id, expectedVersion }: VerbArguments,
): Promise<DeletePayload> {
  const { record: customer } = await check(context, {
    find: {
      leads: () => context.find(later.lead.type, { convertedCustomerId: id }, 'update'),
      record: () => lock(context, Customer, id),
    },
    expectedVersion,
  });
  context.remove(customer);
  await context.flush();
  return { id };
}

/** Records that an input names must exist, and changed unique values must be free. Memberships are locked first. */
const links = (context: ActionContext, input: CustomerChanges, record: () => Customer | Promise<Customer>) => ({
  ...linkedUser(context, Customer, input, alreadyCustomer),
  record,
  assignedTo: assigned(context, input),
  externalId: ownExternalId(context, Customer, input),
  email: unclaimed(context, Customer, 'email', input.email, emailTaken),
});
