import { demand } from '../../platform/auth/viewer.js';
import { BadInput } from '../../platform/errors.js';
import { type Acting, checkVersion, flushOrAgain, lock, organizationOf } from '../../platform/tenancy/acting.js';
import { Activity } from '../activities/activity.js';
import { Customer } from '../customers/customer.js';
import { assignee } from '../employees/employee.actions.js';
import { Employee } from '../employees/employee.js';
import { Lead } from '../leads/lead.js';
import type { ConvertLeadDealInput, ConvertLeadInput } from './deal.inputs.js';
import { Deal } from './deal.js';
import { checkExpected, type Place, placeFor, record } from './stages.js';

export interface Conversion {
  lead: Lead;
  customer: Customer;
  deal: Deal | null;
}

/** Turns a lead into a customer, and into a deal if asked for; all of it or nothing. */
export async function convertLead(
  acting: Acting,
  id: string,
  input: ConvertLeadInput = {},
  expectedVersion?: number | null,
): Promise<Conversion> {
  if (input.createDeal) {
    demand(acting.viewer, 'deal:create');
    checkExpected(acting, input.createDeal.expectedCloseDate, 'input.createDeal.expectedCloseDate');
  }
  const lead = await lock(acting, Lead, id);
  const existing = input.existingCustomerId
    ? await lock(acting, Customer, input.existingCustomerId, 'input.existingCustomerId')
    : null;
  if (input.assignedToId) await assignee(acting, input.assignedToId);
  const place = input.createDeal ? await openPlaceFor(acting, input.createDeal) : null;
  checkVersion(lead, expectedVersion);
  lead.demandUnconverted();
  const customer = await becomeCustomer(acting, lead, existing, input);
  const deal = place && (await dealOf(acting, lead, customer, input, place));
  await flushConversion(acting);
  return { lead, customer, deal };
}

/** The customer of a lead whose deal was won; the lead is converted with all defaults if it was not before. */
export async function customerOfWonLead(acting: Acting, leadId: string): Promise<string | null> {
  const lead = await lock(acting, Lead, leadId, 'leadId');
  if (lead.isConverted) return lead.convertedCustomerId;
  return (await becomeCustomer(acting, lead, null, {})).id;
}

/** A customer who has appeared with the lead's e-mail address meanwhile is the one to become. */
export const flushConversion = (acting: Acting): Promise<void> => flushOrAgain(acting, 'customers_email_key');

/** Left for the caller to flush: a deal that is won at the same time grows by one version only. */
async function becomeCustomer(
  acting: Acting,
  lead: Lead,
  existing: Customer | null,
  input: ConvertLeadInput,
): Promise<Customer> {
  const known = existing ?? (await acting.find(Customer, 'email', lead.email, 'update'))[0];
  const customer = known ?? (await customerFrom(acting, lead, input));
  if (known) welcome(known, lead);
  lead.convert(customer.id, organizationOf(acting).employeeId);
  for (const follower of [
    ...(await acting.find(Activity, 'lead_id', lead.id, 'update')),
    ...(await acting.find(Deal, 'lead_id', lead.id, 'update')),
  ])
    follower.customerId ??= customer.id;
  acting.em.persist(Activity.note({ lead, customer }, acting.viewer.userId, { title: 'Lead converted' }));
  return customer;
}

/** A customer that was there before keeps what it has. */
function welcome(customer: Customer, lead: Lead): void {
  customer.convertedFromLeadId ??= lead.id;
  customer.convertedAt ??= new Date();
  if (customer.status === 'INACTIVE') customer.status = 'ACTIVE';
}

async function customerFrom(acting: Acting, lead: Lead, input: ConvertLeadInput): Promise<Customer> {
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
  customer.convertedAt = new Date();
  customer.code = await acting.draw('CUST');
  acting.em.persist(customer);
  return customer;
}

/** The lead's employee, unless that one can be assigned nothing any more. */
async function stillActive(acting: Acting, { assignedToId }: Lead): Promise<string | null> {
  const [employee] = assignedToId ? await acting.find(Employee, 'id', assignedToId, 'none') : [];
  return employee?.status === 'ACTIVE' ? employee.id : null;
}

async function openPlaceFor(acting: Acting, input: ConvertLeadDealInput): Promise<Place> {
  const place = await placeFor(acting, input, 'input.createDeal');
  if (place.stage.isOpen) return place;
  throw new BadInput(
    [{ path: 'input.createDeal.stageId', code: 'NOT_ALLOWED', message: 'is closed; choose an open stage' }],
    'STAGE_NOT_OPEN',
  );
}

async function dealOf(
  acting: Acting,
  lead: Lead,
  customer: Customer,
  { assignedToId, createDeal }: ConvertLeadInput,
  { stage, places }: Place,
): Promise<Deal> {
  const input = createDeal!;
  const deal = new Deal();
  const { id: organizationId, currency } = organizationOf(acting);
  Object.assign(deal, { organizationId, customerId: customer.id, leadId: lead.id, source: lead.source });
  deal.title = input.title ?? [...`Deal with ${lead.companyName ?? lead.name}`].slice(0, 200).join('');
  deal.value = input.value === undefined ? lead.estimatedValue : input.value;
  deal.currency = input.currency ?? currency;
  deal.priority = input.priority ?? 'MEDIUM';
  deal.expectedCloseDate = input.expectedCloseDate ?? null;
  deal.assignedToId = assignedToId ?? (await stillActive(acting, lead));
  deal.moveTo(stage, { on: '' });
  deal.weigh();
  deal.code = await acting.draw('DEAL');
  acting.em.persist(deal);
  record(acting, deal, null, places);
  return deal;
}
