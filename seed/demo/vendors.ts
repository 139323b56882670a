import { Vendor } from '../../src/crm/vendors/vendor.js';
import { bornIn, drawCode, type Tenant } from './organizations.js';

/** A vendor of the plan, with the name of its owner and its creation in days from today. */
interface Entry extends Omit<Partial<Vendor>, 'createdAt' | 'assignedTo'> {
  name: string;
  email: string;
  since: number;
  assignedTo: string;
}

// biome-ignore format: a table
export const northgateVendors: Entry[] = [
  {
    name: 'Quartz Components', companyName: 'Quartz Components Inc.', vendorType: 'SUPPLIER', status: 'ACTIVE',
    since: -402, assignedTo: 'Adam Reyes', contactPerson: 'Ellen Marsh', email: 'orders@quartzcomponents.example',
    phone: '+1 603 555 0150', website: 'https://quartzcomponents.example', industry: 'Electronics',
    taxId: 'US-02-6617204', street: '12 Foundry Way', city: 'Nashua', state: 'NH', postalCode: '03060',
    country: 'United States', rating: '4.70', paymentTerms: 'Net 30', creditLimit: '80000.00',
    description: 'Sensors and housings. Delivers within eight days.',
  },
  {
    name: 'Meridian Hosting', companyName: 'Meridian Hosting LLC', vendorType: 'SERVICE_PROVIDER', status: 'ACTIVE',
    since: -377, assignedTo: 'Adam Reyes', contactPerson: 'Tobias Reed', email: 'accounts@meridianhosting.example',
    website: 'https://meridianhosting.example', industry: 'Hosting', city: 'Ashburn', state: 'VA',
    country: 'United States', paymentTerms: 'Monthly in advance',
  },
  {
    name: 'Rowan & Daughters', companyName: 'Rowan & Daughters', vendorType: 'CONTRACTOR', status: 'BLACKLISTED',
    since: -246, assignedTo: 'Nora Diaz', email: 'office@rowandaughters.example', phone: '+1 518 555 0137',
    industry: 'Installation', city: 'Albany', state: 'NY', country: 'United States', rating: '1.50',
    description: 'Left two sites unfinished. Not to be hired again.',
  },
];

// biome-ignore format: a table
export const harborPineVendors: Entry[] = [
  {
    name: 'Studio Lumen', companyName: 'Studio Lumen', vendorType: 'CONSULTANT', status: 'ACTIVE', since: -231,
    assignedTo: 'Hugo Brandt', contactPerson: 'Clara Winter', email: 'clara@studiolumen.example',
    website: 'https://studiolumen.example', industry: 'Lighting design', city: 'Berlin', postalCode: '10997',
    country: 'Germany', paymentTerms: '14 days net',
  },
  {
    name: 'Paperhaus', companyName: 'Paperhaus GmbH', vendorType: 'SUPPLIER', status: 'PENDING', since: -6,
    assignedTo: 'Ines Faber', email: 'vertrieb@paperhaus.example', phone: '+49 341 9999 0158', industry: 'Printing',
    taxId: 'DE298410073', city: 'Leipzig', postalCode: '04229', country: 'Germany',
    description: 'Samples are ordered; prices for small numbers are still missing.',
  },
];

/** Adds the vendors with codes in the order of the list. */
export async function addVendors(tenant: Tenant, entries: Entry[]): Promise<void> {
  const { em, calendar, employees } = tenant;
  for (const { since, assignedTo, ...fields } of entries) {
    const vendor = Object.assign(new Vendor(), fields, bornIn(tenant, calendar.past(since)));
    vendor.assignedToId = employees.get(assignedTo)!.id;
    vendor.code = await drawCode(tenant, Vendor);
    em.persist(vendor);
  }
  await em.flush();
}
