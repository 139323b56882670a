import { describe, expect, test } from '@jest/globals';
import { gql } from 'graphql-request';
import { newCustomer } from '../support/customers.js';
import { sql } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { deliveriesOf, type Hooked, hooked, othersSend, timePasses, webhookState } from '../support/webhooks.js';

const Enable = gql`
  mutation ($id: ID!) { enableWebhook(id: $id) { isActive disabledAt disabledReason failingSince } }
`;
const Disable = gql`mutation ($id: ID!) { disableWebhook(id: $id) { isActive disabledReason } }`;
const Delete = gql`mutation ($id: ID!) { deleteWebhook(id: $id) { id } }`;
const Failing = gql`
  query ($id: ID!) { webhook(id: $id) { failingSince history { nodes { changeSet { actorName } } } } }
`;

interface FailingWebhook {
  webhook: { failingSince: string | null; history: { nodes: { changeSet: { actorName: string } }[] } };
}

const disabled = (world: Hooked, reason: string) =>
  eventually(async () => expect((await webhookState(world)).disabled_reason).toBe(reason));
const enable = async ({ owner, id }: Hooked) => {
  const { enableWebhook } = await owner.request<{ enableWebhook: object }>(Enable, { id });
  expect(enableWebhook).toEqual({ isActive: true, disabledAt: null, disabledReason: null, failingSince: null });
};
const about = ({ owner, id }: Hooked) => owner.request<FailingWebhook>(Failing, { id });

describe('a webhook is disabled', () => {
  test('when the receiver is gone (410), and goes on with what waits once it is enabled', async () => {
    const world = await hooked();
    world.receiver.answer(410);
    const { id } = await newCustomer(world.owner);
    await disabled(world, 'GONE');
    expect((await about(world)).webhook.history.nodes[0]).toEqual({ changeSet: { actorName: 'System' } });
    world.receiver.accept();
    const { id: later } = await newCustomer(world.owner);
    await timePasses(world);
    await enable(world);
    await eventually(() => expect(world.receiver.about(later)).toHaveLength(1));
    await eventually(() => expect(world.receiver.about(id)).toHaveLength(2));
  });

  test('after three days of nothing but failures', async () => {
    const world = await hooked();
    world.receiver.answer(500);
    await newCustomer(world.owner);
    await eventually(async () => expect((await about(world)).webhook.failingSince).not.toBeNull());
    const passes = (interval: string) =>
      sql('update webhook_readers set failing_since = failing_since - $2::interval where webhook_id = $1', [
        world.id,
        interval,
      ]);
    await passes('71 hours');
    await timePasses(world);
    await eventually(async () => expect((await deliveriesOf(world))[0]?.tries).toBe(2));
    expect((await webhookState(world)).disabled_reason).toBeNull();
    await passes('2 hours');
    await timePasses(world);
    await disabled(world, 'FAILING');
  });

  test('but not if one delivery succeeds meanwhile', async () => {
    const world = await hooked();
    world.receiver.manner = ({ event }, response) =>
      response.writeHead(event.data.fields.some(({ after }) => after === 'Stuck') ? 500 : 200).end();
    await newCustomer(world.owner, { name: 'Stuck' });
    await eventually(async () => expect((await about(world)).webhook.failingSince).not.toBeNull());
    await newCustomer(world.owner, { name: 'Sound' });
    await eventually(async () => expect((await about(world)).webhook.failingSince).toBeNull());
  });

  test('when the log no longer has what it has not sent, and then goes on from the present', async () => {
    const world = await hooked();
    await world.owner.request(Disable, { id: world.id });
    const { id: missed } = await newCustomer(world.owner);
    await sql(
      `update webhook_readers set position = jsonb_set(position, '{at}', to_jsonb('2020-01-01T00:00:00.000Z'::text))
       where webhook_id = $1`,
      [world.id],
    );
    await enable(world);
    await disabled(world, 'CURSOR_EXPIRED');
    await enable(world);
    const { id } = await newCustomer(world.owner);
    await eventually(() => expect(world.receiver.about(id)).toHaveLength(1));
    expect(world.receiver.about(missed)).toEqual([]);
  });

  test('when the database was restored, in which its position means nothing', async () => {
    const world = await hooked();
    await sql(
      `update webhook_readers set position = jsonb_set(position, '{incarnation}', to_jsonb('another'::text)),
         is_behind = true
       where webhook_id = $1`,
      [world.id],
    );
    await disabled(world, 'CURSOR_EXPIRED');
  });

  test('when nobody can read its secret', async () => {
    const world = await hooked();
    await sql(`update webhook_secrets set sealed = 'aaaaaaaa.' || sealed where webhook_id = $1`, [world.id]);
    await newCustomer(world.owner);
    await disabled(world, 'SECRET_LOST');
    expect(world.receiver.received).toEqual([]);
  });
});

describe('a member', () => {
  test('disables a webhook, which sends what it has missed once it is enabled', async () => {
    const world = await hooked();
    const { disableWebhook } = await world.owner.request<{ disableWebhook: object }>(Disable, { id: world.id });
    expect(disableWebhook).toEqual({ isActive: false, disabledReason: 'MANUAL' });
    const { id } = await newCustomer(world.owner);
    await othersSend(world.owner);
    expect(world.receiver.received).toEqual([]);
    await enable(world);
    await eventually(() => expect(world.receiver.about(id)).toHaveLength(1));
  });

  test('deletes a webhook with all that belongs to it', async () => {
    const world = await hooked();
    world.receiver.answer(500);
    await newCustomer(world.owner);
    await eventually(async () => expect(await deliveriesOf(world)).toHaveLength(1));
    await world.owner.request(Delete, { id: world.id });
    for (const table of ['webhook_readers', 'webhook_secrets', 'webhook_deliveries'])
      expect(await sql(`select from ${table} where webhook_id = $1`, [world.id])).toEqual([]);
  });
});
