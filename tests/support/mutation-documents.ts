import { expect } from '@jest/globals';
import { v7 } from 'uuid';
import { sql } from './database.js';
import { origin } from './server.js';
import type { Person } from './tenant.js';

interface Answer {
  status: number;
  requestId: string | null;
  text: string;
  data?: Record<string, unknown> | null;
  errors?: { message: string; path?: unknown[]; extensions: Record<string, unknown> }[];
}

/** The whole answer, which a client library would throw away when it carries errors. */
export async function send(person: Person, query: string, variables: object = {}): Promise<Answer> {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${person.token}` },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  return { status: response.status, requestId: response.headers.get('x-request-id'), text, ...JSON.parse(text) };
}

export async function newCustomer(person: Person, name: string): Promise<{ id: string; version: number }> {
  const { data } = await send(
    person,
    'mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { id version } }',
    { input: { name, email: `${v7()}@customers.example` } },
  );
  return data!.createCustomer as { id: string; version: number };
}

export const customersOf = (organizationId: string) =>
  sql<{ name: string; version: number }>(
    'select name, version from customers where organization_id = $1 order by created_at, id',
    [organizationId],
  );

export function expectMasked({ errors, requestId, text }: Answer, path?: unknown[]): void {
  expect(errors).toHaveLength(1);
  expect(errors![0]!.path).toEqual(path);
  expect(errors![0]!.extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR', requestId });
  expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(errors![0]!.message).toMatch(/went wrong on our side/);
  expect(text).not.toMatch(/select |insert |update |permission denied|refused here|crm_app|stack/);
}
