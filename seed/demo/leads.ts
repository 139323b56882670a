import { Customer } from '../../src/crm/customers/customer.js';
import { Lead } from '../../src/crm/leads/lead.js';
import { bornIn, drawCode, type Tenant } from './organizations.js';

/** A lead of the plan, with its number, the name of its owner, and its dates in days from today. */
interface Entry extends Omit<Partial<Lead>, 'createdAt' | 'assignedTo'> {
  number: number;
  name: string;
  email: string;
  since: number;
  /** Day of the last change, if any. */
  changed?: number;
  assignedTo?: string;
  /** The customer that it was converted to on the day of the last change, and the user who converted it. */
  became?: { customer: string; by: string };
}

// biome-ignore format: a table
export const northgateLeads: Entry[] = [
  {
    number: 1, name: 'Ruth Aldana', companyName: 'Aldana Nurseries', jobTitle: 'Owner', since: -1,
    email: 'ruth@aldananurseries.example', phone: '+1 805 555 0119', city: 'Ventura', state: 'CA',
    country: 'United States', qualificationStatus: 'NEW', source: 'WEBSITE', leadScore: 35, estimatedValue: '12000.00',
    description: 'Wants to know from when greenhouses pay for sensors.',
  },
  {
    number: 2, name: 'Terry Walsh', companyName: 'Walsh & Crane Rentals', since: -9,
    email: 'terry.walsh@walshcrane.example', city: 'Buffalo', state: 'NY', country: 'United States',
    qualificationStatus: 'NEW', source: 'EVENT', leadScore: 20, assignedTo: 'Mark Linden',
    campaign: 'Lift & Load Expo', tags: ['expo'],
  },
  {
    number: 3, name: 'Grace Okoye', companyName: 'Okoye Cold Chain', jobTitle: 'Fleet Manager', since: -31,
    changed: -24, email: 'grace.okoye@okoyecold.example', phone: '+1 901 555 0171', city: 'Memphis', state: 'TN',
    country: 'United States', qualificationStatus: 'CONTACTED', source: 'REFERRAL', leadScore: 55,
    estimatedValue: '18500.00', assignedTo: 'Sam Ortiz', referrer: 'Marcus Bell, Delta Freight', tags: ['fleet'],
  },
  {
    number: 4, name: 'Don Pruitt', companyName: 'Pruitt Quarries', jobTitle: 'Plant Manager', since: -47,
    changed: -40, email: 'don@pruittquarries.example', phone: '+1 540 555 0128', city: 'Roanoke', state: 'VA',
    country: 'United States', qualificationStatus: 'CONTACTED', source: 'COLD_CALL', leadScore: 40,
    estimatedValue: '7500.00', assignedTo: 'Rita Novak', tags: ['mining'],
  },
  {
    number: 5, name: 'Hannah Lindqvist', companyName: 'Lakeland Dairies', jobTitle: 'Head of Quality', since: -58,
    changed: -12, email: 'h.lindqvist@lakelanddairies.example', phone: '+1 608 555 0146',
    street: '4 Creamery Road', city: 'Madison', state: 'WI', postalCode: '53703', country: 'United States',
    qualificationStatus: 'QUALIFIED', source: 'PARTNER', leadScore: 85, estimatedValue: '60000.00',
    assignedTo: 'Sam Ortiz', referrer: 'Meridian Hosting', tags: ['food', 'key account'],
  },
  {
    number: 6, name: 'Omar Siddiqui', companyName: 'Buckeye Storage', jobTitle: 'Operations Director', since: -34,
    changed: -14, email: 'omar.siddiqui@buckeyestorage.example', phone: '+1 614 555 0164',
    street: '901 Interchange Drive', city: 'Columbus', state: 'OH', postalCode: '43207', country: 'United States',
    qualificationStatus: 'QUALIFIED', source: 'EMAIL_CAMPAIGN', leadScore: 95, estimatedValue: '25000.00',
    assignedTo: 'Maya Chen', campaign: 'Warehouses without paper', tags: ['warehouse'],
    description: 'Eleven warehouses; would begin with one of them.',
  },
  {
    number: 7, name: 'Kim Vance', since: -203, changed: -198, email: 'kim.vance@mail.example',
    qualificationStatus: 'UNQUALIFIED', source: 'SOCIAL_MEDIA', leadScore: 10, estimatedValue: '4000.00',
    assignedTo: 'Mark Linden', description: 'Disqualified: a student looking for data for a thesis.',
  },
  {
    number: 8, name: 'Peter Maddox', companyName: 'Maddox Marine', jobTitle: 'Managing Director', since: -288,
    changed: -221, email: 'peter@maddoxmarine.example', phone: '+1 206 555 0190', city: 'Seattle', state: 'WA',
    country: 'United States', status: 'INACTIVE', qualificationStatus: 'LOST', source: 'OTHER', leadScore: 30,
    estimatedValue: '31000.00', assignedTo: 'Rita Novak', description: 'Builds its own tracking.',
  },
  {
    number: 9, name: 'Noor Haddad', companyName: 'Helios Solar', jobTitle: 'Head of Operations', since: -97,
    changed: -63, email: 'noor.haddad@heliossolar.example', phone: '+1 602 555 0155', street: '55 Mesa Park Drive',
    city: 'Phoenix', state: 'AZ', postalCode: '85004', country: 'United States', source: 'REFERRAL', leadScore: 90,
    estimatedValue: '48000.00', assignedTo: 'Maya Chen', referrer: 'Priya Raman, Brightwater Foods',
    tags: ['solar', 'monitoring'], became: { customer: 'Helios Solar', by: 'Maya Chen' },
  },
];

// biome-ignore format: a table
export const harborPineLeads: Entry[] = [
  {
    number: 10, name: 'Birgit Hahn', companyName: 'Hahn Apotheken', jobTitle: 'Inhaberin', since: -4,
    email: 'hahn@hahn-apotheken.example', phone: '+49 351 8888 0142', city: 'Dresden', country: 'Germany',
    qualificationStatus: 'NEW', source: 'WEBSITE', leadScore: 50, estimatedValue: '9000.00', assignedTo: 'Ines Faber',
  },
  {
    number: 11, name: 'Malte Voss', companyName: 'Voss Fahrräder', since: -52, changed: -45,
    email: 'malte@voss-fahrraeder.example', city: 'Bremen', country: 'Germany',
    qualificationStatus: 'CONTACTED', source: 'SOCIAL_MEDIA', leadScore: 60, estimatedValue: '16500.00',
    assignedTo: 'Ines Faber', campaign: 'Before and after', tags: ['campaign'],
  },
  {
    number: 12, name: 'Léa Fontaine', companyName: 'Maison Fontaine', jobTitle: 'Directrice', since: -119, changed: -88,
    email: 'lea@maisonfontaine.example', phone: '+33 4 7200 0131', street: '8 rue des Tanneurs', city: 'Lyon',
    postalCode: '69002', country: 'France', qualificationStatus: 'QUALIFIED', source: 'PARTNER', leadScore: 75,
    estimatedValue: '22000.00', assignedTo: 'Hugo Brandt', referrer: 'Studio Lumen', tags: ['exhibition'],
  },
];

/** Adds the leads with codes in the order of the list. */
export async function addLeads(tenant: Tenant, entries: Entry[]): Promise<void> {
  const { em, calendar, employees, customers } = tenant;
  for (const { number, since, changed = since, assignedTo, became, ...fields } of entries) {
    const updatedAt = calendar.past(changed);
    const lead = Object.assign(new Lead(), fields, bornIn(tenant, calendar.past(since, '14:00')), { updatedAt });
    lead.assignedToId = assignedTo ? employees.get(assignedTo)!.id : null;
    lead.code = await drawCode(tenant, Lead);
    if (became) lead.convert(customers.get(became.customer)!.id, employees.get(became.by)!.id, updatedAt);
    em.persist(lead);
    tenant.leads.set(number, lead);
  }
  await em.flush();
  // Lead and customer refer to each other, so the customer's reference is set afterwards.
  for (const { organizationId, id, convertedCustomerId } of tenant.leads.values())
    if (convertedCustomerId)
      await em.nativeUpdate(
        Customer,
        { organizationId, id: convertedCustomerId },
        { convertedFromLeadId: id, version: 1 },
      );
}
