import { beforeAll } from '@jest/globals';
import { type Fields, newCustomer } from './customers.js';
import { newDeal, pipelineById, type Stage, send } from './sales.js';
import { newTenant, type Person, type Tenant } from './tenant.js';

export interface Key {
  field: string;
  value: string | null;
  label: string;
}

export interface Group extends Fields {
  keys: Key[];
  isOther: boolean;
  count: number;
}

interface Explored {
  groups: Group[];
  total: Fields;
}

export let tenant: Tenant;
let owner: Person;
export let stages: Stage[];
export let ann: string;
export let bob: string;

/** Won and open deals of three employees in the first months of 2024; values in two currencies. */
beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
  stages = (await pipelineById(owner)).stages;
  [ann, bob] = [await tenant.employee({ firstName: 'Ann' }), await tenant.employee({ firstName: 'Bob' })];
  const { id: customerId } = await newCustomer(owner, { name: 'Kim' });
  const make = async (assignedToId: string | null, value: string | null, closed: string | null, more: Fields = {}) => {
    const { id } = await newDeal(owner, { customerId, value, assignedToId, ...more });
    if (closed) await send(owner, 'markWon', { id, actualCloseDate: closed });
    return id;
  };
  await make(ann, '100', '2024-01-31', { priority: 'HIGH' });
  await make(ann, '50', '2024-03-01', { priority: 'HIGH' });
  await make(ann, '80', '2024-03-31', { currency: 'EUR', priority: 'HIGH' });
  await make(bob, '200', '2024-03-15');
  await make(bob, null, null, { priority: 'LOW' });
  await make(null, '10', null, { priority: 'URGENT' });
});

export async function explore<Answer = Explored>(
  args: string,
  selection: string,
  sender = owner,
  query = 'dealAnalytics',
): Promise<Answer> {
  const document = `{ explored: ${query}${args && `(${args})`} { ${selection} } }`;
  return (await sender.request<{ explored: Answer }>(document)).explored;
}
