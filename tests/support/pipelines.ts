import { newCustomer } from './customers.js';
import { newTenant, type Person, type Tenant } from './tenant.js';

export interface OrganizationWithCustomer {
  tenant: Tenant;
  owner: Person;
  customerId: string;
}

/** An organization whose default pipeline stays as it was created; each test makes others. */
export async function organizationWithCustomer(): Promise<OrganizationWithCustomer> {
  const tenant = await newTenant();
  const { id: customerId } = await newCustomer(tenant.owner);
  return { tenant, owner: tenant.owner, customerId };
}

export const stagesNamed = (...names: string[]) => ({ stages: names.map((name) => ({ name })) });
