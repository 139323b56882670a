import { Taken } from '../../platform/errors.js';
import { assign } from '../../platform/records/inputs.js';
import { recordNamed } from '../../platform/records/record.js';
import { type Acting, checkVersion, lock, onDuplicate, organizationOf } from '../../platform/tenancy/acting.js';
import { checkExternalId, externalIdTaken } from '../../platform/tenancy/external-id.js';
import type { TenantRecord } from '../../platform/tenancy/tenant-record.js';
import { assignee } from '../employees/employee.actions.js';
import { demandLinkable, userLinked } from '../organizations/linked-user.js';
import type { CustomerChanges } from './customer.inputs.js';
import { Customer, type CustomerStatus } from './customer.js';

onDuplicate('customers_external_key', () => externalIdTaken());
onDuplicate('customers_email_key', () => emailTaken());
onDuplicate('customers_user_key', () => alreadyCustomer());

const alreadyCustomer = (existingId?: string) => userLinked('customer', existingId);

const emailTaken = (existingId?: string) =>
  new Taken('DUPLICATE_EMAIL', 'input.email', 'Another customer has this e-mail address', existingId);

export async function createCustomer(acting: Acting, input: CustomerChanges): Promise<Customer> {
  const { em } = acting;
  const customer = new Customer();
  customer.organizationId = organizationOf(acting).id;
  await checkLinks(acting, customer, input);
  assign(customer, input);
  customer.completeNames();
  customer.code = await acting.draw('CUST');
  em.persist(customer);
  await em.flush();
  return customer;
}

export async function updateCustomer(
  acting: Acting,
  id: string,
  input: CustomerChanges,
  expectedVersion?: number | null,
): Promise<Customer> {
  const customer = await lock(acting, Customer, id);
  checkVersion(customer, expectedVersion);
  await checkLinks(acting, customer, input);
  assign(customer, input);
  await acting.em.flush();
  return customer;
}

export async function setCustomerStatus(
  acting: Acting,
  id: string,
  status: CustomerStatus,
  expectedVersion?: number | null,
): Promise<Customer> {
  const customer = await lock(acting, Customer, id);
  checkVersion(customer, expectedVersion);
  customer.status = status;
  await acting.em.flush();
  return customer;
}

/** Deals and activities stay; the database clears their reference. Leads are locked before customers, always. */
export async function deleteCustomer(acting: Acting, id: string, expectedVersion?: number | null): Promise<void> {
  await acting.find(recordNamed('Lead') as new () => TenantRecord, 'converted_customer_id', id, 'update');
  const customer = await lock(acting, Customer, id);
  checkVersion(customer, expectedVersion);
  acting.em.remove(customer);
  await acting.em.flush();
}

/** What an input points to must exist and be free, as far as it changes anything. */
async function checkLinks(acting: Acting, customer: Customer, input: CustomerChanges): Promise<void> {
  await checkExternalId(acting, customer, input);
  const { id } = customer;
  if (input.assignedToId && input.assignedToId !== customer.assignedToId) await assignee(acting, input.assignedToId);
  if (input.userId && input.userId !== customer.userId)
    await demandLinkable(acting, customer, input.userId, alreadyCustomer);
  if (input.email && input.email !== customer.email) {
    const other = (await acting.find(Customer, 'email', input.email, 'none')).find((one) => one.id !== id);
    if (other) throw emailTaken(other.id);
  }
}
