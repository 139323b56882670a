import { beforeAll } from '@jest/globals';
import { newCustomer } from './customers.js';
import { newTenant, type Person, type Tenant } from './tenant.js';

export let tenant: Tenant;
export let owner: Person;
export let customerId: string;

/** One organization; its default pipeline stays as it was created, each test makes others. */
beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
  customerId = (await newCustomer(owner)).id;
});
export const stagesNamed = (...names: string[]) => ({ stages: names.map((name) => ({ name })) });
