import { expect } from '@jest/globals';
import { origin } from './server.js';
import type { Person } from './tenant.js';

export interface Answer {
  status: number;
  requestId: string | null;
  text: string;
  data?: Record<string, unknown> | null;
  extensions?: Record<string, unknown>;
  errors?: { message: string; path?: unknown[]; locations?: unknown; extensions: Record<string, unknown> }[];
}

/** The whole answer, which a client library would throw away when it carries errors. */
export async function wholeAnswer(
  person: Person,
  query: string,
  variables: object = {},
  organizationId?: string,
): Promise<Answer> {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${person.token}`,
      ...(organizationId && { 'x-organization-id': organizationId }),
    },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  return { status: response.status, requestId: response.headers.get('x-request-id'), text, ...JSON.parse(text) };
}

export function expectMasked({ errors, requestId, text }: Answer, path?: unknown[]): void {
  expect(errors).toHaveLength(1);
  expect(errors![0]!.path).toEqual(path);
  expect(errors![0]!.extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR', requestId });
  expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(errors![0]!.message).toMatch(/went wrong on our side/);
  expect(text).not.toMatch(/select |insert |update |permission denied|refused here|crm_app|stack/);
}
