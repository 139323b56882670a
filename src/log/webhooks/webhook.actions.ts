import { changingAccess } from '../../crm/organizations/changing-access.js';
import type { Seal } from '../../platform/auth/seal.js';
import { personOf } from '../../platform/auth/viewer.js';
import { sql } from '../../platform/database/sql.js';
import { BadInput, Conflict, NotFound } from '../../platform/errors.js';
import { assign } from '../../platform/records/inputs.js';
import type { ChangeArguments, IdArguments, VerbArguments } from '../../platform/schema/arguments.js';
import { type ActionContext, lock, newRecord, organizationOf } from '../../platform/tenancy/action-context.js';
import { check, lockSeen } from '../../platform/tenancy/checks.js';
import { begun } from '../feed.js';
import { momentIn, type Position } from '../position.js';
import { mostWebhooks } from './reasons.js';
import { beginningOfSecret, newWebhookSecret } from './secrets.js';
import type { CreateWebhookInput, UpdateWebhookInput } from './webhook.inputs.js';
import { Webhook } from './webhook.js';

/** A webhook with its secret, which nobody sees again. */
export interface WebhookWithSecret {
  webhook: Webhook;
  secret: string;
}

/** The webhook sends everything that changes from now on. */
export async function createWebhook(
  context: ActionContext,
  input: CreateWebhookInput,
  seal: Seal,
): Promise<WebhookWithSecret> {
  await changingAccess(context);
  demandHttps(context, input.url);
  const { id: organizationId } = organizationOf(context);
  const [{ count }] = (await context.query<{ count: number }>(sql`
    select count(*)::integer as count
    from webhooks
    where organization_id = ${organizationId}::uuid`)) as [{ count: number }];
  if (count >= mostWebhooks) {
    const message = `An organization has at most ${mostWebhooks} webhooks; delete one that is no longer used`;
    throw new Conflict('WEBHOOK_LIMIT', message);
  }
  const webhook = newRecord(context, Webhook);
  assign(webhook, input);
  const { userId } = personOf(context.viewer);
  Object.assign(webhook, { createdById: userId, responsibleId: userId });
  const secret = newWebhookSecret();
  webhook.secretPrefix = beginningOfSecret(secret);
  context.persist(webhook);
  await context.flush();
  await context.query(sql`
    insert into webhook_readers (organization_id, webhook_id, "position")
    values (${organizationId}::uuid, ${webhook.id}::uuid, ${JSON.stringify(await presentPosition(context))}::jsonb)`);
  await storeSecret(context, webhook, seal.close(secret, webhook.id));
  return { webhook, secret };
}

/** With another address, the webhook sends what the caller may see: the caller may have chosen the receiver. */
export async function updateWebhook(
  context: ActionContext,
  { id, input, expectedVersion }: ChangeArguments<UpdateWebhookInput>,
): Promise<Webhook> {
  await changingAccess(context);
  demandHttps(context, input.url);
  const webhook = await lockSeen(context, Webhook, { id, expectedVersion });
  if (input.url !== undefined && input.url !== webhook.url) webhook.responsibleId = personOf(context.viewer).userId;
  assign(webhook, input);
  await context.flush();
  await interrupt(context, webhook);
  return webhook;
}

export async function deleteWebhook(
  context: ActionContext,
  { id, expectedVersion }: VerbArguments,
): Promise<{ id: string }> {
  await changingAccess(context);
  context.remove(await lockSeen(context, Webhook, { id, expectedVersion }));
  await context.flush();
  return { id };
}

export async function disableWebhook(context: ActionContext, args: VerbArguments): Promise<Webhook> {
  await changingAccess(context);
  const webhook = await lockSeen(context, Webhook, args);
  webhook.disable(context.viewer.now);
  await context.flush();
  await interrupt(context, webhook);
  return webhook;
}

/** Goes on where the webhook was; with CURSOR_EXPIRED, from now on. */
export async function enableWebhook(context: ActionContext, args: VerbArguments): Promise<Webhook> {
  await changingAccess(context);
  const webhook = await lockSeen(context, Webhook, args);
  const isExpired = webhook.disabledReason === 'CURSOR_EXPIRED';
  const closed = await context.query(sql`
    select from users
    where id = ${webhook.responsibleId}::uuid
      and not is_active`);
  webhook.enable(personOf(context.viewer).userId, { isResponsibleClosed: closed.length > 0 });
  await context.flush();
  await interrupt(context, webhook);
  if (isExpired) await moveTo(context, webhook, await presentPosition(context));
  await context.query(sql`
    update webhook_readers
    set failing_since = null, not_before = null, is_behind = true
    where organization_id = ${webhook.organizationId}::uuid
      and webhook_id = ${webhook.id}::uuid`);
  return webhook;
}

/** Both secrets sign for a day, so that the receiver can be changed meanwhile. */
export async function rotateWebhookSecret(
  context: ActionContext,
  args: VerbArguments,
  seal: Seal,
): Promise<WebhookWithSecret> {
  await changingAccess(context);
  const webhook = await lockSeen(context, Webhook, args);
  const secret = newWebhookSecret();
  webhook.secretPrefix = beginningOfSecret(secret);
  await context.flush();
  await storeSecret(context, webhook, seal.close(secret, webhook.id));
  await interrupt(context, webhook);
  return { webhook, secret };
}

/** Sends everything after the cursor, also what was sent before. Deliveries that wait go on waiting. */
export async function replayWebhook(
  context: ActionContext,
  { id }: IdArguments,
  readCursor: () => Promise<Position>,
): Promise<Webhook> {
  await changingAccess(context);
  const { record: webhook, to } = await check(context, {
    find: { record: () => lock(context, Webhook, id), to: readCursor },
  });
  await interrupt(context, webhook);
  await moveTo(context, webhook, to);
  return webhook;
}

/** Makes a delivery due: one that waits for its next try, one that has ended for another round of tries. */
export async function redeliver(context: ActionContext, { id }: IdArguments): Promise<{ id: string }> {
  await changingAccess(context);
  const { id: organizationId } = organizationOf(context);
  const [delivery] = await context.query<{ webhookId: string }>(sql`
    update webhook_deliveries
    set next_try_at = now(),
      earlier_tries = case status when 'WAITING' then earlier_tries else tries end,
      status = 'WAITING',
      ended_at = null
    where organization_id = ${organizationId}::uuid
      and id = ${id}::uuid
    returning webhook_id as "webhookId"`);
  if (!delivery) throw new NotFound('id');
  await context.query(sql`
    update webhook_readers
    set retry_at = now(), not_before = null
    where organization_id = ${organizationId}::uuid
      and webhook_id = ${delivery.webhookId}::uuid`);
  return { id };
}

async function moveTo(context: ActionContext, { id, organizationId }: Webhook, to: Position): Promise<void> {
  await context.query(sql`
    update webhook_readers
    set "position" = ${JSON.stringify(to)}::jsonb, is_behind = true, not_before = null, replayed_at = clock_timestamp()
    where organization_id = ${organizationId}::uuid
      and webhook_id = ${id}::uuid`);
}

/** Takes the webhook from a server that is sending, which then sends at most the page of changes that it has read. */
async function interrupt(context: ActionContext, { id, organizationId }: Webhook): Promise<void> {
  await context.query(sql`
    update webhook_readers
    set lease = null, lease_ends_at = null
    where organization_id = ${organizationId}::uuid
      and webhook_id = ${id}::uuid
      and lease is not null`);
}

async function storeSecret(context: ActionContext, { id }: Webhook, sealed: string): Promise<void> {
  await context.query(sql`select replace_webhook_secret(${id}::uuid, ${sealed})`);
}

function demandHttps({ settings }: ActionContext, url: string | null | undefined): void {
  if (url && settings.httpsOnly && !/^https:/i.test(url))
    throw new BadInput([{ path: 'input.url', code: 'INVALID', message: 'must be an https URL' }]);
}

const presentPosition = async (context: ActionContext) => begun(await momentIn(context, organizationOf(context).id));
