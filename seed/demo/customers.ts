import { Customer } from '../../src/crm/customers/customer.js';
import { bornIn, drawCode, type Tenant } from './organizations.js';

/** A customer of the plan, with the name of its owner and its creation in days from today. */
interface Entry extends Omit<Partial<Customer>, 'createdAt' | 'assignedTo' | 'convertedAt'> {
  name: string;
  email: string;
  since: number;
  assignedTo?: string;
  /** Conversion of the customer's lead, in days from today. */
  converted?: number;
}

// A customer created today counts for this month and for the last 30 days, on any day of loading.
// biome-ignore format: a table
export const northgateCustomers: Entry[] = [
  {
    name: 'Brightwater Foods',
    customerType: 'BUSINESS', status: 'VIP', assignedTo: 'Sam Ortiz', since: -418,
    contactPerson: 'Priya Raman', email: 'priya.raman@brightwater.example', phone: '+1 207 555 0131',
    website: 'https://brightwater.example', industry: 'Food production', taxId: 'US-84-2017733', rating: '4.80',
    street: '18 Cannery Wharf', city: 'Portland', state: 'ME', postalCode: '04101', country: 'United States',
    creditLimit: '250000.00', paymentTerms: 'Net 45', source: 'referral', tags: ['key account', 'food'],
    description: 'Two plants and a smokehouse. Buys dashboards plant by plant.',
  },
  {
    name: 'Cobalt Mining',
    customerType: 'BUSINESS', status: 'ACTIVE', assignedTo: 'Rita Novak', since: -361,
    contactPerson: 'Dale Hutchins', email: 'procurement@cobaltmining.example', phone: '+1 775 555 0142',
    website: 'https://cobaltmining.example', industry: 'Mining', taxId: 'US-88-0934127', rating: '4.10',
    street: '700 Pit Road', city: 'Elko', state: 'NV', postalCode: '89801', country: 'United States',
    creditLimit: '400000.00', paymentTerms: 'Net 60', source: 'trade fair', tags: ['mining', 'support contract'],
    description: 'Orders pass a purchasing committee that meets on the first Tuesday of the month.',
  },
  {
    name: 'Delta Freight',
    customerType: 'BUSINESS', status: 'ACTIVE', assignedTo: 'Sam Ortiz', since: -274,
    contactPerson: 'Marcus Bell', email: 'marcus.bell@deltafreight.example', phone: '+1 901 555 0117',
    website: 'https://deltafreight.example', industry: 'Logistics', rating: '3.50',
    street: '2200 Depot Avenue', city: 'Memphis', state: 'TN', postalCode: '38118', country: 'United States',
    creditLimit: '90000.00', paymentTerms: 'Net 30', source: 'web', tags: ['fleet', 'price sensitive'],
    description: '140 trucks, half of them leased until next year.',
  },
  {
    name: 'Elm Street Clinic',
    customerType: 'BUSINESS', status: 'PROSPECT', assignedTo: 'Rita Novak', since: 0,
    contactPerson: 'Dr. Alice Morgan', email: 'office@elmstreetclinic.example', phone: '+1 617 555 0173',
    website: 'https://elmstreetclinic.example', industry: 'Health care',
    street: '9 Elm Street', city: 'Boston', state: 'MA', postalCode: '02116', country: 'United States',
    source: 'web', tags: ['health care'],
    description: 'Asked for a scheduling system for three practices.',
  },
  {
    name: 'Frida Alvarez',
    customerType: 'INDIVIDUAL', status: 'ACTIVE', assignedTo: 'Sam Ortiz', since: -156,
    firstName: 'Frida', lastName: 'Alvarez', email: 'frida.alvarez@mail.example', phone: '+1 512 555 0126',
    street: '310 Live Oak Lane', city: 'Austin', state: 'TX', postalCode: '78704', country: 'United States',
    rating: '4.00', creditLimit: '6000.00', paymentTerms: 'Prepaid', source: 'web', tags: ['private'],
  },
  {
    name: 'George Tan',
    customerType: 'INDIVIDUAL', status: 'INACTIVE', since: -233,
    firstName: 'George', lastName: 'Tan', email: 'george.tan@mail.example', phone: '+1 415 555 0188',
    city: 'San Francisco', state: 'CA', country: 'United States', source: 'cold call',
    description: 'Closed his workshop; may come back with a new one.',
  },
  {
    name: 'Helios Solar',
    customerType: 'BUSINESS', status: 'ACTIVE', assignedTo: 'Maya Chen', since: -63, converted: -63,
    contactPerson: 'Noor Haddad', email: 'noor.haddad@heliossolar.example', phone: '+1 602 555 0155',
    website: 'https://heliossolar.example', industry: 'Renewable energy', rating: '4.60',
    street: '55 Mesa Park Drive', city: 'Phoenix', state: 'AZ', postalCode: '85004', country: 'United States',
    creditLimit: '120000.00', paymentTerms: 'Net 30', source: 'REFERRAL', tags: ['solar', 'monitoring'],
  },
];

// biome-ignore format: a table
export const harborPineCustomers: Entry[] = [
  {
    name: 'Atelier Nord',
    customerType: 'BUSINESS', status: 'ACTIVE', assignedTo: 'Ines Faber', since: -424,
    contactPerson: 'Solveig Dahl', email: 'solveig@ateliernord.example', phone: '+49 40 66969 210',
    website: 'https://ateliernord.example', industry: 'Furniture', taxId: 'DE811907980', rating: '4.40',
    street: 'Speicherstraße 3', city: 'Hamburg', postalCode: '20457', country: 'Germany',
    creditLimit: '60000.00', paymentTerms: '30 days net', source: 'referral', tags: ['retainer', 'exhibition'],
  },
  {
    name: 'Jonas Weber',
    customerType: 'INDIVIDUAL', status: 'PROSPECT', assignedTo: 'Ines Faber', since: -76,
    firstName: 'Jonas', lastName: 'Weber', email: 'jonas.weber@mail.example', phone: '+49 89 99998 134',
    city: 'Munich', postalCode: '80331', country: 'Germany', source: 'instagram', tags: ['campaign'],
    description: 'Runs a chain of three chocolate shops, wants to be bold before the holidays.',
  },
  {
    name: 'Klara Sommer',
    customerType: 'INDIVIDUAL', status: 'ACTIVE', assignedTo: 'Hugo Brandt', since: 0,
    firstName: 'Klara', lastName: 'Sommer', email: 'klara.sommer@mail.example', phone: '+49 341 5550 177',
    city: 'Leipzig', postalCode: '04109', country: 'Germany', source: 'web', tags: ['interior'], rating: '5.00',
  },
];

/** Adds the customers with codes in the order of the list. */
export async function addCustomers(tenant: Tenant, entries: Entry[]): Promise<void> {
  const { em, calendar, employees } = tenant;
  for (const { since, converted, assignedTo, ...fields } of entries) {
    const customer = Object.assign(new Customer(), fields, bornIn(tenant, calendar.past(since)));
    customer.assignedToId = assignedTo ? employees.get(assignedTo)!.id : null;
    customer.convertedAt = converted === undefined ? null : calendar.past(converted);
    customer.completeNames();
    customer.code = await drawCode(tenant, Customer);
    em.persist(customer);
    tenant.customers.set(customer.name, customer);
  }
  await em.flush();
}
