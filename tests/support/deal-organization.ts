import { gql } from 'graphql-request';
import { type Fields, newCustomer } from './customers.js';
import { idsByName, newDeal, pipelineById, send } from './sales.js';
import { newTenant } from './tenant.js';

export const openOnly = {
  name: 'Talks',
  stages: [
    { name: 'First', probability: '30' },
    { name: 'Second', probability: '60' },
  ],
};

export interface Totals {
  name: string;
  companyName: string | null;
  openDealCount: number | null;
  totalValue: { amount: string; currency: string; otherCurrencies: Fields[] } | null;
}

export const CustomerTotals = gql`
  query ($id: ID!) {
    customer(id: $id) {
      name companyName openDealCount totalValue { amount currency otherCurrencies { amount currency } }
    }
  }
`;

/** An organization with the standard pipeline and a customer; each test makes deals of its own. */
export async function organizationWithDeals() {
  const tenant = await newTenant();
  const { owner } = tenant;
  const pipeline = await pipelineById(owner);
  const stages = idsByName(pipeline);
  const { id: customerId } = await newCustomer(owner, { firstName: 'Ada', lastName: 'King' });
  return {
    tenant,
    owner,
    stages,
    pipelineId: pipeline.id,
    customerId,
    deal: (input: Fields = {}) => newDeal(owner, { customerId, ...input }),
    move: (id: string, stage: string, more: Fields = {}) =>
      send(owner, 'moveDealStage', { id, stageId: stages[stage] ?? stage, ...more }),
    updateDeal: (id: string, input: Fields, expectedVersion?: number) =>
      send(owner, 'updateDeal', { id, input, expectedVersion }),
    async totalsOf(id: string): Promise<Totals> {
      return (await owner.request<{ customer: Totals }>(CustomerTotals, { id })).customer;
    },
  };
}

export type DealOrganization = Awaited<ReturnType<typeof organizationWithDeals>>;
