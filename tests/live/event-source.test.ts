import { beforeAll, describe, expect, test } from '@jest/globals';
import { customersOf, newCustomer } from '../support/customers.js';
import { documentOf } from '../support/live.js';
import { origin } from '../support/server.js';
import { newTenant, type Tenant } from '../support/tenant.js';

let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});

/** Sends what an EventSource sends that can set headers. */
const get = (query: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(`${origin}/graphql?${new URLSearchParams({ query })}`, {
    method,
    headers: { accept: 'text/event-stream', authorization: `Bearer ${tenant.owner.token}`, ...headers },
  });

interface Message {
  id: string | undefined;
  result: { data?: { changeAdded: { change: { recordId: string } | null } }; errors?: { extensions: object }[] };
}

/** The first message of a stream, which is then left. */
async function firstOf({ body }: Response): Promise<Message> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of body!) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const data = /^data: (.+)$/m.exec(text);
    if (data && text.includes('\n\n')) return { id: /^id: (.+)$/m.exec(text)?.[1], result: JSON.parse(data[1]!) };
  }
  throw new Error(`The stream ended: ${text}`);
}

describe('an EventSource', () => {
  test('subscribes by GET, and resumes after the last event that it names', async () => {
    const begun = await firstOf(await get(documentOf()));
    expect(begun.result).toMatchObject({ data: { changeAdded: { change: null } } });
    const { id } = await newCustomer(tenant.owner);
    const resumed = await firstOf(await get(documentOf(), { 'last-event-id': begun.id! }));
    expect(resumed.result).toMatchObject({ data: { changeAdded: { change: { recordId: id } } } });
  });

  test('cannot mutate', async () => {
    const mutation = 'mutation { createCustomer(input: { name: "N", email: "n@events.example" }) { id } }';
    const before = await customersOf(tenant.id);
    const { result } = await firstOf(await get(mutation));
    expect(result).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
    expect(await customersOf(tenant.id)).toEqual(before);
  });

  test('gets no stream by HEAD', async () => {
    expect((await get(documentOf(), {}, 'HEAD')).status).toBe(406);
  });
});
