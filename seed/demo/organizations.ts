import { Permission, Role, RolePermission } from '../../src/crm/access/role.js';
import type { Customer } from '../../src/crm/customers/customer.js';
import type { Deal } from '../../src/crm/deals/deal.js';
import { Employee } from '../../src/crm/employees/employee.js';
import { foundOrganization } from '../../src/crm/founding/found-organization.js';
import type { Lead } from '../../src/crm/leads/lead.js';
import { Membership } from '../../src/crm/organizations/membership.js';
import type { OrganizationChanges } from '../../src/crm/organizations/organization.inputs.js';
import { Organization } from '../../src/crm/organizations/organization.js';
import { UserProfile } from '../../src/crm/organizations/user-profile.js';
import { Pipeline } from '../../src/crm/pipelines/pipeline.js';
import { PipelineStage } from '../../src/crm/pipelines/pipeline-stage.js';
import type { User } from '../../src/crm/users/user.js';
import type { Class } from '../../src/platform/class.js';
import { actAs, type EntityManager } from '../../src/platform/database/orm.js';
import { UnitOfWork } from '../../src/platform/database/unit-of-work.js';
import { drawInTransaction } from '../../src/platform/tenancy/codes.js';
import { Calendar } from './calendar.js';

/** An organization while it is filled, with the records that later steps look up by name or by number in the plan. */
export interface Tenant {
  em: EntityManager;
  organizationId: string;
  ownerId: string;
  currency: string;
  calendar: Calendar;
  users: Map<string, User>;
  employees: Map<string, Employee>;
  customers: Map<string, Customer>;
  /** The stages of all its pipelines, whose names are unique. */
  stages: Map<string, PipelineStage>;
  leads: Map<number, Lead>;
  deals: Map<number, Deal>;
}

interface Plan {
  owner: string;
  /** Days from today. */
  founded: number;
  details: OrganizationChanges & { name: string; timezone: string; currency: string };
}

export const northgate: Plan = {
  owner: 'Olivia Grant',
  founded: -428,
  details: {
    name: 'Northgate Labs',
    description: 'Sensors and analytics for plants, fleets and warehouses.',
    industry: 'Industrial software',
    website: 'https://northgate.example',
    phone: '+1 212 555 0100',
    email: 'hello@northgate.example',
    street: '41 Harbor Street',
    city: 'New York',
    state: 'NY',
    postalCode: '10004',
    country: 'United States',
    currency: 'USD',
    timezone: 'America/New_York',
    settings: { fiscalYearStart: '01-01', weeklyReport: true },
  },
};

export const harborPine: Plan = {
  owner: 'Hugo Brandt',
  founded: -426,
  details: {
    name: 'Harbor & Pine Studio',
    description: 'Brand, exhibition and interior design.',
    industry: 'Design',
    website: 'https://harborpine.example',
    phone: '+49 30 23125 100',
    email: 'studio@harborpine.example',
    street: 'Kiefernweg 12',
    city: 'Berlin',
    postalCode: '10245',
    country: 'Germany',
    currency: 'EUR',
    timezone: 'Europe/Berlin',
  },
};

/** Founds the organization as its owner and backdates it. The transaction then acts in it. */
export async function found(
  em: EntityManager,
  { owner: ownerName, founded, details }: Plan,
  loadedAt: Date,
  users: Map<string, User>,
): Promise<Tenant> {
  const owner = users.get(ownerName)!;
  const { id: organizationId } = await foundOrganization(new UnitOfWork(em), owner, details);
  await actAs(em, owner.id, organizationId);
  em.clear();
  const calendar = new Calendar(loadedAt, details.timezone);
  const createdAt = calendar.past(founded, '14:00');
  const begun = { createdAt, updatedAt: createdAt, version: 1 };
  await em.nativeUpdate(Organization, { id: organizationId }, begun);
  await em.nativeUpdate(Membership, { organizationId }, { ...begun, joinedAt: createdAt });
  const profile = { createdAt, updatedAt: createdAt, activatedAt: createdAt };
  // Founding has changed profiles already, so they keep their version.
  await em.nativeUpdate(UserProfile, { organizationId }, profile);
  for (const type of [Role, Permission, RolePermission, Employee, Pipeline, PipelineStage])
    await em.nativeUpdate(type as typeof Role, { organizationId }, begun);
  return {
    ...{ em, organizationId, ownerId: owner.id, currency: details.currency, calendar, users },
    ...{ employees: new Map(), customers: new Map(), stages: new Map(), leads: new Map(), deals: new Map() },
  };
}

/** The next code of a kind. The organization is not visible to other transactions yet. */
export const drawCode = ({ em, organizationId }: Tenant, type: Class): Promise<string> =>
  drawInTransaction(new UnitOfWork(em), organizationId, type);

/** Sets the organization and the time of creation of a record. */
export const createdIn = ({ organizationId }: Tenant, createdAt: Date) => ({
  organizationId,
  createdAt,
  updatedAt: createdAt,
});
