import { Taken } from '../../platform/errors.js';
import { assign } from '../../platform/records/inputs.js';
import { tagged, tagsRefused } from '../../platform/records/tag-changes.js';
import { type ActionContext, lock, newRecord } from '../../platform/tenancy/action-context.js';
import { check, unclaimed } from '../../platform/tenancy/checks.js';
import { onDuplicate, uniqueKey } from '../../platform/tenancy/duplicates.js';
import { externalIdTaken, ownExternalId } from '../../platform/tenancy/external-id.js';
import { assigned } from '../employees/assigned.js';
import { later } from '../later.js';
import { linkedUser, userLinked } from '../organizations/linked-user.js';
import type { CustomerChanges } from './customer.inputs.js';
import { Customer, type CustomerStatus } from './customer.js';

onDuplicate(uniqueKey(Customer, 'externalId'), () => externalIdTaken());
onDuplicate(uniqueKey(Customer, 'email'), () => emailTaken());
onDuplicate(uniqueKey(Customer, 'userId'), () => alreadyCustomer());

const alreadyCustomer = (existingId?: string) => userLinked('customer', existingId);

const emailTaken = (existingId?: string) =>
  new Taken('DUPLICATE_EMAIL', 'input.email', 'Another customer has this e-mail address', existingId);

export async function createCustomer(acting: ActionContext, input: CustomerChanges): Promise<Customer> {
  const { record: customer } = await check(acting, {
    find: links(acting, input, () => newRecord(acting, Customer)),
  });
  assign(customer, input);
  customer.completeNames();
  customer.code = await acting.nextCode(Customer);
  acting.persist(customer);
  await acting.flush();
  return customer;
}

export async function updateCustomer(
  acting: ActionContext,
  id: string,
  input: CustomerChanges,
  expectedVersion?: number | null,
): Promise<Customer> {
  const { record: customer } = await check(acting, {
    find: links(acting, input, () => lock(acting, Customer, id)),
    expectedVersion,
    state: ({ record }) => [tagsRefused(record, input)],
  });
  assign(customer, tagged(customer, input));
  await acting.flush();
  return customer;
}

export async function setCustomerStatus(
  acting: ActionContext,
  id: string,
  status: CustomerStatus,
  expectedVersion?: number | null,
): Promise<Customer> {
  const { record: customer } = await check(acting, {
    find: { record: () => lock(acting, Customer, id) },
    expectedVersion,
  });
  customer.status = status;
  await acting.flush();
  return customer;
}

/** Deals and activities stay; the database clears their reference. Leads are locked before customers, always. */
export async function deleteCustomer(
  acting: ActionContext,
  id: string,
  expectedVersion?: number | null,
): Promise<void> {
  const { record: customer } = await check(acting, {
    find: {
      leads: () => acting.find(later.lead.type, { convertedCustomerId: id }, 'update'),
      record: () => lock(acting, Customer, id),
    },
    expectedVersion,
  });
  acting.remove(customer);
  await acting.flush();
}

/** What an input points to must exist and be free, as far as it changes anything. Memberships are locked first. */
const links = (acting: ActionContext, input: CustomerChanges, record: () => Customer | Promise<Customer>) => ({
  ...linkedUser(acting, Customer, input, alreadyCustomer),
  record,
  assignedTo: assigned(acting, input),
  externalId: ownExternalId(acting, Customer, input),
  email: unclaimed(acting, Customer, 'email', input.email, emailTaken),
});
