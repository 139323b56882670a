import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { changeCustomer, newCustomer } from './support/customers.js';
import { eventually } from './support/eventually.js';
import { newReceiver } from './support/receiver.js';
import { freePort } from './support/scripts.js';
import { newTenant } from './support/tenant.js';
import { newWebhook } from './support/webhooks.js';

const children: ReturnType<typeof spawn>[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** Starts the receiver of docs/integrations.md. */
async function receive(secret: string, port: number): Promise<() => string> {
  const child = spawn(process.execPath, ['tests/scripts/receive-webhooks.mjs'], {
    env: { PATH: process.env.PATH, PORT: String(port), WEBHOOK_SECRET: secret },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  await eventually(() => expect(output).toContain('listens on'));
  return () => output;
}

test('the receiver of docs/integrations.md prints each change once, and nothing that another has signed', async () => {
  const { owner } = await newTenant();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { id, secret } = await newWebhook(owner, { url, recordTypes: ['CUSTOMER'] });
  const output = await receive(secret, port);
  const { changeCursor } = await owner.request<{ changeCursor: string }>('{ changeCursor }');
  const { id: customer } = await newCustomer(owner);
  await changeCustomer(owner, customer, { name: 'Bea' });
  await eventually(() => expect(output()).toContain(`customer.updated ${customer} 2 ["name"]`));
  await owner.request(gql`mutation ($id: ID!, $after: String!) { replayWebhook(id: $id, after: $after) { id } }`, {
    id,
    after: changeCursor,
  });
  const { id: last } = await newCustomer(owner);
  await eventually(() => expect(output()).toContain(`customer.created ${last} 1`));
  expect(output().match(/^customer\./gm)).toHaveLength(3);
  const forged = await fetch(url, {
    method: 'POST',
    headers: {
      'webhook-id': 'x',
      'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
      'webhook-signature': 'v1,AA==',
    },
    body: JSON.stringify({ type: 'customer.deleted', data: { recordId: customer, version: 2, fields: [] } }),
  });
  expect(forged.status).toBe(401);
  expect(output()).not.toContain('customer.deleted');
});

test('docs/integrations.md quotes the receiver as it is', () => {
  const [, quoted] = /```js\n(.*?)```/s.exec(readFileSync('docs/integrations.md', 'utf8'))!;
  expect(readFileSync('tests/scripts/receive-webhooks.mjs', 'utf8').endsWith(quoted!)).toBe(true);
});

test('the example message of docs/integrations.md has the fields of a real one', async () => {
  const [, example] = /```json\n(.*?)```/s.exec(readFileSync('docs/integrations.md', 'utf8'))!;
  const { owner, employee } = await newTenant();
  const { receiver, url } = await newReceiver();
  await newWebhook(owner, { url, recordTypes: ['CUSTOMER'], actions: ['UPDATED'] });
  const { id } = await newCustomer(owner);
  await changeCustomer(owner, id, { name: 'Bea', assignedToId: await employee() });
  await eventually(() => expect(receiver.received).toHaveLength(1));
  const namesOf = (value: object): string[] =>
    Object.entries(value).flatMap(([name, one]) => [name, ...(one && typeof one === 'object' ? namesOf(one) : [])]);
  expect(namesOf(JSON.parse(example!))).toEqual(namesOf(receiver.received[0]!.event));
});
