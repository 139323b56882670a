import { BadInput, type Refusal } from '../../platform/errors.js';
import { nameFrom } from '../../platform/records/text.js';
import {
  type ActionContext,
  findOne,
  lock,
  lockShared,
  organizationOf,
} from '../../platform/tenancy/action-context.js';
import { check, ifGiven } from '../../platform/tenancy/checks.js';
import { flushOrRetry, uniqueKey } from '../../platform/tenancy/duplicates.js';
import { Activity } from '../activities/activity.js';
import { noteAbout } from '../activities/note.js';
import { Customer } from '../customers/customer.js';
import { inactiveRefused } from '../employees/assigned.js';
import { Employee } from '../employees/employee.js';
import { Lead } from '../leads/lead.js';
import type { ConvertLeadArgs, ConvertLeadDealInput, ConvertLeadInput } from './deal.inputs.js';
import { Deal } from './deal.js';
import { recordStageChange } from './stage-history.js';
import { beginning, beginningRefused, type Places, places } from './stages.js';

export interface Conversion {
  lead: Lead;
  customer: Customer;
  deal: Deal | null;
}

/** Turns a lead into a customer, and creates a deal if the input asks for one. */
export async function convertLead(
  context: ActionContext,
  { id, input, expectedVersion }: ConvertLeadArgs,
): Promise<Conversion> {
  const { createDeal, existingCustomerId, assignedToId } = input ?? {};
  const under = 'input.createDeal.';
  const {
    record: lead,
    existing,
    places: known,
  } = await check(context, {
    find: {
      record: () => lock(context, Lead, id),
      existing: () =>
        ifGiven(existingCustomerId, (customerId) => lock(context, Customer, customerId, 'input.existingCustomerId')),
      employee: () =>
        ifGiven(assignedToId, (employeeId) => lockShared(context, Employee, employeeId, 'input.assignedToId')),
      ...(createDeal && { places: places(context, createDeal, under) }),
    },
    expectedVersion,
    state: ({ record, employee, places: found }) => [
      record.conversionRefused(),
      inactiveRefused(employee, 'input.assignedToId'),
      ...(found ? [...beginningRefused(createDeal!, found, under), closedRefused(createDeal!, found, under)] : []),
    ],
  });
  const customer = await becomeCustomer(context, lead, existing, input ?? {});
  const deal = known ? await dealOf(context, lead, customer, input!, known) : null;
  await flushConversion(context);
  return { lead, customer, deal };
}

/** The customer of a lead whose deal was won. Converts the lead with all defaults if necessary. */
export async function customerOfWonLead(context: ActionContext, leadId: string): Promise<string | null> {
  const lead = await lock(context, Lead, leadId, 'leadId');
  if (lead.isConverted) return lead.convertedCustomerId;
  return (await becomeCustomer(context, lead, null, {})).id;
}

const customerEmail = uniqueKey(Customer, 'email');

/**
 * Retries if another transaction has created a customer with the lead's e-mail address: the retry links that customer.
 */
export const flushConversion = (context: ActionContext): Promise<void> => flushOrRetry(context, customerEmail);

/** The caller flushes, so that a deal that is won at the same time gets one new version, not two. */
async function becomeCustomer(
  context: ActionContext,
  lead: Lead,
  existing: Customer | null,
  input: ConvertLeadInput,
): Promise<Customer> {
  const known = existing ?? (await findOne(context, Customer, { email: lead.email }, 'update'));
  const now = new Date();
  const customer = known ?? (await customerFrom(context, lead, input, now));
  known?.welcome(lead.id, now);
  lead.convert(customer.id, organizationOf(context).selfId, now);
  for (const activity of await context.find(Activity, { leadId: lead.id }, 'update'))
    if (!activity.customerId) activity.link({ customer });
  for (const deal of await context.find(Deal, { leadId: lead.id }, 'update')) deal.customerId ??= customer.id;
  context.persist(noteAbout({ lead, customer }, context.viewer.userId, { title: 'Lead converted' }));
  return customer;
}

async function customerFrom(context: ActionContext, lead: Lead, input: ConvertLeadInput, now: Date): Promise<Customer> {
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
  customer.assignedToId = input.assignedToId ?? (await stillActive(context, lead));
  customer.convertedFromLeadId = lead.id;
  customer.convertedAt = now;
  customer.code = await context.nextCode(Customer);
  context.persist(customer);
  return customer;
}

/** The lead's employee, if still active. */
async function stillActive(context: ActionContext, { assignedToId }: Lead): Promise<string | null> {
  const employee = assignedToId ? await findOne(context, Employee, { id: assignedToId }, 'none') : null;
  return employee?.status === 'ACTIVE' ? employee.id : null;
}

/** A conversion creates open deals only. */
const closedRefused = ({ stageId }: ConvertLeadDealInput, found: Places, under: string): Refusal =>
  stageId &&
  !found.stage(stageId).isOpen &&
  new BadInput(
    [{ path: `${under}stageId`, code: 'NOT_ALLOWED', message: 'is closed; choose an open stage' }],
    'STAGE_NOT_OPEN',
  );

async function dealOf(
  context: ActionContext,
  lead: Lead,
  customer: Customer,
  { assignedToId, createDeal }: ConvertLeadInput,
  known: Places,
): Promise<Deal> {
  const input = createDeal!;
  const deal = new Deal();
  const { id: organizationId, currency } = organizationOf(context);
  Object.assign(deal, { organizationId, customerId: customer.id, leadId: lead.id, source: lead.source });
  deal.title = input.title ?? nameFrom(`Deal with ${lead.companyName ?? lead.name}`, 200);
  deal.value = input.value === undefined ? lead.estimatedValue : input.value;
  deal.currency = input.currency ?? currency;
  deal.priority = input.priority ?? 'MEDIUM';
  deal.expectedCloseDate = input.expectedCloseDate ?? null;
  deal.assignedToId = assignedToId ?? (await stillActive(context, lead));
  deal.enter(beginning(input, known));
  deal.updateExpectedRevenue();
  deal.code = await context.nextCode(Deal);
  context.persist(deal);
  recordStageChange(context, deal, null, known);
  return deal;
}
