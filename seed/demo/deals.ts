import { Deal } from '../../src/crm/deals/deal.js';
import { drawCode, type Tenant } from './organizations.js';
import { addHistory, type Step } from './stage-history.js';

type Planned = 'createdAt' | 'customer' | 'lead' | 'assignedTo' | 'expectedCloseDate';

/** A deal of the plan, with its number, the names of its customer and owner, and its dates in days from today. */
interface Entry extends Omit<Partial<Deal>, Planned> {
  number: number;
  title: string;
  customer?: string;
  lead?: number;
  owner: string;
  expected?: number;
  /** The stages that it entered, from its creation to the present one, with their dates. */
  path: Step[];
}

// biome-ignore format: a table
export const northgateDeals: Entry[] = [
  {
    number: 1, title: 'Clinic scheduling', customer: 'Elm Street Clinic', owner: 'Rita Novak', source: 'web',
    path: [[0, 'Lead']],
  },
  {
    number: 2, title: 'Fleet tracking rollout', customer: 'Delta Freight', owner: 'Sam Ortiz', value: '30000.00',
    // Whether they may track leased trucks at all is open.
    probability: '0.00', expected: 20, tags: ['fleet'], description: 'Begins with a pilot on ten trucks.',
    path: [[-26, 'Lead'], [-17, 'Qualified']],
  },
  {
    number: 3, title: 'Mine ventilation upgrade', customer: 'Cobalt Mining', owner: 'Rita Novak', value: '120000.00',
    priority: 'HIGH', expected: -5, source: 'trade fair', tags: ['mining'],
    // The committee asked for another variant.
    path: [[-92, 'Lead'], [-80, 'Qualified'], [-61, 'Proposal'], [-41, 'Negotiation'], [-13, 'Proposal']],
  },
  {
    number: 4, title: 'Packaging line analytics', customer: 'Brightwater Foods', owner: 'Sam Ortiz', value: '75000.00',
    priority: 'URGENT', expected: 10, source: 'referral', tags: ['food', 'analytics'],
    path: [[-71, 'Lead'], [-63, 'Qualified'], [-38, 'Proposal'], [-9, 'Negotiation']],
  },
  {
    number: 5, title: 'Warehouse pilot', lead: 6, owner: 'Maya Chen', value: '25000.00', expected: 60,
    source: 'EMAIL_CAMPAIGN', tags: ['warehouse'],
    path: [[-14, 'Lead'], [-6, 'Qualified']],
  },
  {
    number: 6, title: 'Yard cameras', customer: 'Frida Alvarez', owner: 'Sam Ortiz', value: '5400.00', priority: 'LOW',
    lostReason: 'Budget withdrawn', source: 'web',
    // She wanted to think again about what she needs.
    path: [[-149, 'Lead'], [-131, 'Qualified'], [-118, 'Proposal'], [-101, 'Qualified'], [-80, 'Closed Lost']],
  },
  {
    number: 7, title: 'Rooftop monitoring', customer: 'Helios Solar', lead: 9, owner: 'Maya Chen', value: '48000.00',
    source: 'REFERRAL', tags: ['solar'],
    path: [[-63, 'Lead'], [-55, 'Qualified'], [-44, 'Proposal'], [-24, 'Negotiation'], [-12, 'Closed Won']],
  },
  {
    number: 8, title: 'Quality dashboards', customer: 'Brightwater Foods', owner: 'Sam Ortiz', value: '64500.00',
    source: 'referral', tags: ['food', 'analytics'],
    path: [
      [-160, 'Lead'], [-141, 'Qualified'], [-118, 'Proposal'], [-92, 'Negotiation'], [-83, 'Proposal'],
      [-64, 'Negotiation'], [-50, 'Closed Won'],
    ],
  },
  {
    number: 9, title: 'Annual support', customer: 'Cobalt Mining', owner: 'Rita Novak', value: '9000.00',
    currency: 'EUR', tags: ['support contract'], description: 'Invoiced in euros through their European subsidiary.',
    path: [[-124, 'Due'], [-103, 'In talks'], [-95, 'Renewed']],
  },
  {
    number: 10, title: 'Route optimizer', customer: 'Delta Freight', owner: 'Sam Ortiz', value: '22000.00',
    lostReason: 'Chose a cheaper offer', tags: ['fleet', 'price sensitive'],
    path: [[-119, 'Lead'], [-104, 'Qualified'], [-75, 'Proposal'], [-48, 'Negotiation'], [-30, 'Closed Lost']],
  },
];

// biome-ignore format: a table
export const harborPineDeals: Entry[] = [
  {
    number: 11, title: 'Brand refresh', customer: 'Atelier Nord', owner: 'Ines Faber', value: '18000.00',
    source: 'referral', tags: ['retainer'],
    path: [[-214, 'Lead'], [-203, 'Qualified'], [-187, 'Proposal'], [-164, 'Negotiation'], [-150, 'Closed Won']],
  },
  {
    // Thirteen months ago: outside the twelve that charts begin with.
    number: 12, title: 'Trade fair stand', customer: 'Atelier Nord', owner: 'Hugo Brandt', value: '27500.00',
    source: 'referral', tags: ['exhibition'],
    path: [[-423, 'Lead'], [-417, 'Qualified'], [-409, 'Proposal'], [-396, 'Closed Won']],
  },
  {
    number: 13, title: 'Holiday campaign', customer: 'Jonas Weber', owner: 'Ines Faber', value: '14000.00',
    expected: 30, source: 'instagram', tags: ['campaign'],
    path: [[-41, 'Lead'], [-33, 'Qualified'], [-20, 'Proposal']],
  },
];

/** Adds the deals with codes in the order of the list. */
export async function addDeals(tenant: Tenant, entries: Entry[]): Promise<void> {
  const { em, organizationId, currency, calendar, customers, leads, employees } = tenant;
  for (const { number, customer, lead, owner, expected, path, probability, lostReason, ...fields } of entries) {
    const deal = Object.assign(new Deal(), { organizationId, currency }, fields);
    const { id: assignedToId, userId } = employees.get(owner)!;
    deal.assignedToId = assignedToId;
    deal.customerId = customer ? customers.get(customer)!.id : null;
    deal.leadId = lead ? leads.get(lead)!.id : null;
    deal.expectedCloseDate = expected === undefined ? null : calendar.day(expected);
    deal.code = await drawCode(tenant, Deal);
    em.persist(deal);
    addHistory(tenant, deal, path, { lostReason, changedById: userId });
    deal.probability = probability ?? deal.probability;
    deal.weigh();
    tenant.deals.set(number, deal);
  }
  await em.flush();
}
