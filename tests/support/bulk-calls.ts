import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { sql } from './database.js';
import type { Person, Tenant } from './tenant.js';

interface Failure {
  code: string;
  reason: string | null;
  path: string | null;
  existingId: string | null;
}

export interface Result {
  mode: string;
  summary: Record<string, number>;
  results: {
    index: number;
    ref: string | null;
    status: string;
    id: string | null;
    errors: Failure[];
    record: Fields | null;
  }[];
}

type Fields = Record<string, unknown>;

/** A bulk mutation with the whole envelope. */
export const bulk = (mutation: string, rowType: string, record = 'id version') => gql`
  mutation ($rows: [${rowType}!]!, $mode: BulkMode) {
    done: ${mutation}(rows: $rows, mode: $mode) {
      mode
      summary { total created updated unchanged deleted failed notAttempted }
      results { index ref status id errors { code reason path existingId } record { ${record} } }
    }
  }
`;

export const CreateCustomers = bulk('createCustomers', 'CreateCustomerRow', 'id code name email version');
export const UpdateCustomers = bulk('updateCustomers', 'UpdateCustomerRow', 'id name version');
export const DeleteCustomers = bulk('deleteCustomers', 'RecordRow');
export const UpsertCustomers = bulk('upsertCustomers', 'UpsertCustomerRow', 'id name email version');

export async function runBulk(
  person: Pick<Person, 'request'>,
  document: string,
  rows: object[],
  mode = 'PER_ROW',
): Promise<Result> {
  return (await person.request<{ done: Result }>(document, { rows, mode })).done;
}

export const statuses = ({ results }: Result) => results.map(({ status }) => status);
export const address = () => `${v7()}@bulk.example`;
export const newRows = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ ref: `row ${n}`, input: { name: `Customer ${n}`, email: address() } }));

export const CreateEmployees = bulk('createEmployees', 'CreateEmployeeRow');
export const UpdateEmployees = bulk('updateEmployees', 'UpdateEmployeeRow');
export const DeleteEmployees = bulk('deleteEmployees', 'RecordRow');
export const newEmployees = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    input: { firstName: 'Em', lastName: `Ployee ${n}`, email: address(), jobTitle: 'Clerk' },
  }));

export const namesIn = async ({ id }: Tenant): Promise<string[]> =>
  (await sql<{ name: string }>('select name from customers where organization_id = $1 order by name', [id])).map(
    ({ name }) => name,
  );
