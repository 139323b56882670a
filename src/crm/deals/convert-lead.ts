import { BadInput, type Refusal } from '../../platform/errors.js';
import { nameFrom } from '../../platform/records/text.js';
import { type ActionContext, lock, lockShared, organizationOf } from '../../platform/tenancy/action-context.js';
import { check, given } from '../../platform/tenancy/checks.js';
import { flushOrAgain, uniqueKey } from '../../platform/tenancy/duplicates.js';
import { Activity } from '../activities/activity.js';
import { Customer } from '../customers/customer.js';
import { inactiveRefused } from '../employees/assigned.js';
import { Employee } from '../employees/employee.js';
import { alreadyConverted, Lead } from '../leads/lead.js';
import type { ConvertLeadDealInput, ConvertLeadInput } from './deal.inputs.js';
import { Deal } from './deal.js';
import { beginning, beginningRefused, type Places, places, record } from './stages.js';

export interface Conversion {
  lead: Lead;
  customer: Customer;
  deal: Deal | null;
}

/** Turns a lead into a customer, and into a deal if asked for; all of it or nothing. */
export async function convertLead(
  acting: ActionContext,
  id: string,
  input: ConvertLeadInput = {},
  expectedVersion?: number | null,
): Promise<Conversion> {
  const { createDeal, existingCustomerId, assignedToId } = input;
  const under = 'input.createDeal.';
  const {
    record: lead,
    existing,
    places: known,
  } = await check(acting, {
    find: {
      record: () => lock(acting, Lead, id),
      existing: () => given(existingCustomerId, (one) => lock(acting, Customer, one, 'input.existingCustomerId')),
      employee: () => given(assignedToId, (one) => lockShared(acting, Employee, one, 'input.assignedToId')),
      ...(createDeal && { places: places(acting, createDeal, under) }),
    },
    expectedVersion,
    state: ({ record, employee, places: found }) => [
      record.isConverted && alreadyConverted(record),
      inactiveRefused(employee, 'input.assignedToId'),
      ...(found ? [...beginningRefused(createDeal!, found, under), closedRefused(createDeal!, found, under)] : []),
    ],
  });
  const customer = await becomeCustomer(acting, lead, existing, input);
  const deal = known ? await dealOf(acting, lead, customer, input, known) : null;
  await flushConversion(acting);
  return { lead, customer, deal };
}

/** The customer of a lead whose deal was won; the lead is converted with all defaults if it was not before. */
export async function customerOfWonLead(acting: ActionContext, leadId: string): Promise<string | null> {
  const lead = await lock(acting, Lead, leadId, 'leadId');
  if (lead.isConverted) return lead.convertedCustomerId;
  return (await becomeCustomer(acting, lead, null, {})).id;
}

const customerEmail = uniqueKey(Customer, 'email');

/** A customer who has appeared with the lead's e-mail address meanwhile is the one to become. */
export const flushConversion = (acting: ActionContext): Promise<void> => flushOrAgain(acting, customerEmail);

/** Left for the caller to flush: a deal that is won at the same time grows by one version only. */
async function becomeCustomer(
  acting: ActionContext,
  lead: Lead,
  existing: Customer | null,
  input: ConvertLeadInput,
): Promise<Customer> {
  const known = existing ?? (await acting.find(Customer, { email: lead.email }, 'update'))[0];
  const now = new Date();
  const customer = known ?? (await customerFrom(acting, lead, input, now));
  if (known) welcome(known, lead, now);
  lead.convert(customer.id, organizationOf(acting).selfId, now);
  for (const activity of await acting.find(Activity, { leadId: lead.id }, 'update'))
    if (!activity.customerId) activity.link({ customer });
  for (const deal of await acting.find(Deal, { leadId: lead.id }, 'update')) deal.customerId ??= customer.id;
  acting.persist(Activity.note({ lead, customer }, acting.viewer.userId, { title: 'Lead converted' }));
  return customer;
}

/** A customer that was there before keeps what it has. */
function welcome(customer: Customer, lead: Lead, now: Date): void {
  customer.convertedFromLeadId ??= lead.id;
  customer.convertedAt ??= now;
  if (customer.status === 'INACTIVE') customer.status = 'ACTIVE';
}

async function customerFrom(acting: ActionContext, lead: Lead, input: ConvertLeadInput, now: Date): Promise<Customer> {
  const { organizationId, name, companyName, email, phone, street, city, state, postalCode, country } = lead;
  const customer = new Customer();
  Object.assign(customer, {
    organizationId,
    name,
    companyName,
    email,
    phone,
    street,
    city,
    state,
    postalCode,
    country,
  });
  Object.assign(customer, { description: lead.description, tags: lead.tags, source: lead.source });
  customer.customerType = input.customerType ?? (companyName ? 'BUSINESS' : 'INDIVIDUAL');
  if (customer.customerType === 'BUSINESS') customer.contactPerson = name;
  customer.completeNames();
  customer.assignedToId = input.assignedToId ?? (await stillActive(acting, lead));
  customer.convertedFromLeadId = lead.id;
  customer.convertedAt = now;
  customer.code = await acting.nextCode(Customer);
  acting.persist(customer);
  return customer;
}

/** The lead's employee, unless that one can be assigned nothing any more. */
async function stillActive(acting: ActionContext, { assignedToId }: Lead): Promise<string | null> {
  const [employee] = assignedToId ? await acting.find(Employee, { id: assignedToId }, 'none') : [];
  return employee?.status === 'ACTIVE' ? employee.id : null;
}

/** A conversion begins a sale and does not close it. */
const closedRefused = ({ stageId }: ConvertLeadDealInput, found: Places, under: string): Refusal =>
  stageId &&
  !found.stage(stageId).isOpen &&
  new BadInput(
    [{ path: `${under}stageId`, code: 'NOT_ALLOWED', message: 'is closed; choose an open stage' }],
    'STAGE_NOT_OPEN',
  );

async function dealOf(
  acting: ActionContext,
  lead: Lead,
  customer: Customer,
  { assignedToId, createDeal }: ConvertLeadInput,
  known: Places,
): Promise<Deal> {
  const input = createDeal!;
  const deal = new Deal();
  const { id: organizationId, currency } = organizationOf(acting);
  Object.assign(deal, { organizationId, customerId: customer.id, leadId: lead.id, source: lead.source });
  deal.title = input.title ?? nameFrom(`Deal with ${lead.companyName ?? lead.name}`, 200);
  deal.value = input.value === undefined ? lead.estimatedValue : input.value;
  deal.currency = input.currency ?? currency;
  deal.priority = input.priority ?? 'MEDIUM';
  deal.expectedCloseDate = input.expectedCloseDate ?? null;
  deal.assignedToId = assignedToId ?? (await stillActive(acting, lead));
  deal.moveTo(beginning(input, known), { on: '' });
  deal.weigh();
  deal.code = await acting.nextCode(Deal);
  acting.persist(deal);
  record(acting, deal, null, known);
  return deal;
}
