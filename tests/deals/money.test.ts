import { expect, test } from '@jest/globals';
import { type Fields, newCustomer } from '../support/customers.js';
import { newDeal, newLead } from '../support/sales.js';
import { statementsOf } from '../support/server.js';
import { newTenant } from '../support/tenant.js';

test('amounts come with their currency, in the statement of their list', async () => {
  const { owner } = await newTenant();
  const { id: customerId } = await newCustomer(owner, { name: 'Kim', creditLimit: '1000' });
  await newCustomer(owner, { name: 'Lou' });
  const newVendor = 'mutation ($input: CreateVendorInput!) { createVendor(input: $input) { id } }';
  await owner.request(newVendor, { input: { name: 'Vi', email: 'vi@vendor.example', creditLimit: '20.5' } });
  await newLead(owner, { estimatedValue: '9.5' });
  await newDeal(owner, { title: 'Euros', customerId, value: '100', currency: 'EUR', probability: '25' });
  await newDeal(owner, { title: 'Nothing', customerId });
  const answer = await owner.request<Record<string, { nodes: Fields[] }>>(`{
    customers(orderBy: [{ field: NAME }]) { nodes { name creditLimitMoney { amount currency } } }
    vendors { nodes { creditLimitMoney { amount currency } } }
    leads { nodes { estimatedMoney { amount currency } } }
    deals(orderBy: [{ field: TITLE }]) { nodes { money { amount currency } expectedMoney { amount currency } } }
  }`);
  expect(answer.customers!.nodes).toEqual([
    { name: 'Kim', creditLimitMoney: { amount: '1000.00', currency: 'USD' } },
    { name: 'Lou', creditLimitMoney: null },
  ]);
  expect(answer.vendors!.nodes).toEqual([{ creditLimitMoney: { amount: '20.50', currency: 'USD' } }]);
  expect(answer.leads!.nodes).toEqual([{ estimatedMoney: { amount: '9.50', currency: 'USD' } }]);
  expect(answer.deals!.nodes).toEqual([
    { money: { amount: '100.00', currency: 'EUR' }, expectedMoney: { amount: '25.00', currency: 'EUR' } },
    { money: null, expectedMoney: null },
  ]);
  const list = '{ deals { nodes { money { amount } customer { creditLimitMoney { amount } } } } }';
  expect(await statementsOf(() => owner.request(list))).toHaveLength(1);
});

test('leadStats sums estimated values as money', async () => {
  const { owner } = await newTenant();
  const stats = () =>
    owner.request<Record<string, Fields>>(
      '{ leadStats { totalEstimatedValue estimatedValue { amount currency rowCount otherCurrencies { amount } } } }',
    );
  const none = { amount: '0.00', currency: 'USD', rowCount: 0, otherCurrencies: [] };
  expect((await stats()).leadStats).toEqual({ totalEstimatedValue: '0.00', estimatedValue: none });
  for (const estimatedValue of ['10', '2.5', null]) await newLead(owner, { estimatedValue });
  expect((await stats()).leadStats).toEqual({
    totalEstimatedValue: '12.50',
    estimatedValue: { ...none, amount: '12.50', rowCount: 2 },
  });
});
