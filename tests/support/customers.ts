import { type GraphQLClient, gql } from 'graphql-request';
import { v7 } from 'uuid';
import { sql } from './database.js';

export type Fields = Record<string, unknown>;

/** A sender of documents: a person, or a client of an organization. */
export type Sender = Pick<GraphQLClient, 'request'>;

const everyField = `id version code name firstName lastName fullName customerType companyName contactPerson email phone
  website industry taxId rating street city state postalCode country status creditLimit paymentTerms source tags
  description assignedTo { id } user { id } createdAt updatedAt`;

const Create = gql`mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { ${everyField} } }`;
const Update = gql`
  mutation ($id: ID!, $input: UpdateCustomerInput!, $expectedVersion: Int) {
    updateCustomer(id: $id, input: $input, expectedVersion: $expectedVersion) { ${everyField} }
  }
`;

/** Needs customer:read and nothing else. */
export const CountCustomers = gql`{ customers { totalCount } }`;

/** An e-mail address that nobody has yet. */
export const freshEmail = () => `c${v7()}@customers.example`;

export async function newCustomer(sender: Sender, input: Fields = {}): Promise<Fields & { id: string }> {
  const { createCustomer } = await sender.request<{ createCustomer: Fields & { id: string } }>(Create, {
    input: { email: freshEmail(), ...input },
  });
  return createCustomer;
}

export async function changeCustomer(sender: Sender, id: unknown, input: Fields, expectedVersion?: number | null) {
  const { updateCustomer } = await sender.request<{ updateCustomer: Fields }>(Update, { id, input, expectedVersion });
  return updateCustomer;
}

export async function customerById(sender: Sender, id: unknown): Promise<Fields | null> {
  const Read = gql`query ($id: ID!) { customer(id: $id) { ${everyField} } }`;
  return (await sender.request<{ customer: Fields | null }>(Read, { id })).customer;
}

/** Names and versions of an organization's customers, oldest first. */
export const customersOf = (organizationId: string) =>
  sql<{ name: string; version: number }>(
    'select name, version from customers where organization_id = $1 order by created_at, id',
    [organizationId],
  );

/** Puts rows straight into a table; each has the columns of the first one. */
export async function insertRows(table: string, rows: Fields[]): Promise<void> {
  if (rows.length === 0) return;
  const columns = Object.keys(rows[0]!)
    .map((column) => `"${column}"`)
    .join(', ');
  await sql(`insert into ${table} (${columns}) select ${columns} from json_populate_recordset(null::${table}, $1)`, [
    JSON.stringify(rows),
  ]);
}

/** A row of `customers`, to be inserted. */
export function customerRow(organizationId: string, columns: Fields = {}): Fields & { id: string } {
  const id = v7();
  const now = new Date().toISOString();
  return {
    id,
    organization_id: organizationId,
    created_at: now,
    updated_at: now,
    code: `CUST-${id}`,
    name: 'Some Customer',
    email: `${id}@customers.example`,
    customer_type: 'INDIVIDUAL',
    status: 'ACTIVE',
    tags: [],
    ...columns,
  };
}

/** A row of `activities`, to be inserted. */
export function activityRow(organizationId: string, columns: Fields = {}): Fields & { id: string } {
  const now = new Date().toISOString();
  return {
    id: v7(),
    organization_id: organizationId,
    created_at: now,
    updated_at: now,
    activity_type: 'CALL',
    title: 'A call',
    status: 'SCHEDULED',
    completed_at: null,
    is_pinned: false,
    tags: [],
    attendees: [],
    customer_id: null,
    ...columns,
  };
}
