import { expect } from '@jest/globals';
import { origin } from './server.js';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  data?: Record<string, unknown> | null;
  errors?: { message: string; path?: unknown[]; extensions: Record<string, unknown> }[];
}

const accepted = 'application/graphql-response+json, application/json';

/** Sends what no GraphQL client would: by POST, unless told otherwise, and accepting what clients accept. */
export async function sendHttp(init: RequestInit, { path = '/graphql', server = origin } = {}): Promise<Answer> {
  const headers = { accept: accepted, ...(init.headers as Record<string, string>) };
  // Longer than the deadline of a request.
  const signal = AbortSignal.timeout(25_000);
  const response = await fetch(server + path, { method: 'POST', signal, redirect: 'manual', ...init, headers });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  return { status: response.status, headers: response.headers, text, ...(isJson && JSON.parse(text)) };
}

export const harmless = JSON.stringify({ query: '{ errorCodes { code } }' });

/** A refusal that tells its code, and the server is there for the next request. */
export async function expectRefused(answer: Answer, code: string): Promise<void> {
  expect([answer.text.slice(0, 300), answer.errors?.[0]?.extensions.code]).toEqual([expect.any(String), code]);
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
  expect(answer.data).toBeUndefined();
  expect(answer.errors![0]!.extensions.requestId).toBe(answer.headers.get('x-request-id'));
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.errors!.map(({ message }) => message).join()).not.toMatch(/stack|went wrong|Internal|node_modules/i);
  expect(await sendHttp({ headers: { 'content-type': 'application/json' }, body: harmless })).toMatchObject({
    status: 200,
  });
}

export function expectAnswered(answer: Answer): void {
  expect(answer.status).toBe(200);
  expect(answer).not.toHaveProperty('errors');
}
