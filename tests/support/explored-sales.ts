import { type Fields, newCustomer, type Sender } from './customers.js';
import { newDeal, pipelineById, send } from './sales.js';
import { newTenant } from './tenant.js';

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

/** Won and open deals of three employees in the first months of 2024; values in two currencies. */
export async function exploredSales() {
  const tenant = await newTenant();
  const { owner } = tenant;
  const { stages } = await pipelineById(owner);
  const [ann, bob] = [await tenant.employee({ firstName: 'Ann' }), await tenant.employee({ firstName: 'Bob' })];
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

  async function explore<Answer = Explored>(
    args: string,
    selection: string,
    sender: Sender = owner,
    query = 'dealAnalytics',
  ): Promise<Answer> {
    const document = `{ explored: ${query}${args && `(${args})`} { ${selection} } }`;
    return (await sender.request<{ explored: Answer }>(document)).explored;
  }
  return { tenant, stages, ann, bob, explore };
}

export type ExploredSales = Awaited<ReturnType<typeof exploredSales>>;
