import { gql } from 'graphql-request';
import { activityRow, customerRow, type Fields, insertRows, type Sender } from './customers.js';
import type { Tenant } from './tenant.js';

export interface Page {
  totalCount: number;
  nodes: { id: string }[];
  edges: { cursor: string; node: { id: string } }[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
    page: number | null;
    pageSize: number | null;
    pageCount: number | null;
  };
}

/** Asks a list for a page. */
export type List = (args: Fields) => Promise<Page>;

const pageFields = `totalCount nodes { id } edges { cursor node { id } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor page pageSize pageCount }`;

const variables = (record: string) => `$filter: ${record}Filter, $search: String, $orderBy: [${record}Order!],
  $first: Int, $after: String, $last: Int, $before: String, $page: Int, $pageSize: Int`;

const passed = `filter: $filter, search: $search, orderBy: $orderBy,
  first: $first, after: $after, last: $last, before: $before, page: $page, pageSize: $pageSize`;

function rootList(sender: Sender, field: string, record: string): List {
  const document = gql`query (${variables(record)}) { list: ${field}(${passed}) { ${pageFields} } }`;
  return async (args) => (await sender.request<{ list: Page }>(document, args)).list;
}

export const customersOf = (sender: Sender) => rootList(sender, 'customers', 'Customer');
export const membersOf = (sender: Sender) => rootList(sender, 'organizationMembers', 'Membership');

export function timelineOf(sender: Sender, id: string, field = 'activities'): List {
  const document = gql`
    query ($id: ID!, ${variables('Activity')}) { customer(id: $id) { list: ${field}(${passed}) { ${pageFields} } } }
  `;
  return async (args) => (await sender.request<{ customer: { list: Page } }>(document, { id, ...args })).customer.list;
}

export const idsOf = ({ nodes }: Page) => nodes.map(({ id }) => id);

export const words = [
  'Zoe',
  'zoe',
  'ZOE',
  'Äpfel',
  'äpfel',
  'Apfel',
  'émile',
  'Émile',
  'emile',
  '😀 smile',
  '1st',
  'ñandú',
  'Öl',
  '東京',
];
export const moments = ['2024-01-01T00:00:00.000Z', '2024-01-01T00:00:00.001Z', '2024-02-29T12:30:00.120Z'];
export const pick = <Value>(values: readonly Value[], n: number): Value => values[n % values.length]!;

/** Customers with many equal and many missing values. */
export async function manyCustomers(tenant: Tenant, count: number): Promise<Fields[]> {
  const rows = Array.from({ length: count }, (_, n) =>
    customerRow(tenant.id, {
      name: pick(words, n * 5),
      email: `${pick(words, n).toLowerCase().replace(' ', '.')}${n % 7}.${n}@x.example`,
      company_name: n % 3 ? pick(words, n) : null,
      customer_type: pick(['BUSINESS', 'INDIVIDUAL'], n),
      status: pick(['VIP', 'ACTIVE', 'PROSPECT', 'INACTIVE'], n),
      city: n % 2 ? pick(words, n * 3) : null,
      rating: n % 4 ? pick(['1.00', '2.50', '5.00'], n) : null,
      created_at: pick(moments, n),
      updated_at: pick(moments, n * 2),
    }),
  );
  await insertRows('customers', rows);
  return rows;
}

export async function manyActivities(tenant: Tenant, customerId: string, count: number): Promise<Fields[]> {
  const rows = Array.from({ length: count }, (_, n) => {
    const status = pick(['CANCELLED', 'COMPLETED', 'SCHEDULED', 'IN_PROGRESS'], n);
    return activityRow(tenant.id, {
      customer_id: customerId,
      title: pick(words, n * 3),
      status,
      scheduled_at: n % 3 ? pick(moments, n) : null,
      completed_at: status === 'COMPLETED' ? pick(moments, n) : null,
      is_pinned: n % 5 === 0,
      created_at: pick(moments, n),
      updated_at: pick(moments, n * 2),
    });
  });
  await insertRows('activities', rows);
  return rows;
}
