import { beforeAll } from '@jest/globals';
import { gql } from 'graphql-request';
import { type Fields, newCustomer } from './customers.js';
import { idsByName, newDeal, pipelineById, send } from './sales.js';
import { newTenant, type Person, type Tenant } from './tenant.js';

export let tenant: Tenant;
export let owner: Person;
export let stages: Record<string, string>;
export let pipelineId: string;
export let customerId: string;

/** One organization with the standard pipeline; each test makes deals of its own. */
beforeAll(async () => {
  tenant = await newTenant();
  owner = tenant.owner;
  const pipeline = await pipelineById(owner);
  pipelineId = pipeline.id;
  stages = idsByName(pipeline);
  customerId = (await newCustomer(owner, { firstName: 'Ada', lastName: 'King' })).id;
});

export const deal = (input: Fields = {}) => newDeal(owner, { customerId, ...input });
export const move = (id: string, stage: string, more: Fields = {}) =>
  send(owner, 'moveDealStage', { id, stageId: stages[stage] ?? stage, ...more });
export const update = (id: string, input: Fields, expectedVersion?: number) =>
  send(owner, 'updateDeal', { id, input, expectedVersion });

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

export async function totalsOf(id: string): Promise<Totals> {
  return (await owner.request<{ customer: Totals }>(CustomerTotals, { id })).customer;
}
