import { afterAll, expect } from '@jest/globals';
import { gql } from 'graphql-request';
import { v7 } from 'uuid';
import { withClient } from '../../src/platform/database/connection.js';
import { newCustomer } from './customers.js';
import { sql, urls } from './database.js';
import { eventually } from './eventually.js';
import { newReceiver, type Receiver } from './receiver.js';
import { newTenant, type Person, type Tenant } from './tenant.js';

interface Sender {
  request: Person['request'];
}

export const CreateWebhook = gql`
  mutation ($input: CreateWebhookInput!) {
    createWebhook(input: $input) { secret webhook { id url isActive recordTypes actions responsible { id } } }
  }
`;

export const Redeliver = gql`
  mutation ($id: ID!) { redeliverWebhookDelivery(id: $id) { id status tries } }
`;

/** Webhooks would go on sending while other files run. */
const made: string[] = [];
afterAll(() =>
  withClient(urls.superuserUrl, (client) =>
    client.query('update webhooks set disabled_at = now() where id = any($1)', [made]),
  ),
);

export interface NewWebhook {
  id: string;
  secret: string;
}

export async function newWebhook(sender: Sender, input: object): Promise<NewWebhook> {
  const { createWebhook } = await sender.request<{ createWebhook: { secret: string; webhook: { id: string } } }>(
    CreateWebhook,
    { input },
  );
  made.push(createWebhook.webhook.id);
  return { id: createWebhook.webhook.id, secret: createWebhook.secret };
}

export interface Hooked extends NewWebhook {
  tenant: Tenant;
  owner: Person;
  receiver: Receiver;
  url: string;
}

/** An organization with a webhook for customers, and its receiver. */
export async function hooked(input: object = { recordTypes: ['CUSTOMER'] }): Promise<Hooked> {
  const tenant = await newTenant();
  const { receiver, url } = await newReceiver();
  const webhook = await newWebhook(tenant.owner, { url, ...input });
  return { ...webhook, tenant, owner: tenant.owner, receiver, url };
}

export interface Delivery {
  id: string;
  status: 'WAITING' | 'DELIVERED' | 'FAILED';
  tries: number;
  recordId: string;
  messageId: string;
  httpStatus: number | null;
  durationMs: number | null;
  answer: string | null;
  fault: string | null;
  nextTryAt: string | null;
  endedAt: string | null;
}

/** Deliveries as the API shows them, newest first. */
export async function deliveriesOf({ owner, id }: Pick<Hooked, 'owner' | 'id'>): Promise<Delivery[]> {
  const { webhook } = await owner.request<{ webhook: { deliveries: { nodes: Delivery[] } } }>(
    gql`
      query ($id: ID!) {
        webhook(id: $id) {
          deliveries(first: 100) {
            nodes {
              id status tries recordId messageId httpStatus durationMs answer fault nextTryAt endedAt
            }
          }
        }
      }
    `,
    { id },
  );
  return webhook.deliveries.nodes;
}

export const webhookState = async ({ id }: Pick<Hooked, 'id'>) =>
  (
    await sql<{ disabled_reason: string | null; responsible_id: string | null }>(
      'select disabled_reason, responsible_id from webhooks where id = $1',
      [id],
    )
  )[0]!;

/** A delivery that has failed, and its id. */
export async function storedDelivery(webhookId: string): Promise<string> {
  const [row] = await sql<{ id: string }>(
    `insert into webhook_deliveries
       (organization_id, id, webhook_id, change_id, record_type, record_id, action, status, tries, ended_at)
     select organization_id, $2::uuid, id, $2::uuid, 'CUSTOMER', $2::uuid, 'CREATED', 'FAILED', 8, now()
     from webhooks
     where id = $1
     returning id`,
    [webhookId, v7()],
  );
  return row!.id;
}

/** Waits until another webhook of the organization has sent two later changes; an active one would have, too. */
export async function othersSend(owner: Person): Promise<void> {
  const { receiver, url } = await newReceiver();
  await newWebhook(owner, { url, recordTypes: ['CUSTOMER'] });
  for (let n = 0; n < 2; n += 1) {
    const { id } = await newCustomer(owner);
    await eventually(() => expect(receiver.about(id)).toHaveLength(1));
  }
}

/** Keeps everything that waits until `timePasses`, however slow the test is. */
export async function timeStands({ id }: Pick<Hooked, 'id'>): Promise<void> {
  await sql(
    `update webhook_deliveries
     set next_try_at = now() + interval '1 hour'
     where webhook_id = $1 and status = 'WAITING'`,
    [id],
  );
}

/** Lets the time pass until the next try of everything that waits. */
export async function timePasses({ id }: Pick<Hooked, 'id'>): Promise<void> {
  await sql(`update webhook_deliveries set next_try_at = now() where webhook_id = $1 and status = 'WAITING'`, [id]);
  await sql('update webhook_readers set retry_at = now(), not_before = null where webhook_id = $1', [id]);
}
