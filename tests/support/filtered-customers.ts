import { expect } from '@jest/globals';
import { gql } from 'graphql-request';
import { customerRow, type Fields, insertRows, type Sender } from './customers.js';
import { newTenant, type Tenant } from './tenant.js';

export type Filter = Record<string, unknown>;

const Names = gql`
  query ($filter: CustomerFilter, $search: String) {
    customers(filter: $filter, search: $search, first: 100, orderBy: [{ field: NAME }, { field: CREATED_AT }]) {
      totalCount
      nodes { name }
    }
  }
`;

/** Names of the customers that are kept, alphabetically; their number is checked on the way. */
export async function namesOf(
  sender: Sender,
  args: { filter?: Filter | null; search?: string | null },
): Promise<string[]> {
  const { customers } = await sender.request<{ customers: { totalCount: number; nodes: { name: string }[] } }>(
    Names,
    args,
  );
  expect(customers.totalCount).toBe(customers.nodes.length);
  return customers.nodes.map(({ name }) => name);
}

export const kept = (sender: Sender, filter?: Filter | null) => namesOf(sender, { filter });

/** Customers by their names, each with its columns. */
export async function tenantWith(customers: Record<string, Fields>): Promise<Tenant> {
  const tenant = await newTenant();
  await addCustomers(tenant, customers);
  return tenant;
}

export async function addCustomers(tenant: Tenant, customers: Record<string, Fields>): Promise<Record<string, string>> {
  const rows = Object.entries(customers).map(([name, columns]) => customerRow(tenant.id, { name, ...columns }));
  for (const row of rows) await insertRows('customers', [row]);
  return Object.fromEntries(rows.map(({ id, name }) => [name, id]));
}
